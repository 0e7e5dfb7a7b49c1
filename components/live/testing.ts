// Views for the tests of this folder.
import type { LoadBalancerView, ServerRow } from "#lib/fleet/view.ts";

export function serverRow(backend: string, server: string, changes: Partial<ServerRow> = {}): ServerRow {
  return {
    id: `${backend}/${server}`,
    backend,
    server,
    scur: 0,
    oldScur: 0,
    qcur: 0,
    arrivalsPerSec: 0,
    lastArrivalAt: null,
    adminBits: 0,
    srvOpState: 2,
    status: "UP",
    weight: 100,
    uweight: 100,
    iweight: 100,
    throttle: null,
    reference: 10,
    checkStatus: "L7OK",
    checkCode: 200,
    checkMs: 1,
    checkText: "",
    checkRise: 2,
    checkFall: 3,
    checkHealth: 4,
    agentStatus: "",
    lastChangeAt: null,
    adminSinceAt: null,
    address: "10.0.0.1:80",
    cookie: "",
    isBackup: false,
    slim: null,
    tracked: null,
    ...changes,
  };
}

export function loadBalancer(
  name: string,
  servers: readonly ServerRow[],
  changes: Partial<Omit<LoadBalancerView, "servers">> = {},
): LoadBalancerView {
  const backends = [...new Set(servers.map((row) => row.backend))];
  return {
    epoch: "e1",
    rev: 1,
    head: {
      name,
      address: `/run/${name}.sock`,
      version: "3.0.5",
      process: { pid: 7, startedAt: 1 },
      level: "admin",
      observedAtMs: 1_000,
      error: null,
      upSinceAt: null,
      reloadedAtMs: null,
      oldWorkers: null,
      pollMs: 1_000,
      problems: [],
      nbproc: 1,
    },
    backends: backends.map((backend) => ({
      backend,
      mode: "http",
      algo: "roundrobin",
      cookie: "",
      status: "UP",
      scur: 0,
      qcur: 0,
      arrivalsPerSec: 0,
      act: 1,
      bck: 0,
    })),
    servers,
    ...changes,
  };
}

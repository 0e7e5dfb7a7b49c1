// Makers of views for tests: a whole row with the few facts a test is about.
import type { BackendRow, LoadBalancerHead, LoadBalancerView, ServerRow } from "./view.ts";

export function aServer(id: string, facts: Partial<ServerRow> = {}): ServerRow {
  const slash = id.indexOf("/");
  return {
    id,
    backend: id.slice(0, slash),
    server: id.slice(slash + 1),
    scur: 0,
    oldScur: 0,
    qcur: 0,
    arrivalsPerSec: 0,
    lastArrivalAt: 1_000,
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
    checkMs: 3,
    checkText: "Layer7 check passed",
    checkRise: 2,
    checkFall: 3,
    checkHealth: 4,
    agentStatus: "",
    lastChangeAt: 900,
    adminSinceAt: 900,
    address: "127.0.0.1:8080",
    cookie: "",
    isBackup: false,
    slim: null,
    tracked: null,
    ...facts,
  };
}

export function aBackend(backend: string, facts: Partial<BackendRow> = {}): BackendRow {
  return {
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
    ...facts,
  };
}

export function aHead(name: string, facts: Partial<LoadBalancerHead> = {}): LoadBalancerHead {
  return {
    name,
    address: `/run/${name}.sock`,
    version: "3.2.0",
    process: { pid: 7, startedAt: 800 },
    level: "admin",
    observedAtMs: 1_000_000,
    error: null,
    upSinceAt: 800,
    reloadedAtMs: null,
    oldWorkers: null,
    oldWorkersSource: "none",
    nbproc: 1,
    pollMs: 1_000,
    problems: [],
    ...facts,
  };
}

/** Backends are made from the servers' names unless given. */
export function aLoadBalancer(
  name: string,
  servers: readonly ServerRow[],
  facts: { head?: Partial<LoadBalancerHead>; backends?: readonly BackendRow[]; epoch?: string; rev?: number } = {},
): LoadBalancerView {
  const names = [...new Set(servers.map((row) => row.backend))];
  return {
    head: aHead(name, facts.head),
    epoch: facts.epoch ?? "test.1",
    rev: facts.rev ?? 0,
    backends: facts.backends ?? names.map((backend) => aBackend(backend)),
    servers,
  };
}

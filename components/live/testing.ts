// Views for the tests of this folder.
import { aLoadBalancer, aServer } from "#lib/fleet/testing.ts";
import type { LoadBalancerView, ServerRow } from "#lib/fleet/view.ts";
import { serverId } from "#lib/haproxy/names.ts";

export function serverRow(backend: string, server: string, changes: Partial<ServerRow> = {}): ServerRow {
  return aServer(serverId(backend, server), {
    ...{ lastArrivalAt: null, lastChangeAt: null, adminSinceAt: null },
    ...changes,
  });
}

export function loadBalancer(
  name: string,
  servers: readonly ServerRow[],
  changes: Partial<Omit<LoadBalancerView, "servers">> = {},
): LoadBalancerView {
  const head = { version: "3.0.5", process: { pid: 7, startedAt: 1 }, upSinceAt: null, observedAtMs: 1_000 };
  return { ...aLoadBalancer(name, servers, { head, epoch: "e1", rev: 1 }), ...changes };
}

// What a maintenance looks at: the views of the fleet, with the session totals and tunnels of its own servers (no other
// server needs them).
import type { LoadBalancerView } from "#lib/fleet/view.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import { isActive, type Maintenance } from "#lib/maintenance/job.ts";
import type { Seen, SeenRow } from "#lib/maintenance/sight.ts";
import type { Fleet } from "#server/fleet/fleet.ts";
import type { Poller } from "#server/fleet/poller.ts";
import type { TunnelCounts } from "./tunnel-counts.ts";

export function seenBy(fleet: Fleet, job: Maintenance, others: Iterable<Maintenance>, tunnels: TunnelCounts): Seen {
  const ids = new Set(job.servers.map((server) => server.id));
  return {
    views: fleet.pollers.map((poller) => withTotals(poller, ids, tunnels)),
    minimums: fleet.minimums,
    leaving: leavingServers(job.id, others),
  };
}

/** Servers that other maintenances are taking out right now, whether HAProxy shows it yet or not. */
export function leavingServers(exceptId: string | null, jobs: Iterable<Maintenance>): ServerId[] {
  const ids: ServerId[] = [];
  for (const job of jobs) {
    if (job.id === exceptId) continue;
    for (const server of job.servers) if (isActive(server.phase)) ids.push(server.id);
  }
  return ids;
}

/** Servers that maintenances drain or prove quiet, for each load balancer of theirs. */
export function goingOut(jobs: Iterable<Maintenance>): Map<string, ServerId[]> {
  const ids = new Map<string, ServerId[]>();
  for (const { servers } of jobs)
    for (const { id, phase, cells } of servers)
      if (phase === "draining" || phase === "quiet")
        for (const lb of Object.keys(cells)) ids.set(lb, [...(ids.get(lb) ?? []), id]);
  return ids;
}

function withTotals(poller: Poller, ids: ReadonlySet<ServerId>, tunnels: TunnelCounts): LoadBalancerView {
  const { view } = poller;
  const isOldUnsure = poller.oldWorkers?.isUnsure ?? false;
  let servers: SeenRow[] | null = null;
  view.servers.forEach((row, i) => {
    if (!ids.has(row.id)) return;
    servers ??= view.servers.slice();
    servers[i] = { ...row, stot: poller.model.stot(row.id), isOldUnsure, tunnels: tunnels.of(poller, row) };
  });
  return servers === null ? view : { ...view, servers };
}

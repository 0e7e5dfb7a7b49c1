// The maintenances a page knows, oldest first. A list and its items keep their identity while nothing in them changed, so
// that a board of thousands of rows repaints only the rows of a job that moved.
import type { MaintenanceSummary } from "#lib/maintenance/summary.ts";

type Maintenances = readonly MaintenanceSummary[];

/** One that began or changed. */
export function withMaintenance(known: Maintenances, changed: MaintenanceSummary): Maintenances {
  const at = known.findIndex((one) => one.id === changed.id);
  const before = known[at];
  if (before === undefined) return [...known, changed].sort(byAge);
  const kept = keepSame(before, changed);
  return kept === before ? known : known.with(at, kept);
}

/** A subscribe's answer: these and no others. */
export function replaceMaintenances(known: Maintenances, now: Maintenances | undefined): Maintenances {
  const next = (now ?? []).map((one) => {
    const before = known.find((other) => other.id === one.id);
    return before === undefined ? one : keepSame(before, one);
  });
  next.sort(byAge);
  return next.length === known.length && next.every((one, at) => one === known[at]) ? known : next;
}

function byAge(a: MaintenanceSummary, b: MaintenanceSummary): number {
  return a.createdAt - b.createdAt || a.id.localeCompare(b.id);
}

function keepSame(before: MaintenanceSummary, now: MaintenanceSummary): MaintenanceSummary {
  const servers = now.servers.map((server) => {
    const same = before.servers.find((one) => one.server === server.server);
    return same !== undefined && isEqual(same, server) ? same : server;
  });
  const isSameList = servers.length === before.servers.length && servers.every((one, at) => one === before.servers[at]);
  const next = { ...now, servers: isSameList ? before.servers : servers };
  return isEqual(before, next) ? before : next;
}

/** Plain JSON of one maker, so keys come in one order: a few kilobytes, at most once a second. */
function isEqual(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

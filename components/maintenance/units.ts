// What goes out and returns together in a run: one server, or all servers of one host.
import { isFinal } from "#lib/maintenance/job.ts";
import type { MaintenanceSummary, ServerSummary } from "#lib/maintenance/summary.ts";
import { plural } from "#lib/util/format.ts";

export interface Unit {
  /** null: one server by itself */
  readonly host: string | null;
  readonly servers: readonly ServerSummary[];
}

/** In the order of the run. */
export function unitsOf({ servers }: MaintenanceSummary): readonly Unit[] {
  const units: { host: string | null; servers: ServerSummary[] }[] = [];
  for (const server of servers) {
    const same = server.host === null ? undefined : units.find((unit) => unit.host === server.host);
    if (same === undefined) units.push({ host: server.host, servers: [server] });
    else same.servers.push(server);
  }
  return units;
}

export function isByHost(maintenance: MaintenanceSummary): boolean {
  return maintenance.servers.some((server) => server.host !== null);
}

/** The servers that a request for this one is meant for too. */
export function togetherWith(maintenance: MaintenanceSummary, server: ServerSummary): readonly ServerSummary[] {
  return server.host === null ? [server] : maintenance.servers.filter((one) => one.host === server.host);
}

/** "2 at a time", "1 host at a time". */
export function atATimeWords(maintenance: MaintenanceSummary): string {
  const { concurrency } = maintenance.options;
  return `${isByHost(maintenance) ? plural(concurrency, "host") : concurrency} at a time`;
}

/** The server to press "Set ready" on: the unit has its turn, or a person must settle what is left of it. */
export function readyServer(unit: Unit): ServerSummary | undefined {
  const inMaint = unit.servers.filter((server) => server.phase === "maint");
  const isOpen = unit.servers.every((server) => server.phase === "maint" || isFinal(server.phase));
  if (!isOpen) return undefined;
  return inMaint.find((server) => server.yourTurnAt !== null || server.heldBecause?.code === "occupied");
}

export function canSetReady(maintenance: MaintenanceSummary, server: ServerSummary): boolean {
  return (
    server.phase === "maint" &&
    readyServer({ host: server.host, servers: togetherWith(maintenance, server) }) !== undefined
  );
}

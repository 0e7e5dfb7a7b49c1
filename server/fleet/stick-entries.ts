// Stick-table entries that send users to one server, counted on one load balancer (haproxy.md 7.2). An entry keeps the
// server's number, which is its own only within its backend: in a table that several backends use (one in a backend without
// servers) the same number may be another backend's server, and nothing tells them apart.
import { type ServerId, splitServerId } from "#lib/haproxy/names.ts";
import { parseShowServersState, type ServerStateRow } from "#lib/haproxy/show-servers-state.ts";
import { parseEntryCounts } from "#lib/haproxy/show-table.ts";
import type { Poller } from "./poller.ts";

export interface StickEntries {
  table: string;
  entries: number;
  /** of a backend without servers: any backend may use it */
  isShared: boolean;
}

/** Null: which tables there are is not known. Throws RuntimeError and UnreadableReply. */
export async function stickEntries(
  poller: Poller,
  server: ServerId,
  serverNumber: number,
): Promise<StickEntries[] | null> {
  const { stickTables } = poller;
  const backend = splitServerId(server)?.backend;
  if (stickTables === null || backend === undefined) return null;
  const withServers = new Set(poller.view.servers.map((row) => row.backend));
  const tables = [...stickTables].filter((name) => name === backend || !withServers.has(name));
  const found: StickEntries[] = [];
  for (let i = 0; i < tables.length; i += TABLES_A_LINE) {
    const some = tables.slice(i, i + TABLES_A_LINE);
    const counts = parseEntryCounts(
      await poller.client.send({ kind: "show-stick-entries", tables: some, serverNumber }),
    );
    for (const table of some) found.push({ table, entries: counts.get(table) ?? 0, isShared: table !== backend });
  }
  return found;
}

/** A line has at most 4 kB and a name 255 bytes. */
const TABLES_A_LINE = 12;

/** The server's line of `show servers state`; undefined: HAProxy does not list it. Throws RuntimeError and UnreadableReply. */
export async function serverState(poller: Poller, server: ServerId): Promise<ServerStateRow | undefined> {
  const parts = splitServerId(server);
  if (parts === null) return undefined;
  const reply = await poller.client.send({ kind: "show-servers-state", backend: parts.backend });
  return parseShowServersState(reply).rows.find((row) => row.get("srv_name") === parts.server);
}

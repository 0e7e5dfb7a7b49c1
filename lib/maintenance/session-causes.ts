// The sessions that hold a server, by what they are.
import type { ServerId } from "#lib/haproxy/names.ts";
import { span } from "#lib/util/format.ts";
import type { SessionKind, SessionRow } from "#lib/wire/sessions.ts";
import { type CellEvidence, cause } from "./evidence.ts";

export function sessionCauses(server: ServerId, live: readonly CellEvidence[]) {
  const current = (cell: CellEvidence, kind: SessionKind) =>
    (cell.sessions ?? []).filter((row) => row.kind === kind && !row.isOldWorker);
  const shared = (cell: CellEvidence) => {
    const requests = current(cell, "http");
    const clients = new Map<string, number>();
    for (const { client } of requests) clients.set(client, (clients.get(client) ?? 0) + 1);
    return requests.filter(({ client }) => (clients.get(client) ?? 0) > 1);
  };
  // One that waits in the server's queue is listed as its session too, and looks like any other there.
  const inProgress = (cell: CellEvidence) =>
    Math.max(0, current(cell, "http").length - shared(cell).length - cell.qcur);
  const connections = live.reduce((sum, cell) => sum + new Set(shared(cell).map((row) => row.client)).size, 0);
  const oldCount = (cell: CellEvidence) => cell.sessions?.filter((row) => row.isOldWorker).length ?? cell.oldScur;
  return [
    cause("requests", live, inProgress, (n) => ({
      title: `${n} ${n === 1 ? "request is" : "requests are"} in progress`,
      detail: `${longest(live.flatMap((cell) => current(cell, "http")))} A request ends by itself when its answer is complete.`,
      next: "Wait; a request that hangs can be ended from the list of sessions.",
      action: { kind: "end-sessions", which: "http" },
    })),
    cause(
      "http2",
      live,
      (cell) => shared(cell).length,
      (n) => ({
        title: `${n} requests share ${connections === 1 ? "one connection" : `${connections} connections`}`,
        detail:
          "Several requests of one client at once: HTTP/2 (or HTTP/3). The connection stays open and brings more.",
        next: "Wait for them; while the server drains, users without its cookie go elsewhere with their next request.",
        action: { kind: "end-sessions", which: "http" },
      }),
    ),
    cause(
      "tunnels",
      live,
      (cell) => current(cell, "tunnel").length,
      (n) => ({
        title: `${n} ${n === 1 ? "tunnel is" : "tunnels are"} open`,
        detail: `WebSockets and the like end only when the client or a timeout ends them. ${expiry(live.flatMap((cell) => current(cell, "tunnel")))}`,
        next: "Ask the users to reconnect, set a deadline, or end the tunnels.",
        action: { kind: "end-sessions", which: "tunnel" },
      }),
    ),
    cause(
      "tcp-sessions",
      live,
      (cell) => current(cell, "tcp").length,
      (n) => ({
        title: `${n} TCP ${n === 1 ? "session is" : "sessions are"} open`,
        detail: `HAProxy only copies their bytes and cannot tell when a client is done. ${expiry(live.flatMap((cell) => current(cell, "tcp")))}`,
        next: "Wait for the clients, set a deadline, or end the sessions.",
        action: { kind: "end-sessions", which: "tcp" },
      }),
    ),
    cause(
      "unlisted-sessions",
      live.filter((cell) => cell.sessions === null),
      (cell) => cell.scur,
      (n, lbs) => ({
        title: `${n} ${n === 1 ? "session was" : "sessions were"} not listed`,
        detail: `${lbs} counts them but could not be asked what they are.`,
        next: "Look at the list of sessions; it says why, and can be read anyway.",
      }),
    ),
    cause(
      "queue",
      live,
      (cell) => cell.qcur,
      (n, lbs) => ({
        title: `${n} ${n === 1 ? "request waits" : "requests wait"} in its queue`,
        detail: `${lbs} holds them back because the server has as many sessions as its maxconn allows.`,
        next: "Wait until they were answered before you set it to maint.",
      }),
    ),
    cause("old-workers", live, oldCount, (n, lbs) => ({
      title: `${n} ${n === 1 ? "session lives" : "sessions live"} in old processes`,
      detail: `${lbs} was reloaded; the process from before keeps the sessions it had, whatever is set on the new one.`,
      next: "Wait for them, or end them from the list of sessions; hard-stop-after in haproxy.cfg bounds this for later.",
    })),
    cause(
      "old-workers-unseen",
      live.filter((cell) => cell.oldUnseen !== null),
      () => 1,
      (_n, lbs) => ({
        title: `Old processes of ${lbs} cannot be seen`,
        detail: live.flatMap((cell) => cell.oldUnseen ?? []).join(" "),
        next: "Name its master CLI with --master, or look on the machine itself.",
      }),
    ),
    cause(
      "keep-alive",
      live,
      (cell) => cell.idleConnections ?? 0,
      (n) => ({
        title: `${n} idle ${n === 1 ? "connection is" : "connections are"} kept to it`,
        detail:
          "HAProxy keeps them for the next request of keep-alive clients. They are no sessions and lose nothing when they close.",
        next: `Nothing: they close in maint. On ${server} itself they show as open connections.`,
      }),
    ),
  ];
}

/** The oldest, for those that should end by themselves. */
function longest(rows: readonly SessionRow[]): string {
  const ages = rows.flatMap((row) => row.ageSec ?? []);
  return ages.length === 0 ? "" : `The oldest began ${span(Math.max(...ages) * 1_000)} ago.`;
}

/** When a timeout would end the last of them, if nothing more is sent. */
function expiry(rows: readonly SessionRow[]): string {
  const left = rows.map((row) => row.expiresInSec);
  const known = left.filter((sec) => sec !== null);
  if (known.length === 0 || known.length < left.length) return "No timeout is known that would end all of them.";
  return `If nothing more is sent, timeouts end the last one in ${span(Math.max(...known) * 1_000)}.`;
}

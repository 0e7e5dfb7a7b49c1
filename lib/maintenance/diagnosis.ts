// Why a server is not empty yet. Pure: evidence of each load balancer in, causes with their counts out. Counts of sessions
// are disjoint (an old worker's session is not also a tunnel), so that they add up to what `show sess` lists; what cannot
// be seen from the socket is a check by hand, with its command.
import type { AdminState } from "#lib/haproxy/admin-state.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import { span } from "#lib/util/format.ts";
import type { Diagnosis, DiagnosisAction, DiagnosisCode } from "#lib/wire/diagnosis.ts";
import type { SessionKind, SessionRow } from "#lib/wire/sessions.ts";
import { handChecks } from "./hand-checks.ts";

export interface CellEvidence {
  lb: string;
  /** as people give it to socat */
  address: string;
  /** false: only its name is known now, and its last admin state */
  isLive: boolean;
  adminState: AdminState;
  isInherited: boolean;
  tracked: ServerId | null;
  trackers: readonly ServerId[];
  /** sessions it counts, of the process that answers and of old ones */
  scur: number;
  oldScur: number;
  qcur: number;
  weight: number;
  hasAgent: boolean;
  /** name of the backend's persistence cookie and this server's value; empty: none, or the socket does not tell */
  cookieName: string;
  cookieValue: string;
  /** null: not listed */
  sessions: readonly SessionRow[] | null;
  /** sessions that came while it was out of service, within ARRIVALS_SEC; null: not known */
  arrivals: number | null;
  /** null: not known */
  idleConnections: number | null;
  stick: readonly { table: string; entries: number; isShared: boolean }[] | null;
  /** what a reload may have left behind, in one sentence; null: it can be seen */
  oldUnseen: string | null;
}

export interface Evidence {
  server: ServerId;
  cells: readonly CellEvidence[];
}

/** How far back arrivals are counted. */
export const ARRIVALS_SEC = 60;

export function diagnose(evidence: Evidence): Diagnosis[] {
  const { server, cells } = evidence;
  const live = cells.filter((cell) => cell.isLive);
  const causes = [
    ...stateCauses(server, cells, live),
    ...sessionCauses(server, live),
    ...returningCauses(server, live),
    ...settingCauses(server, live),
  ].filter((cause): cause is Diagnosis => cause !== null);
  return [...causes, ...handChecks(evidence)];
}

type Words = Pick<Diagnosis, "title" | "detail" | "next"> & { action?: DiagnosisAction };

/** Null: it is not so anywhere. */
function cause(
  code: DiagnosisCode,
  cells: readonly CellEvidence[],
  countOf: (cell: CellEvidence) => number,
  words: (count: number, lbs: string) => Words,
): Diagnosis | null {
  const perLoadBalancer = cells.map((cell) => ({ lb: cell.lb, count: countOf(cell) })).filter((one) => one.count > 0);
  if (perLoadBalancer.length === 0) return null;
  const count = perLoadBalancer.reduce((sum, one) => sum + one.count, 0);
  const { title, detail, next, action = null } = words(count, names(perLoadBalancer.map((one) => one.lb)));
  return { code, count, title, detail, next, commands: [], perLoadBalancer, action };
}

function stateCauses(server: ServerId, cells: readonly CellEvidence[], live: readonly CellEvidence[]) {
  const ready = live.filter((cell) => cell.adminState === "ready");
  const isOutSomewhere = live.some((cell) => cell.adminState !== "ready");
  const one = () => 1;
  return [
    cause(isOutSomewhere ? "split-state" : "not-draining", ready, one, (_n, lbs) => ({
      title: `It is ready on ${lbs}`,
      detail: isOutSomewhere
        ? `Users still enter through ${lbs}, while it is out of service on the others.`
        : `New users are still sent to ${server}.`,
      next: `Set it to drain on ${lbs}.`,
      action: { kind: "set-state", adminState: "drain" },
    })),
    cause(
      "stale-load-balancer",
      cells.filter((cell) => !cell.isLive),
      one,
      (n, lbs) => ({
        title: `${lbs} ${n === 1 ? "does" : "do"} not answer`,
        detail: `What ${lbs} still ${n === 1 ? "sends" : "send"} to ${server} is not known, so it is never called empty.`,
        next: `Bring ${lbs} back, or make sure by another way that no users come through it.`,
      }),
    ),
  ];
}

function sessionCauses(server: ServerId, live: readonly CellEvidence[]) {
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

/** Sessions that come although it is out of service: what brings them. */
function returningCauses(server: ServerId, live: readonly CellEvidence[]) {
  const came = (cell: CellEvidence) => (cell.adminState === "ready" ? 0 : (cell.arrivals ?? 0));
  const hasCookie = (cell: CellEvidence) => cell.cookieName !== "" && cell.cookieValue !== "";
  const entries = (cell: CellEvidence) => (cell.stick ?? []).reduce((sum, one) => sum + one.entries, 0);
  const tables = names([
    ...new Set(
      live
        .flatMap((cell) => cell.stick ?? [])
        .filter((one) => one.entries > 0)
        .map((one) => one.table),
    ),
  ]);
  const isShared = live.some((cell) => cell.stick?.some((one) => one.isShared && one.entries > 0));
  const draining = live.filter((cell) => cell.adminState === "drain");
  const cookie = draining.filter(hasCookie);
  const other = draining.filter((cell) => !hasCookie(cell) && cell.stick !== null && entries(cell) === 0);
  const inMaint = live.filter((cell) => cell.adminState === "maint" && !cell.isInherited);
  const first = cookie[0];
  return [
    cause("cookie-users", cookie, came, (n) => ({
      title: `${n} ${n === 1 ? "request" : "requests"} with its cookie in the last minute`,
      detail: `Drain keeps users who hold ${first?.cookieName}=${first?.cookieValue}: each of their requests comes back here.`,
      next: "Wait until they sign out or their session ends; maint sends them to other servers, where they start anew.",
    })),
    cause("stick-entries", live, entries, (n) => ({
      title: `${n} stick-table ${n === 1 ? "entry points" : "entries point"} to it`,
      detail: `In ${tables}: these clients come back here while it drains, until their entry expires.${isShared ? " A table that several backends use cannot tell whose server it means." : ""}`,
      next: "Wait until they expire, or clear the entries: those clients are then balanced anew.",
      action: { kind: "clear-stick-entries" },
    })),
    cause("persist-rule", [...other, ...inMaint], came, (n, lbs) => ({
      title: `${n} ${n === 1 ? "session" : "sessions"} came in the last minute for another reason`,
      detail: inMaint.some((cell) => came(cell) > 0)
        ? `It is in maint on ${lbs} and sessions still arrive: option persist or force-persist in haproxy.cfg sends them.`
        : `No cookie and no stick-table entry leads to ${server} on ${lbs}: a use-server or force-persist rule does.`,
      next: "Look for these rules in haproxy.cfg; only a changed configuration stops them.",
    })),
  ];
}

function settingCauses(server: ServerId, live: readonly CellEvidence[]) {
  const [first] = live;
  const isOther = (cell: CellEvidence) =>
    first !== undefined && (cell.cookieName !== first.cookieName || cell.cookieValue !== first.cookieValue);
  const told = (cell: CellEvidence) =>
    cell.cookieName === "" ? "no cookie" : `${cell.cookieName}=${cell.cookieValue}`;
  return [
    cause(
      "cookie-mismatch",
      live,
      (cell) => (isOther(cell) ? 1 : 0),
      (_n, lbs) => ({
        title: "The load balancers use different cookies",
        detail: `${first?.lb} has ${first === undefined ? "" : told(first)} for ${server}, ${live
          .filter(isOther)
          .map((cell) => `${cell.lb} has ${told(cell)}`)
          .join(", ")}: who changes over loses the session.`,
        next: `Give ${server} the same cookie name and value on ${first?.lb} and ${lbs}, and reload.`,
      }),
    ),
    cause(
      "agent",
      live.filter((cell) => cell.hasAgent),
      () => 1,
      (_n, lbs) => ({
        title: `An agent check runs on ${lbs}`,
        detail:
          "An agent that answers ready, drain or maint sets that state within one interval, whatever was set by hand.",
        next: "If the state does not hold, disable the agent check, and enable it when you are done.",
        action: { kind: "disable-agent" },
      }),
    ),
    cause(
      "weight-zero",
      live.filter((cell) => cell.weight === 0 && cell.adminState === "ready"),
      () => 1,
      (_n, lbs) => ({
        title: `It has weight 0 instead of drain on ${lbs}`,
        detail:
          "Weight 0 brings no new users and keeps those with a cookie, but nothing shows that it is on its way out.",
        next: "Set it to drain, and give it its weight back at the end.",
        action: { kind: "set-state", adminState: "drain" },
      }),
    ),
    cause(
      "tracking",
      live.filter((cell) => cell.tracked !== null),
      () => 1,
      (_n, lbs) => ({
        title: `It follows ${names([...new Set(live.flatMap((cell) => cell.tracked ?? []))])}`,
        detail: `On ${lbs} its state comes from there as well as from what is set on itself.`,
        next: "Drain the one that it follows, if both are on the machine that is to be serviced.",
      }),
    ),
    cause(
      "trackers",
      live,
      (cell) => cell.trackers.length,
      (n) => ({
        title: `${n} ${n === 1 ? "server follows" : "servers follow"} it`,
        detail: `${names([...new Set(live.flatMap((cell) => cell.trackers))])} ${n === 1 ? "takes" : "take"} its state from ${server} and may have sessions on the same machine.`,
        next: "Look whether they are empty too.",
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

export function names(list: readonly string[]): string {
  if (list.length <= 1) return list[0] ?? "";
  if (list.length > 6) return `${list.slice(0, 5).join(", ")} and ${list.length - 5} more`;
  return `${list.slice(0, -1).join(", ")} and ${list.at(-1)}`;
}

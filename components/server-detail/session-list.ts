// Which sessions are shown, in which order, and which of them a button means. Pure.
import type { ServerId } from "#lib/haproxy/names.ts";
import { isSameSession } from "#lib/maintenance/session-list.ts";
import { count, plural, span } from "#lib/util/format.ts";
import type { EndSessionsInput, SessionKind, SessionRow, SessionsReport } from "#lib/wire/sessions.ts";

export interface SessionFilter {
  readonly kind: SessionKind | "all";
  /** at least so old; null: of any age */
  readonly olderThanSec: number | null;
}

export const EVERY_SESSION: SessionFilter = { kind: "all", olderThanSec: null };

export const sortKeys = ["client", "kind", "ageSec", "idleSec", "lb", "frontend"] as const;
export type SortKey = (typeof sortKeys)[number];
export interface SessionSort {
  readonly by: SortKey;
  readonly isDescending: boolean;
}

/** As HAProxy's app lists them. */
export const OLDEST_FIRST: SessionSort = { by: "ageSec", isDescending: true };

export const kindWords: Record<SessionKind, { one: string; many: string; chip: string }> = {
  http: { one: "request", many: "requests", chip: "HTTP" },
  tunnel: { one: "tunnel", many: "tunnels", chip: "Tunnel" },
  tcp: { one: "TCP session", many: "TCP sessions", chip: "TCP" },
};

export function isMeant(row: SessionRow, { kind, olderThanSec }: SessionFilter): boolean {
  if (kind !== "all" && row.kind !== kind) return false;
  return olderThanSec === null || (row.ageSec ?? -1) >= olderThanSec;
}

export function shownSessions(
  rows: readonly SessionRow[],
  filter: SessionFilter,
  { by, isDescending }: SessionSort,
): readonly SessionRow[] {
  const sign = isDescending ? -1 : 1;
  return rows.filter((row) => isMeant(row, filter)).sort((a, b) => sign * compare(a[by], b[by]) || order(a, b));
}

/** What is not known comes before everything else. */
function compare(a: string | number | null, b: string | number | null): number {
  if (typeof a === "string" && typeof b === "string") return a.localeCompare(b, "en", { numeric: true });
  return Number(a ?? -1) - Number(b ?? -1);
}

/** Stays while the list is read again. The row's own `key` does not: it holds a start that is rounded anew each time. */
export function rowKeyOf({ lb, pid, id, client }: SessionRow): string {
  return `${lb}/${pid}/${id}/${client}`;
}

/** Of equal ones: the same order after every reading. */
function order(a: SessionRow, b: SessionRow): number {
  return rowKeyOf(a) < rowKeyOf(b) ? -1 : 1;
}

/** One row, or what a filter names. */
export type EndTarget = { by: "one"; row: SessionRow } | { by: "rule"; filter: SessionFilter };

export const ALL: EndTarget = { by: "rule", filter: EVERY_SESSION };

/** How many that is in a report; null: the report is cut, and more than it holds may match. */
export function countOf(report: SessionsReport, target: EndTarget): number | null {
  const isCut = report.total > report.sessions.length;
  if (target.by === "one") {
    if (report.sessions.some((row) => isSameSession(row.key, target.row.key))) return 1;
    return isCut ? null : 0;
  }
  const { kind, olderThanSec } = target.filter;
  if (olderThanSec === null) return kind === "all" ? report.total : report.counts[kind];
  const matching = report.sessions.filter((row) => isMeant(row, target.filter)).length;
  // Oldest first: where a younger one is listed, no older one is missing.
  const isWhole = !isCut || report.sessions.some((row) => (row.ageSec ?? -1) < olderThanSec);
  return isWhole ? matching : null;
}

export function endInput(server: ServerId, target: EndTarget, expectCount: number, force: boolean): EndSessionsInput {
  const base = { server, expectCount, ...(force ? { force: true } : {}) };
  if (target.by === "one") return { ...base, ids: [target.row.key] };
  const { kind, olderThanSec } = target.filter;
  if (kind === "all" && olderThanSec === null) return { ...base, all: true };
  return {
    ...base,
    ...(kind === "all" ? {} : { kind }),
    ...(olderThanSec === null ? {} : { olderThanSec }),
  };
}

/** "37 sessions", "4 tunnels", "3 requests older than 10 min", "1 session of 10.0.0.7:4711" */
export function meantWords(target: EndTarget, n: number): string {
  if (target.by === "one") return `the ${kindWords[target.row.kind].one} of ${target.row.client}`;
  const { kind, olderThanSec } = target.filter;
  const noun = kind === "all" ? plural(n, "session") : `${count(n)} ${kindWords[kind][n === 1 ? "one" : "many"]}`;
  return olderThanSec === null ? noun : `${noun} older than ${span(olderThanSec * 1_000)}`;
}

/** On a button, where the column says whose it is. */
export function endLabel(filter: SessionFilter, n: number): string {
  return `End ${filter.kind === "all" && filter.olderThanSec === null ? "all " : ""}${meantWords({ by: "rule", filter }, n)}…`;
}

/** What ending them does to whoever is behind them; one sentence each. */
export function effectsOf(target: EndTarget, counts: Record<SessionKind, number>): readonly string[] {
  const has = (kind: SessionKind) => {
    if (target.by === "one") return target.row.kind === kind;
    return target.filter.kind === kind || (target.filter.kind === "all" && counts[kind] > 0);
  };
  return [
    ...(has("http") ? ["Requests in progress are cut off: these users see an error."] : []),
    ...(has("tunnel") ? ["WebSockets and other tunnels close. Most clients connect again at once."] : []),
    ...(has("tcp") ? ["TCP connections close in the middle of what they do."] : []),
  ];
}

/** Why it may not stay empty. */
export function comesBackWords(server: string, adminState: string): string | null {
  if (adminState === "maint") return null;
  if (adminState === "drain")
    return `${server} is in drain: users with its cookie can be back in a second. Set maint first, or right after.`;
  return `${server} takes users: as some leave, others come. Set drain or maint first.`;
}

// What a diagnosis goes by, of each load balancer that carries the server, and how a cause is counted over them.
import type { AdminState } from "#lib/haproxy/admin-state.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import type { Diagnosis, DiagnosisAction, DiagnosisCode } from "#lib/wire/diagnosis.ts";
import type { SessionRow } from "#lib/wire/sessions.ts";

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

type Words = Pick<Diagnosis, "title" | "detail" | "next"> & { action?: DiagnosisAction };

/** Null: it is not so anywhere. */
export function cause(
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

export function names(list: readonly string[]): string {
  if (list.length <= 1) return list[0] ?? "";
  if (list.length > 6) return `${list.slice(0, 5).join(", ")} and ${list.length - 5} more`;
  return `${list.slice(0, -1).join(", ")} and ${list.at(-1)}`;
}

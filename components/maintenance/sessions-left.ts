// The number of a job's server, counted as the board counts it: the job itself stops believing a load balancer sooner, and
// two sums of one server side by side would be one too many. Its own freshness speaks in "Held" alone.
import { countsAsLive } from "#lib/fleet/link.ts";
import { liveSessions, type ServerView } from "#lib/fleet/merge.ts";
import type { ServerSummary } from "#lib/maintenance/summary.ts";
import { count, listOf, plural } from "#lib/util/format.ts";

export interface SessionsLeft {
  readonly sessions: number;
  readonly isComplete: boolean;
  /** no load balancer of the job answers: there is no number */
  readonly isUnknown: boolean;
  /** those whose numbers are in the sum */
  readonly lbs: readonly string[];
}

/** @param view the board's row; undefined while the page has none: then as the job counts */
export function sessionsLeft(server: ServerSummary, view: ServerView | undefined): SessionsLeft {
  const own = new Set(server.perLoadBalancer.map((cell) => cell.lb));
  const cells = view?.cells.filter((cell) => own.has(cell.lb)) ?? [];
  if (cells.length === 0) {
    const fresh = server.perLoadBalancer.filter((cell) => cell.isFresh).map((cell) => cell.lb);
    return {
      sessions: server.sessions ?? 0,
      isComplete: server.sessionsComplete || own.size === 0,
      isUnknown: own.size > 0 && fresh.length === 0,
      lbs: fresh,
    };
  }
  const live = cells.filter((cell) => countsAsLive(cell.link));
  return {
    sessions: live.reduce((sum, cell) => sum + liveSessions(cell), 0),
    isComplete: live.length === own.size && !live.some((cell) => cell.isOldUnknown === true),
    isUnknown: live.length === 0,
    lbs: live.map((cell) => cell.lb),
  };
}

/** "sessions left of 402", or of whom the number is. */
export function leftWords({ sessions, isComplete, lbs }: SessionsLeft, reference: number): string {
  if (lbs.length === 0) return "not known";
  if (isComplete) {
    const noun = sessions === 1 ? "session" : "sessions";
    // more than at its start: users with a cookie came meanwhile, and "13 of 10" would say nothing
    return sessions > reference ? `${noun} left` : `${noun} left of ${count(reference)}`;
  }
  return lbs.length > 2
    ? `of ${count(reference)}, ${plural(lbs.length, "load balancer")}`
    : `of ${count(reference)}, ${listOf(lbs)}`;
}

/** "1 session", "6+? sessions" */
export function leftCount({ sessions, isComplete, isUnknown }: SessionsLeft): string {
  if (isUnknown) return "an unknown number of sessions";
  return isComplete ? plural(sessions, "session") : `${count(sessions)}+? sessions`;
}

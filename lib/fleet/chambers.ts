// What a glass shows: one chamber (tube) per load balancer. Gate = who may come in, level = who is still here.
import { plural } from "#lib/util/format.ts";
import { countsAsLive } from "./link.ts";
import type { ServerCell, ServerView } from "./merge.ts";

export type ChamberState = "ready" | "drain" | "maint" | "ramp" | "down" | "stale";

export interface Chamber {
  readonly lb: string;
  readonly state: ChamberState;
  readonly sessions: number;
  /** share of the reference, 0 to 1 */
  readonly level: number;
  /** ramp only: share of its weight that the server gets now */
  readonly target: number | null;
}

/** Quiet seconds that fill the bar: the default window of a maintenance. */
export const QUIET_WINDOW_SEC = 30;

/** A board glass has room for this many tubes; more show the worst and a count. */
export const MAX_TUBES = 4;

/** Root, not linear: 3 of 402 sessions is 0.7 % linear (invisible) but 8.6 % here. The tail is where operators look. */
export function drainScale(share: number): number {
  return Math.sqrt(Math.max(0, Math.min(1, share)));
}

export function chamberOf(cell: ServerCell): Chamber {
  const { row } = cell;
  const state = stateOf(cell);
  const sessions = row.scur + row.oldScur;
  const reference = Math.max(row.reference, sessions);
  return {
    lb: cell.lb,
    state,
    sessions,
    level: state === "stale" || reference === 0 ? 0 : sessions / reference,
    target: state === "ramp" && row.throttle !== null ? row.throttle / 100 : null,
  };
}

function stateOf(cell: ServerCell): ChamberState {
  if (!countsAsLive(cell.link)) return "stale";
  if (cell.adminState === "maint") return "maint";
  if (cell.opState === "down" || cell.opState === "going-up") return "down";
  if (cell.adminState === "drain") return "drain";
  return cell.row.throttle !== null && cell.row.throttle < 100 ? "ramp" : "ready";
}

const WORST_FIRST: readonly ChamberState[] = ["stale", "down", "maint", "drain", "ramp", "ready"];

/** At most MAX_TUBES, the worst ones, in configured order. */
export function chambersOf(server: ServerView): { chambers: readonly Chamber[]; hidden: number } {
  const all = server.cells.map(chamberOf);
  if (all.length <= MAX_TUBES) return { chambers: all, hidden: 0 };
  const kept = new Set(
    all
      .map((chamber, at) => ({ at, rank: WORST_FIRST.indexOf(chamber.state) }))
      .sort((a, b) => a.rank - b.rank || a.at - b.at)
      .slice(0, MAX_TUBES)
      .map((entry) => entry.at),
  );
  return { chambers: all.filter((_, at) => kept.has(at)), hidden: all.length - MAX_TUBES };
}

export interface Gate {
  readonly from: number;
  readonly to: number;
  readonly state: ChamberState;
}

/** Neighbouring tubes in the same state share one gate. */
export function gatesOf(chambers: readonly Pick<Chamber, "state">[]): readonly Gate[] {
  const gates: Gate[] = [];
  chambers.forEach(({ state }, at) => {
    const last = gates.at(-1);
    if (last?.state === state) gates[gates.length - 1] = { ...last, to: at };
    else gates.push({ from: at, to: at, state });
  });
  return gates;
}

/** The glass as a sentence, for those who do not see it. */
export function glassSentence(server: ServerView, quietSec: number | null, windowSec = QUIET_WINDOW_SEC): string {
  const parts = server.cells.map((cell) => {
    const chamber = chamberOf(cell);
    return chamber.state === "stale" ? `${cell.lb} unknown` : `${cell.lb} ${chamber.sessions}`;
  });
  const known = server.cells.some((cell) => countsAsLive(cell.link));
  const total = known
    ? `${plural(server.sessions, "session")}${server.isComplete ? "" : " known"}`
    : "sessions unknown";
  const quiet = quietSec === null ? "" : ` Quiet ${Math.min(quietSec, windowSec)} of ${windowSec} seconds.`;
  return `${server.server}, ${server.adminState}, ${total}: ${parts.join(", ")}.${quiet}`;
}

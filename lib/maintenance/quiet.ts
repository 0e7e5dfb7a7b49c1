// Quiet is a proof, not a zero. With cookie users 97 % of all samples are zero while everybody is still there
// (haproxy.md 7.1), so two witnesses must agree on every load balancer:
//   HAProxy's: nobody arrived for the whole window (`lastsess`; it also covers the time when the app was down), and
//   our own:   an unbroken series of fresh samples, all zero, in one process, after our drain was confirmed.
// A missing sample, a new process and a clock that jumped restart what they make doubtful; nothing ever shortens the wait.

import { isSameProcess } from "#lib/fleet/process.ts";
import type { Cell, Watch } from "./job.ts";
import { countOf, FUTURE_SLACK_MS, type SeenRow, type Sight } from "./sight.ts";

/** Our own unbroken look need not be longer than this: HAProxy's witness covers the rest of a long window. */
const OWN_WATCH_MAX_MS = 30_000;
/** More than five polls without a sample is a gap (haproxy.md 7.2), but a loaded machine may be this late. */
const GAP_POLLS = 5;
const GAP_MIN_MS = 5_000;
/** `lastsess` counts in whole seconds: an arrival may look this much older than it is. */
const ARRIVAL_SLACK_MS = 2_000;

export function newWatch(): Watch {
  return {
    sampleAtMs: null,
    count: 0,
    zeroSinceMs: null,
    busyAtMs: null,
    arrivalMark: null,
    arrivalAtMs: null,
    total: null,
  };
}

export interface WatchChange {
  /** end of the second of a session that came since the last sample; null: none was seen */
  arrivedAtMs: number | null;
  hadGap: boolean;
  /** the app's clock was set forward: what looks like an arrival is the one that was known, and nobody came */
  isClockMove: boolean;
}

/** Takes one fresh sample into the cell's watch. The same observation twice changes nothing. */
export function takeSample(cell: Cell, sight: Sight & { kind: "fresh" }): WatchChange {
  const { row, observedAtMs } = sight;
  const { watch } = cell;
  if (watch.sampleAtMs === observedAtMs) return { arrivedAtMs: null, hadGap: false, isClockMove: false };
  const count = countOf(row);
  const { total } = watch;
  const lastAtMs = watch.sampleAtMs;
  const isFirst = lastAtMs === null;
  const sinceLastMs = isFirst ? 0 : observedAtMs - lastAtMs;
  const wentBack = sinceLastMs < 0;
  const hadGap = wentBack || sinceLastMs > Math.max(GAP_POLLS * sight.pollMs, GAP_MIN_MS);
  if (hadGap) watch.zeroSinceMs = null;
  if (hadGap && isDoubtful(watch, row, wentBack)) watch.busyAtMs = observedAtMs;
  const arrivedAtMs = isFirst ? firstArrival(watch, row, observedAtMs) : noticeArrival(watch, row, observedAtMs);
  // An arrival of before the last sample, which did not show it, is the clock: it was set forward, and everything looks
  // older than it is.
  const isOld = arrivedAtMs !== null && arrivedAtMs < (lastAtMs ?? 0) - ARRIVAL_SLACK_MS;
  if (arrivedAtMs !== null && (hadGap || isOld)) watch.busyAtMs = observedAtMs;
  // The counter tells it too: not one more since the last sample.
  const isSameTotal = total !== null && total === watch.total;
  const isClockMove = arrivedAtMs !== null && (isOld || (hadGap && isSameTotal));
  if (count > 0) {
    watch.busyAtMs = observedAtMs;
    watch.zeroSinceMs = null;
  } else if (watch.zeroSinceMs === null || arrivedAtMs !== null) {
    watch.zeroSinceMs = observedAtMs;
  }
  watch.count = count;
  watch.sampleAtMs = observedAtMs;
  return { arrivedAtMs: isClockMove ? null : arrivedAtMs, hadGap, isClockMove };
}

/**
 * Somebody was there before the gap, or came in it: when they left is not known, so they left now. The same when HAProxy
 * tells no arrival that could be the second witness, and when the clock was set back: then its last one lies ahead.
 */
function isDoubtful(watch: Watch, { lastArrivalAt }: SeenRow, wentBack: boolean): boolean {
  if (watch.count > 0 || wentBack || lastArrivalAt === null) return true;
  return lastArrivalAt * 1_000 > (watch.sampleAtMs ?? 0);
}

function firstArrival(watch: Watch, row: SeenRow, observedAtMs: number): null {
  watch.total = row.stot ?? null;
  watch.arrivalMark = row.lastArrivalAt;
  if (row.lastArrivalAt !== null) watch.arrivalAtMs = endOfSecond(row.lastArrivalAt, observedAtMs);
  return null;
}

/** A session came when HAProxy's `lastsess` says so or its counter grew; either is enough. */
function noticeArrival(watch: Watch, row: SeenRow, observedAtMs: number): number | null {
  let arrivedAtMs: number | null = null;
  const mark = row.lastArrivalAt;
  if (mark !== null && mark !== watch.arrivalMark) {
    const atMs = endOfSecond(mark, observedAtMs);
    // One second forward may be rounding of `lastsess`; it moves the clock but is no news.
    if (watch.arrivalMark === null || mark - watch.arrivalMark > 1) arrivedAtMs = atMs;
    watch.arrivalMark = mark;
    watch.arrivalAtMs = Math.max(atMs, watch.arrivalAtMs ?? 0);
  }
  const total = row.stot ?? null;
  if (total !== null && watch.total !== null && total !== watch.total) {
    // Smaller: somebody cleared the counters, and `lastsess` with them. Both mean that the clock starts again.
    watch.arrivalAtMs = observedAtMs;
    if (total > watch.total) arrivedAtMs ??= observedAtMs;
  }
  watch.total = total;
  // The clock was set back, so newer arrivals hide behind this one until it has caught up: nothing is proved meanwhile.
  if (total === null && mark !== null && mark * 1_000 > observedAtMs + FUTURE_SLACK_MS)
    watch.arrivalAtMs = observedAtMs;
  return arrivedAtMs;
}

/** A whole second: the session came somewhere inside it, so silence is counted from its end. */
function endOfSecond(sec: number, observedAtMs: number): number {
  return Math.min((sec + 1) * 1_000, observedAtMs);
}

export type QuietProof =
  | { kind: "proven"; quietForMs: number }
  | { kind: "counting"; quietForMs: number }
  /** sessions or queued ones are there */
  | { kind: "busy"; count: number }
  /** cannot be judged: not fresh, not confirmed, another process */
  | { kind: "unseen" };

/** Whether nobody uses the server on this load balancer, judged from a sample that takeSample() has taken in. */
export function quietProof(cell: Cell, sight: Sight, quietMs: number): QuietProof {
  if (sight.kind !== "fresh" || cell.confirmed === null || cell.confirmed.adminState === "ready")
    return { kind: "unseen" };
  if (!isSameProcess(cell.confirmed.process, sight.process)) return { kind: "unseen" };
  if (cell.watch.sampleAtMs !== sight.observedAtMs) return { kind: "unseen" };
  if (sight.row.isOldUnsure === true) return { kind: "unseen" };
  const count = countOf(sight.row);
  if (count > 0) return { kind: "busy", count };
  const { zeroSinceMs, busyAtMs, arrivalAtMs } = cell.watch;
  if (zeroSinceMs === null) return { kind: "counting", quietForMs: 0 };
  const silentSinceMs = Math.max(cell.confirmed.atMs, busyAtMs ?? 0, arrivalAtMs ?? 0);
  const quietForMs = Math.max(0, sight.observedAtMs - silentSinceMs);
  const watchedForMs = sight.observedAtMs - zeroSinceMs;
  const ownMs = Math.min(quietMs, OWN_WATCH_MAX_MS);
  const missingMs = Math.max(quietMs - quietForMs, ownMs - watchedForMs);
  if (missingMs <= 0) return { kind: "proven", quietForMs };
  // Whichever witness is behind decides what is shown: "30 of 30 s" while one still waits would look stuck.
  return { kind: "counting", quietForMs: Math.max(0, quietMs - missingMs) };
}

/** The clock was set back: a stored time in the future would wait for ever, so it becomes now. */
export function clampWatch(watch: Watch, nowMs: number): void {
  if (watch.zeroSinceMs !== null && watch.zeroSinceMs > nowMs) watch.zeroSinceMs = nowMs;
  if (watch.busyAtMs !== null && watch.busyAtMs > nowMs) watch.busyAtMs = nowMs;
  if (watch.arrivalAtMs !== null && watch.arrivalAtMs > nowMs) watch.arrivalAtMs = nowMs;
}

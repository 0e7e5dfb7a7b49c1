// Sessions of one server over the last minutes, one point a step. The app's history gives the past, the live view goes on.
import type { ServerView } from "#lib/fleet/merge.ts";
import type { Trace } from "./api.ts";

export const TRACE_STEP_MS = 5_000;
export const TRACE_SPAN_MS = 300_000;
const POINTS = TRACE_SPAN_MS / TRACE_STEP_MS;

/** Steps are counted from the epoch, so that all traces move in the same moment. */
export function stepOf(nowMs: number): number {
  return Math.floor(nowMs / TRACE_STEP_MS);
}

export function traceFrom(id: string, sessions: readonly (number | null)[]): Trace {
  return { id, stepMs: TRACE_STEP_MS, sessions: sessions.slice(-POINTS) };
}

/** A sum with a missing part is not a sum: it is a gap. */
export function pointOf(view: ServerView | undefined): number | null {
  return view?.isComplete && view.cells.length > 0 ? view.sessions : null;
}

/** `steps` whole steps later: those nobody watched are gaps, the last one is `point`. */
export function advance(trace: Trace, steps: number, point: number | null): Trace {
  if (steps <= 0) return trace;
  const missed: null[] = new Array(Math.min(steps, POINTS) - 1).fill(null);
  return { ...trace, sessions: [...trace.sessions, ...missed, point].slice(-POINTS) };
}

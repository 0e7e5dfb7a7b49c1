// The course of a maintenance, finer than the app's history: that keeps minutes of the past, the flight recorder what was
// counted every few seconds. A minute that was not observed stays a gap.
import type { MaintenanceEvent } from "#lib/maintenance/effect.ts";

/** [ms, sessions]; null: not observed */
export type Point = readonly [number, number | null];

/** Coarser than this, the record knows more. */
const COARSE_MS = 30_000;
/** A count is written when it changed, five seconds after the one before at the earliest: until then it held. */
const HELD_UNTIL_MS = 5_000;

/** @param counts events of kind `count`, of any server, oldest first */
export function finePoints(points: readonly Point[], counts: readonly MaintenanceEvent[], server: string): Point[] {
  const counted = counts.flatMap(({ atMs, server: of, data }): [number, number][] =>
    of === server && typeof data.sessions === "number" ? [[atMs, data.sessions]] : [],
  );
  const [first, second] = points;
  const stepMs = first === undefined || second === undefined ? 0 : second[0] - first[0];
  if (counted.length === 0 || (first !== undefined && stepMs < COARSE_MS)) return [...points];
  const fine: Point[] = [];
  let at = 0;
  let held: number | null = null;
  const takeUntil = (untilMs: number) => {
    for (let next = counted[at]; next !== undefined && next[0] < untilMs; next = counted[++at]) {
      const beforeMs = next[0] - HELD_UNTIL_MS;
      if (held !== null && beforeMs > (fine.at(-1)?.[0] ?? beforeMs)) fine.push([beforeMs, held]);
      fine.push(next);
      held = next[1];
    }
  };
  // Older than the history goes: the record alone knows it.
  takeUntil(first?.[0] ?? Number.POSITIVE_INFINITY);
  for (const [fromMs, sessions] of points) {
    if (sessions === null) fine.push([fromMs, null]);
    else fine.push([fromMs, held ?? sessions]);
    takeUntil(fromMs + stepMs);
  }
  return fine;
}

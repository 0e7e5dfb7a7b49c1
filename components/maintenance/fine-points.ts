// The course of a maintenance, finer than the app's history. That lives as long as the app does and keeps minutes of the
// past; the flight recorder has what was counted every few seconds, also from before the app was started anew. A minute
// that the app did not observe stays a gap.
import type { MaintenanceEvent } from "#lib/maintenance/effect.ts";

/** [ms, sessions]; null: not observed */
export type Point = readonly [number, number | null];

export interface RecordedCourse {
  /** events of kind `count`, of any server, oldest first */
  readonly counts: readonly MaintenanceEvent[];
  /** when the app was started again: some time before, nobody counted */
  readonly resumedAtMs: readonly number[];
}

/** Coarser than this, the record knows more. */
const COARSE_MS = 30_000;
/** A count is written when it changed, five seconds after the one before at the earliest: until then it held. */
const HELD_MS = 5_000;

/** @param untilMs the last count holds until then at most */
export function finePoints(
  points: readonly Point[],
  { counts, resumedAtMs }: RecordedCourse,
  server: string,
  untilMs: number,
): Point[] {
  const counted = counts.flatMap(({ atMs, server: of, data }): [number, number][] =>
    of === server && typeof data.sessions === "number" ? [[atMs, data.sessions]] : [],
  );
  const firstMs = counted[0]?.[0];
  if (firstMs === undefined) return [...points];
  const isKept = points.findIndex(([, sessions]) => sessions !== null);
  const keptFrom = isKept < 0 ? points.length : isKept;
  const kept = points.slice(keptFrom);
  const stepMs = (kept[1]?.[0] ?? 0) - (kept[0]?.[0] ?? 0);

  const fine: Point[] = points.slice(0, keptFrom).filter(([atMs]) => atMs < firstMs);
  let at = 0;
  let held: number | null = null;
  const hold = (toMs: number) => {
    const lastMs = fine.at(-1)?.[0] ?? toMs;
    if (held === null || toMs <= lastMs) return;
    const cutMs = resumedAtMs.find((one) => one > lastMs && one < toMs);
    if (cutMs === undefined) fine.push([toMs, held]);
    else {
      fine.push([Math.min(lastMs + HELD_MS, cutMs), held], [cutMs, null]);
      if (toMs > cutMs + HELD_MS) fine.push([cutMs + HELD_MS, held], [toMs, held]);
    }
  };
  const take = (beforeMs: number) => {
    for (let next = counted[at]; next !== undefined && next[0] < beforeMs; next = counted[++at]) {
      hold(next[0] - HELD_MS);
      fine.push(next);
      held = next[1];
    }
  };
  const keptFromMs = kept[0]?.[0] ?? Number.POSITIVE_INFINITY;
  take(keptFromMs);
  hold(Math.min(keptFromMs, untilMs));
  if (stepMs < COARSE_MS) return [...fine, ...kept];
  for (const [fromMs, sessions] of kept) {
    fine.push([fromMs, sessions === null ? null : (held ?? sessions)]);
    take(fromMs + stepMs);
  }
  return fine;
}

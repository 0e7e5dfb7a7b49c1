// The geometry of the burn-down: history flows into the glass from the left, the glass stands at now, the forecast leaves
// it to the right. Time left of now and right of now are two scales that meet at the glass, so the glass has no width in
// time. Heights are on the root scale of every glass (ui.md section 1).
import { drainScale } from "#lib/fleet/chambers.ts";

export interface BurndownBox {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  /** of all tubes together */
  readonly glass: number;
}

export interface BurndownTimes {
  readonly fromMs: number;
  readonly nowMs: number;
  /** nowMs: there is no future to show, now is the right edge */
  readonly toMs: number;
}

export interface Axes {
  readonly glassX: number;
  readonly zeroY: number;
  readonly heightPx: number;
  x(atMs: number): number;
  y(sessions: number): number;
}

/** Room between the curve and the glass. */
const GAP_PX = 2;
/** Share of the width for the past: enough to see the course, with a wall that is far away or near. */
const MIN_PAST = 0.4;
const MAX_PAST = 0.64;

export function axesOf(box: BurndownBox, times: BurndownTimes, reference: number): Axes {
  const plot = box.width - box.left - box.right;
  const heightPx = box.height - box.top - box.bottom;
  const zeroY = box.top + heightPx;
  const whole = Math.max(1, times.toMs - times.fromMs);
  const share = Math.min(MAX_PAST, Math.max(MIN_PAST, (times.nowMs - times.fromMs) / whole));
  const isPast = times.toMs <= times.nowMs;
  const glassX = isPast ? box.width - box.right - box.glass : round(box.left + plot * share - box.glass / 2);
  const pastEnd = glassX - GAP_PX;
  const futureStart = glassX + box.glass + GAP_PX;
  const past = Math.max(1, times.nowMs - times.fromMs);
  const future = Math.max(1, times.toMs - times.nowMs);
  return {
    glassX,
    zeroY,
    heightPx,
    x: (atMs) =>
      round(
        atMs <= times.nowMs
          ? box.left + Math.max(0, (atMs - times.fromMs) / past) * (pastEnd - box.left)
          : futureStart + Math.min(1, (atMs - times.nowMs) / future) * (box.width - box.right - futureStart),
      ),
    y: (sessions) => round(zeroY - drainScale(sessions / Math.max(1, reference)) * heightPx),
  };
}

export interface HistoryPaths {
  readonly line: string;
  readonly area: string;
  /** when the data that is missing until now began; null: none is missing */
  readonly missingFromMs: number | null;
}

/** Gaps stay gaps. A point is [ms, sessions]. */
export function historyPaths(points: readonly (readonly [number, number | null])[], axes: Axes): HistoryPaths {
  let line = "";
  let area = "";
  let startX: number | null = null;
  let lastX = 0;
  let missingFromMs: number | null = null;
  const close = () => {
    if (startX !== null) area += `L${lastX} ${axes.zeroY}L${startX} ${axes.zeroY}z`;
    startX = null;
  };
  for (const [atMs, sessions] of points) {
    if (sessions === null) {
      close();
      missingFromMs ??= atMs;
      continue;
    }
    missingFromMs = null;
    const x = axes.x(atMs);
    const point = `${startX === null ? "M" : "L"}${x} ${axes.y(sessions)}`;
    if (startX === null) startX = x;
    lastX = x;
    line += point;
    area += point;
  }
  close();
  return { line, area, missingFromMs };
}

/** Lines of the grid: 0, 5, 20, 50, 100, 200, 400 for 402; few enough to read. */
export function gridLines(reference: number, heightPx: number, minGapPx = 20): readonly number[] {
  const lines = [0];
  const scale = (n: number) => drainScale(n / Math.max(1, reference)) * heightPx;
  for (const step of [1, 2, 5, 10, 20, 50]) {
    for (let n = step; n <= reference && n / step < 10; n += step) {
      // only round numbers of the 1, 2, 5 kind
      if (!isRound(n)) continue;
      const last = lines.at(-1) ?? 0;
      if (n > last && scale(n) - scale(last) >= minGapPx) lines.push(n);
    }
  }
  for (let base = 100; base <= reference; base *= 10) {
    for (const n of [base, base * 2, base * 4, base * 5]) {
      const last = lines.at(-1) ?? 0;
      if (n <= reference && n > last && scale(n) - scale(last) >= minGapPx) lines.push(n);
    }
  }
  return lines;
}

function isRound(n: number): boolean {
  const digits = n / 10 ** Math.floor(Math.log10(n));
  return digits === 1 || digits === 2 || digits === 5;
}

export interface PlacedMark {
  readonly x: number;
  readonly text: string;
  readonly isLeft: boolean;
}

/**
 * A marker's words stand left of it, else right of it before the glass. Where they would lie on those of a newer one, or
 * have no room, there is the line alone.
 */
export function placeMarks(
  marks: readonly { readonly atMs: number; readonly text: string }[],
  axes: Axes,
  left: number,
  charPx = 6.2,
): readonly PlacedMark[] {
  const placed: PlacedMark[] = [];
  const taken: { from: number; to: number }[] = [];
  for (const { atMs, text } of marks.toSorted((a, b) => b.atMs - a.atMs)) {
    const x = axes.x(atMs);
    // of neighbours, the newest one stands for all
    if (placed.some((one) => Math.abs(one.x - x) < 24)) continue;
    const width = text.length * charPx + 8;
    const isFree = (from: number, to: number) => taken.every((other) => to <= other.from || from >= other.to);
    const isLeft = x - left >= width && isFree(x - width, x);
    const isRight = !isLeft && axes.glassX - 6 - x >= width && isFree(x, x + width);
    if (isLeft) taken.push({ from: x - width, to: x });
    if (isRight) taken.push({ from: x, to: x + width });
    placed.push({ x, isLeft, text: isLeft || isRight ? text : "" });
  }
  return placed;
}

/** Of labels in the order of their weight: those that neither touch nor repeat one before them. */
export function distinctLabels<T extends { readonly x: number; readonly text: string }>(
  labels: readonly T[],
  minGapPx: number,
): readonly T[] {
  const kept: T[] = [];
  for (const label of labels)
    if (kept.every((one) => one.text !== label.text && Math.abs(one.x - label.x) >= minGapPx)) kept.push(label);
  return kept;
}

const MINUTE_MS = 60_000;
const TICK_STEPS_MIN = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720];

/** Whole minutes of the past, as close as their labels allow: 14:00, 14:05, 14:10. */
export function pastTicks({ fromMs, nowMs }: BurndownTimes, axes: Axes, minGapPx: number): readonly number[] {
  const pxPerMs = (axes.x(nowMs) - axes.x(fromMs)) / Math.max(1, nowMs - fromMs);
  const steps = TICK_STEPS_MIN.map((minutes) => minutes * MINUTE_MS);
  const stepMs = steps.find((step) => step * pxPerMs >= minGapPx) ?? 0;
  if (stepMs === 0) return [];
  const ticks: number[] = [];
  for (let atMs = Math.ceil(fromMs / stepMs) * stepMs; atMs <= nowMs; atMs += stepMs) ticks.push(atMs);
  return ticks;
}

function round(n: number): number {
  return Math.round(n * 10) / 10;
}

// The row's history as SVG paths: same root scale, height and baseline as the glass it flows into. Gaps stay gaps.
import { drainScale } from "./chambers.ts";

export interface TracePath {
  /** one open path, a piece per unbroken stretch */
  readonly line: string;
  /** the same pieces closed down to the baseline */
  readonly area: string;
  /** the baseline of the same pieces: without a number there is none, or it would read as zero */
  readonly base: string;
  /** where the data that stopped begins to be missing, in the width's unit; null: it did not stop, or never began */
  readonly missingFrom: number | null;
}

/** One session among thousands still lifts the line off the baseline. */
const MIN_SHARE_OF_HEIGHT = 0.08;
/** The baseline lies inside of the box. */
const HALF_STROKE = 0.5;

export function tracePath(
  sessions: readonly (number | null)[],
  reference: number,
  box: { width: number; height: number },
): TracePath {
  const { width, height } = box;
  const last = sessions.length - 1;
  const full = sessions.reduce<number>((max, n) => Math.max(max, n ?? 0), Math.max(1, reference));
  const x = (at: number) => round((at / Math.max(1, last)) * width);
  const y = (n: number) => round(height - (n === 0 ? 0 : Math.max(MIN_SHARE_OF_HEIGHT, drainScale(n / full))) * height);
  let line = "";
  let area = "";
  let base = "";
  let from: number | null = null;
  for (let at = 0; at <= sessions.length; at++) {
    const n = at < sessions.length ? sessions[at] : null;
    if (n === null || n === undefined) {
      if (from !== null) {
        area += `V${height}H${x(from)}z`;
        base += `M${x(from)} ${height - HALF_STROKE}H${x(at - 1)}`;
      }
      from = null;
      continue;
    }
    const point = `${from === null ? "M" : "L"}${x(at)} ${y(n)}`;
    if (from === null) from = at;
    line += point;
    area += point;
  }
  let known = last;
  while (known >= 0 && sessions[known] === null) known--;
  return { line, area, base, missingFrom: known === last || known < 0 ? null : x(known) };
}

function round(n: number): number {
  return Math.round(n * 10) / 10;
}

// When will it be empty? Sessions leave in different ways: a fixed number a second (a queue of downloads), a fixed share a
// second (users who finish), or in between. Each way is a straight line in some power of the count; all are fitted and
// compared on the ROOT of the count, where the noise of a count is the same everywhere, and the best one speaks.
// Tunnels are a floor: they do not leave by themselves, so the forecast ends when only they are left. Where tunnels are
// all there is and are seen leaving all the same (users who close their tabs), their own course is the forecast.
// Better no time than a jumping one: settleEta() lets a new answer through only when it has lasted.

export interface CountSample {
  atMs: number;
  /** null: not observed on every load balancer */
  sessions: number | null;
  /** of these, the ones that do not end by themselves; null: not counted */
  tunnels: number | null;
}

export type Eta =
  /** too little is known yet */
  | { kind: "measuring" }
  | { kind: "about"; atMs: number }
  | { kind: "after-deadline"; atMs: number }
  /** flat or rising */
  | { kind: "not-falling" }
  /** nothing but tunnels is left, and they do not leave: nobody knows when they end */
  | { kind: "only-tunnels" }
  /** no sessions: the quiet bar speaks now */
  | { kind: "empty" };

/** Nothing is said in the first minute of a drain (ui.md section 5). */
const MEASURING_MS = 60_000;
/** Flat for so long is "not falling". */
const FLAT_MS = 120_000;
/** Beyond this nobody plans with it. */
const HORIZON_MS = 24 * 3_600_000;
/** Old behaviour counts less: half after a third of the drain. */
const HALF_LIFE_SHARE = 1 / 3;
const MAX_POINTS = 240;
/** Keeps the logarithm of zero away and the root's variance even (Anscombe). */
const SHIFT = 3 / 8;
/** Half a session: the count shows zero. */
const EMPTY_AT = 0.5;

/** Tunnels leave by themselves when their number fell by more than its noise: a standard deviation of its root. */
const TUNNELS_FALL = 0.5;

/** Line in n^(1/power); Infinity: in ln(n), the exponential. */
const POWERS = [1, 2, 4, Number.POSITIVE_INFINITY] as const;

type Counted = CountSample & { sessions: number };

/** @param samples since the drain began, oldest first, over all load balancers */
export function estimateEta(samples: readonly CountSample[], deadlineAtMs: number | null, nowMs: number): Eta {
  const seen = samples.filter((sample): sample is Counted => sample.sessions !== null);
  const last = seen.at(-1);
  const first = seen[0];
  if (last === undefined || first === undefined) return { kind: "measuring" };
  if (last.sessions === 0) return { kind: "empty" };
  if (last.atMs - first.atMs < MEASURING_MS) return { kind: "measuring" };
  if (!isTunnelsOnly(last)) return forecast(seen, first, last, last.tunnels ?? 0, deadlineAtMs, nowMs);
  const since = seen.findLastIndex((sample) => !isTunnelsOnly(sample)) + 1;
  const tunnels = seen.slice(since);
  const from = tunnels[0] ?? last;
  const isNew = last.atMs - from.atMs < MEASURING_MS;
  // Counted for the first time just now: whether they leave is not known yet. With the last user gone it is no question.
  if (isNew && (seen[since - 1]?.tunnels ?? null) === null) return { kind: "measuring" };
  const isLeaving = !isNew && Math.sqrt(from.sessions) - Math.sqrt(last.sessions) >= TUNNELS_FALL;
  const eta = isLeaving ? forecast(tunnels, from, last, 0, deadlineAtMs, nowMs) : null;
  return eta === null || eta.kind === "not-falling" ? { kind: "only-tunnels" } : eta;
}

function isTunnelsOnly({ sessions, tunnels }: Counted): boolean {
  return tunnels !== null && sessions <= tunnels;
}

function forecast(
  seen: readonly Counted[],
  first: Counted,
  last: Counted,
  floor: number,
  deadlineAtMs: number | null,
  nowMs: number,
): Eta {
  const points = thin(seen).map(({ atMs, sessions }) => ({
    t: (atMs - last.atMs) / 1_000,
    n: Math.max(0, sessions - floor) + SHIFT,
  }));
  const halfLifeSec = Math.max(20, ((last.atMs - first.atMs) / 1_000) * HALF_LIFE_SHARE);
  if (isFlat(points, (last.atMs - first.atMs) / 1_000)) return { kind: "not-falling" };
  const fit = bestFit(points, halfLifeSec);
  if (fit === null) return { kind: "not-falling" };
  const atMs = last.atMs + fit.leftSec * 1_000;
  if (atMs - nowMs > HORIZON_MS) return { kind: "not-falling" };
  const shownMs = Math.max(atMs, nowMs);
  return deadlineAtMs !== null && shownMs > deadlineAtMs
    ? { kind: "after-deadline", atMs: shownMs }
    : { kind: "about", atMs: shownMs };
}

interface Point {
  /** seconds before the last sample, so at most 0 */
  t: number;
  /** sessions above the floor, shifted */
  n: number;
}

function thin<T>(samples: readonly T[]): readonly T[] {
  if (samples.length <= MAX_POINTS) return samples;
  const step = (samples.length - 1) / (MAX_POINTS - 1);
  const kept: T[] = [];
  for (let i = 0; i < MAX_POINTS; i++) {
    const sample = samples[Math.round(i * step)];
    if (sample !== undefined) kept.push(sample);
  }
  return kept;
}

/** Compares the two halves of the last minutes on the root: a fall smaller than the noise of a count is none. */
function isFlat(points: readonly Point[], spanSec: number): boolean {
  const windowSec = Math.min(FLAT_MS / 1_000, spanSec);
  const recent = points.filter((point) => point.t >= -windowSec);
  const older = recent.filter((point) => point.t < -windowSec / 2);
  const newer = recent.filter((point) => point.t >= -windowSec / 2);
  if (older.length === 0 || newer.length === 0) return false;
  const fall = meanRoot(older) - meanRoot(newer);
  // The root of a Poisson count has a standard deviation of 1/2; neighbouring samples are not independent.
  return fall < Math.max(0.02, 0.005 * meanRoot(older));
}

function meanRoot(points: readonly Point[]): number {
  return points.reduce((sum, point) => sum + Math.sqrt(point.n), 0) / points.length;
}

function bestFit(points: readonly Point[], halfLifeSec: number): { leftSec: number } | null {
  let best: { leftSec: number; error: number } | null = null;
  for (const power of POWERS) {
    const fit = fitPower(points, power, halfLifeSec);
    if (fit !== null && (best === null || fit.error < best.error)) best = fit;
  }
  return best;
}

/** Weighted least squares; weights bring the error of the transformed count back to the error of its root. */
function fitPower(
  points: readonly Point[],
  power: number,
  halfLifeSec: number,
): { leftSec: number; error: number } | null {
  const isExp = power === Number.POSITIVE_INFINITY;
  const to = (n: number) => (isExp ? Math.log(n) : n ** (1 / power));
  const rootOf = (u: number) => Math.sqrt(isExp ? Math.exp(u) : Math.max(0, u) ** power);
  let sw = 0;
  let st = 0;
  let su = 0;
  let stt = 0;
  let stu = 0;
  const weights: number[] = [];
  for (const { t, n } of points) {
    const age = 2 ** (t / halfLifeSec);
    const weight = age * (isExp ? n : power * power * n ** (1 - 2 / power));
    weights.push(age);
    const u = to(n);
    sw += weight;
    st += weight * t;
    su += weight * u;
    stt += weight * t * t;
    stu += weight * t * u;
  }
  const spread = sw * stt - st * st;
  if (sw === 0 || spread <= 0) return null;
  const slope = (sw * stu - st * su) / spread;
  const level = (su - slope * st) / sw;
  if (slope >= 0) return null;
  let error = 0;
  points.forEach(({ t, n }, i) => {
    const off = Math.sqrt(n) - rootOf(level + slope * t);
    error += (weights[i] ?? 0) * off * off;
  });
  const leftSec = Math.max(0, (to(EMPTY_AT + (isExp ? 0 : SHIFT)) - level) / slope);
  return { leftSec, error };
}

/** What is shown, and what waits to be shown. */
export interface ShownEta {
  shown: Eta;
  pending: { eta: Eta; sinceMs: number } | null;
}

/** A new answer must differ by a minute, or in kind, for this long before it is shown (ui.md 9.14). */
const SETTLE_MS = 10_000;
const MINUTE_MS = 60_000;

export function settleEta(before: ShownEta | null, eta: Eta, nowMs: number): ShownEta {
  const rounded = toMinute(eta);
  if (before === null || rounded.kind === "empty" || before.shown.kind === "measuring")
    return { shown: rounded, pending: null };
  if (isSame(before.shown, rounded)) return before.pending === null ? before : { shown: before.shown, pending: null };
  const { pending } = before;
  // Only that it differs must last, not by how much: a forecast that creeps on would never be shown otherwise.
  if (pending === null || pending.eta.kind !== rounded.kind)
    return { shown: before.shown, pending: { eta: rounded, sinceMs: nowMs } };
  if (nowMs - pending.sinceMs >= SETTLE_MS) return { shown: rounded, pending: null };
  return { shown: before.shown, pending: { eta: rounded, sinceMs: pending.sinceMs } };
}

function toMinute(eta: Eta): Eta {
  return "atMs" in eta ? { ...eta, atMs: Math.round(eta.atMs / MINUTE_MS) * MINUTE_MS } : eta;
}

function isSame(a: Eta, b: Eta): boolean {
  if (a.kind !== b.kind) return false;
  return !("atMs" in a) || !("atMs" in b) || Math.abs(a.atMs - b.atMs) < MINUTE_MS;
}

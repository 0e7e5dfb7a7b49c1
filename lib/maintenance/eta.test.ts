import { describe, expect, test } from "vitest";
import { type CountSample, type Eta, estimateEta, type ShownEta, settleEta } from "./eta.ts";

const START = 1_700_000_000_000;

/** A seeded generator, so that a failing noise can be run again. */
function mulberry(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Samples each second of `curve` up to `untilSec`; noise is a binomial-like wobble of the count. */
function samplesOf(curve: (sec: number) => number, untilSec: number, noise?: () => number): CountSample[] {
  const samples: CountSample[] = [];
  for (let sec = 0; sec <= untilSec; sec++) {
    const mean = curve(sec);
    const wobble = noise === undefined ? 0 : (noise() + noise() + noise() - 1.5) * Math.sqrt(mean);
    samples.push({ atMs: START + sec * 1_000, sessions: Math.max(0, Math.round(mean + wobble)) });
  }
  return samples;
}

/** First second from which the curve's rounded count stays at the floor. */
function emptySec(curve: (sec: number) => number, floor: number, limitSec: number): number {
  for (let sec = limitSec; sec > 0; sec--) if (Math.round(curve(sec)) > floor) return sec + 1;
  return 0;
}

function errorAtHalf(curve: (sec: number) => number, floor: number, limitSec: number, noise?: () => number): number {
  const total = emptySec(curve, floor, limitSec);
  const half = Math.floor(total / 2);
  const eta = estimateEta(samplesOf(curve, half, noise), floor, null, START + half * 1_000);
  if (eta.kind !== "about") return Number.POSITIVE_INFINITY;
  const leftSec = (eta.atMs - START) / 1_000 - half;
  return Math.abs(leftSec - (total - half)) / (total - half);
}

const exponential = (n0: number, tauSec: number) => (sec: number) => n0 * Math.exp(-sec / tauSec);
const linear = (n0: number, endSec: number) => (sec: number) => Math.max(0, n0 * (1 - sec / endSec));
const quadratic = (n0: number, endSec: number) => (sec: number) => n0 * Math.max(0, 1 - sec / endSec) ** 2;

describe("[M80] the error at half-time is under 25 % of the time that is left", () => {
  const curves: [string, (sec: number) => number, number][] = [
    ["exponential 400", exponential(400, 120), 0],
    ["exponential 2000, slow", exponential(2_000, 300), 0],
    ["exponential 60", exponential(60, 90), 0],
    ["linear 400", linear(400, 900), 0],
    ["linear 50", linear(50, 400), 0],
    ["quadratic 300", quadratic(300, 1_200), 0],
    ["exponential on a floor of 4 tunnels", (sec) => 4 + exponential(400, 120)(sec), 4],
    ["linear on a floor of 12 tunnels", (sec) => 12 + linear(200, 600)(sec), 12],
    [
      "exponential with returns: a wave of 40 at 100 s",
      (sec) => exponential(400, 150)(sec) + (sec > 100 ? exponential(40, 150)(sec - 100) : 0),
      0,
    ],
    [
      "linear with returns: every minute some come back for 10 s",
      (sec) => linear(300, 900)(sec) * (sec % 60 < 10 ? 1.08 : 1),
      0,
    ],
  ];
  test.each(curves)("%s", (_, curve, floor) => {
    expect(errorAtHalf(curve, floor, 20_000)).toBeLessThan(0.25);
  });
  test.each(curves)("%s, with noise: the middle of 25 runs", (_, curve, floor) => {
    const errors = Array.from({ length: 25 }, (_unused, seed) => errorAtHalf(curve, floor, 20_000, mulberry(seed + 1)));
    errors.sort((a, b) => a - b);
    expect(errors[12], `errors ${errors.map((e) => e.toFixed(2)).join(" ")}`).toBeLessThan(0.25);
  });
});

describe("[M81] a flat, rising or floor-only curve gives no time", () => {
  test.each([
    ["flat", () => 40, 0],
    ["rising", (sec: number) => 40 + sec / 10, 0],
    ["only tunnels left", () => 4, 4],
    ["fell first, flat for two minutes now", (sec: number) => Math.max(30, 200 - sec), 0],
  ])("%s", (_, curve, floor) => {
    expect(
      estimateEta(samplesOf(curve as (sec: number) => number, 400), floor as number, null, START + 400_000),
    ).toEqual({ kind: "not-falling" });
  });
  test("flat with noise gives none in nearly every run", () => {
    let wrong = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const eta = estimateEta(
        samplesOf(() => 60, 600, mulberry(seed)),
        0,
        null,
        START + 600_000,
      );
      if (eta.kind === "about" && eta.atMs - START < 1_800_000) wrong++;
    }
    expect(wrong).toBeLessThanOrEqual(2);
  });
});

test("[M82] nothing is said in the first minute, without samples, or over gaps as if they were zero", () => {
  const curve = exponential(400, 120);
  expect(estimateEta([], 0, null, START)).toEqual({ kind: "measuring" });
  expect(estimateEta(samplesOf(curve, 59), 0, null, START + 59_000)).toEqual({ kind: "measuring" });
  const gapped = samplesOf(curve, 300).map((sample, i) => (i % 3 === 0 ? { ...sample, sessions: null } : sample));
  expect(estimateEta(gapped, 0, null, START + 300_000).kind).toBe("about");
  expect(
    estimateEta([...samplesOf(curve, 90), { atMs: START + 91_000, sessions: 0 }], 0, null, START + 91_000),
  ).toEqual({ kind: "empty" });
});

test("[M83] beyond the deadline it says so", () => {
  const eta = estimateEta(samplesOf(linear(400, 900), 450), 0, START + 600_000, START + 450_000);
  expect(eta.kind).toBe("after-deadline");
});

describe("[M84] the shown time does not jump", () => {
  const about = (min: number): Eta => ({ kind: "about", atMs: START - (START % 60_000) + min * 60_000 });
  test("a change of a minute is shown only after it lasted ten seconds", () => {
    let state: ShownEta = settleEta(null, about(10), START);
    state = settleEta(state, about(12), START + 1_000);
    expect(state.shown).toEqual(about(10));
    state = settleEta(state, about(13), START + 6_000);
    expect(state.shown).toEqual(about(10));
    state = settleEta(state, about(13), START + 11_000);
    expect(state.shown).toEqual(about(13));
  });
  test("a flicker in between starts the ten seconds again", () => {
    let state: ShownEta = settleEta(null, about(10), START);
    state = settleEta(state, about(12), START + 1_000);
    state = settleEta(state, about(10), START + 8_000);
    state = settleEta(state, about(12), START + 9_000);
    expect(settleEta(state, about(12), START + 12_000).shown).toEqual(about(10));
  });
  test("empty is shown at once", () => {
    expect(settleEta(settleEta(null, about(10), START), { kind: "empty" }, START + 1).shown).toEqual({ kind: "empty" });
  });
});

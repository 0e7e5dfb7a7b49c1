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
function samplesOf(
  curve: (sec: number) => number,
  untilSec: number,
  noise?: () => number,
  tunnels: (sec: number) => number | null = () => 0,
): CountSample[] {
  const samples: CountSample[] = [];
  for (let sec = 0; sec <= untilSec; sec++) {
    const mean = curve(sec);
    const wobble = noise === undefined ? 0 : (noise() + noise() + noise() - 1.5) * Math.sqrt(mean);
    const sessions = Math.max(0, Math.round(mean + wobble));
    samples.push({ atMs: START + sec * 1_000, sessions, tunnels: tunnels(sec) });
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
  const eta = estimateEta(
    samplesOf(curve, half, noise, () => floor),
    null,
    START + half * 1_000,
  );
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

describe("[M81] a flat or rising curve gives no time", () => {
  test.each([
    ["flat", () => 40],
    ["rising", (sec: number) => 40 + sec / 10],
    ["flat on a floor", () => 40, 12],
    ["fell first, flat for two minutes now", (sec: number) => Math.max(30, 200 - sec)],
  ] as [string, (sec: number) => number, number?][])("%s", (_, curve, floor = 0) => {
    const samples = samplesOf(curve, 400, undefined, () => floor);
    expect(estimateEta(samples, null, START + 400_000)).toEqual({ kind: "not-falling" });
  });
  test("flat with noise gives none in nearly every run", () => {
    let wrong = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const eta = estimateEta(
        samplesOf(() => 60, 600, mulberry(seed)),
        null,
        START + 600_000,
      );
      if (eta.kind === "about" && eta.atMs - START < 1_800_000) wrong++;
    }
    expect(wrong).toBeLessThanOrEqual(2);
  });
});

describe("[M86] tunnels are a floor", () => {
  const users = linear(200, 600);
  test("not counted, they are no floor; counted late, the newest count speaks for the whole drain", () => {
    const curve = (sec: number) => 20 + users(sec);
    const unknown = estimateEta(
      samplesOf(curve, 400, undefined, () => null),
      null,
      START + 400_000,
    );
    const late = estimateEta(
      samplesOf(curve, 400, undefined, (sec) => (sec < 300 ? null : 20)),
      null,
      START + 400_000,
    );
    const known = estimateEta(
      samplesOf(curve, 400, undefined, () => 20),
      null,
      START + 400_000,
    );
    if (unknown.kind !== "about" || late.kind !== "about" || known.kind !== "about") throw new Error("no forecast");
    expect(late).toEqual(known);
    expect(Math.abs(known.atMs - (START + 600_000))).toBeLessThan(30_000);
    expect(unknown.atMs).toBeGreaterThan(known.atMs + 10_000);
  });
  test.each([
    ["from the first minute on", () => 5, () => 5],
    ["after the last user", (sec: number) => 4 + Math.max(0, 200 - sec), () => 4],
    [
      "one of them ended: that is no course",
      (sec: number) => (sec < 350 ? 5 : 4),
      (sec: number) => (sec < 360 ? 5 : 4),
    ],
  ] as const)(
    "only tunnels: nobody knows when, %s",
    (_, curve: (sec: number) => number, tunnels: (sec: number) => number) => {
      const samples = samplesOf(curve, 400, undefined, tunnels);
      expect(estimateEta(samples, null, START + 400_000)).toEqual({ kind: "only-tunnels" });
    },
  );
  test("only tunnels, and their users leave all the same: their own course is the forecast, as long as it falls", () => {
    // Counted every 15 s; in between never more than the sessions.
    const counted = (curve: (sec: number) => number) => (sec: number) =>
      Math.min(Math.round(curve(sec)), Math.round(curve(sec - (sec % 15))));
    const leaving = linear(120, 900);
    const eta = estimateEta(samplesOf(leaving, 450, undefined, counted(leaving)), null, START + 450_000);
    if (eta.kind !== "about") throw new Error(eta.kind);
    expect(Math.abs(eta.atMs - (START + 900_000))).toBeLessThan(450_000 * 0.25);
    const stayed = (sec: number) => Math.max(60, leaving(sec));
    const after = estimateEta(samplesOf(stayed, 700, undefined, counted(stayed)), null, START + 700_000);
    expect(after).toEqual({ kind: "only-tunnels" });
  });
  test("counted for the first time just now, they are measured first", () => {
    const samples = samplesOf(
      () => 5,
      400,
      undefined,
      (sec) => (sec < 350 ? null : 5),
    );
    expect(estimateEta(samples, null, START + 400_000)).toEqual({ kind: "measuring" });
    const users = (sec: number) => (sec < 350 ? 9 : 5);
    const left = samplesOf(users, 400, undefined, () => 5);
    expect(estimateEta(left, null, START + 400_000)).toEqual({ kind: "only-tunnels" });
  });
  test("beyond the deadline it says so for them too; an empty server is empty", () => {
    const leaving = linear(120, 900);
    const samples = samplesOf(leaving, 450, undefined, (sec) => Math.round(leaving(sec)));
    expect(estimateEta(samples, START + 600_000, START + 450_000).kind).toBe("after-deadline");
    const empty = { atMs: START + 451_000, sessions: 0, tunnels: 0 };
    expect(estimateEta([...samples, empty], null, START + 451_000)).toEqual({ kind: "empty" });
  });
});

test("[M82] nothing is said in the first minute, without samples, or over gaps as if they were zero", () => {
  const curve = exponential(400, 120);
  expect(estimateEta([], null, START)).toEqual({ kind: "measuring" });
  expect(estimateEta(samplesOf(curve, 59), null, START + 59_000)).toEqual({ kind: "measuring" });
  const gapped = samplesOf(curve, 300).map((sample, i) => (i % 3 === 0 ? { ...sample, sessions: null } : sample));
  expect(estimateEta(gapped, null, START + 300_000).kind).toBe("about");
  expect(
    estimateEta([...samplesOf(curve, 90), { atMs: START + 91_000, sessions: 0, tunnels: 0 }], null, START + 91_000),
  ).toEqual({ kind: "empty" });
});

test("[M83] beyond the deadline it says so", () => {
  const eta = estimateEta(samplesOf(linear(400, 900), 450), START + 600_000, START + 450_000);
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

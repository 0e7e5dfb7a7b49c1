// The app's clock as seen from this page [W4]. The browser's wall clock is never compared with a time that was received:
// it may be wrong by hours. A message that carries the app's time `atMs` and arrives at `mono` (the page's monotonic
// clock) says: the app's clock is at least `atMs - mono` ahead. Latency only makes that smaller, so the largest of the
// last minute is the best estimate, and one slow message cannot make live data look old.

const WINDOW_MS = 60_000;

interface Sample {
  mono: number;
  offsetMs: number;
}

export class AppClock {
  /** Falling offsets: the first is the largest of the window, each later one takes over when those before it expire. */
  #samples: Sample[] = [];

  observe(atMs: number, mono: number): void {
    const offsetMs = atMs - mono;
    const kept = this.#samples.filter((sample) => sample.offsetMs > offsetMs && mono - sample.mono < WINDOW_MS);
    kept.push({ mono, offsetMs });
    this.#samples = kept;
  }

  /** After a snapshot or a sleep: what was estimated before may be wrong (the app's host may have set its clock). */
  reset(): void {
    this.#samples = [];
  }

  /** Epoch ms on the app's clock; null before the first message. */
  nowMs(mono: number): number | null {
    const best = this.#samples[0];
    return best === undefined ? null : mono + best.offsetMs;
  }
}

/** More than this between the two clocks is a sleep (or a clock that was set), not jitter. */
const SLEEP_MS = 1_500;

/**
 * performance.now() stands still while a laptop sleeps (Linux, macOS). The wall clock does not, so the difference of the
 * two tells how long it slept; nothing else is ever read from the wall clock.
 */
export class Monotonic {
  #last: { perf: number; wall: number } | null = null;
  #sleptMs = 0;

  /** `slept` is true in the reading that found a sleep. */
  read(perf: number, wall: number): { mono: number; slept: boolean } {
    const before = this.#last;
    this.#last = { perf, wall };
    const aheadMs = before === null ? 0 : wall - before.wall - (perf - before.perf);
    const slept = aheadMs > SLEEP_MS;
    if (slept) this.#sleptMs += aheadMs;
    return { mono: perf + this.#sleptMs, slept };
  }
}

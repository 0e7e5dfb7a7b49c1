/** A token bucket: `burst` messages at once, `perSec` on average. */
export class Bucket {
  readonly #perSec: number;
  readonly #burst: number;
  #tokens: number;
  #atMs: number;

  constructor(options: { perSec: number; burst: number; nowMs: number }) {
    this.#perSec = options.perSec;
    this.#burst = options.burst;
    this.#tokens = options.burst;
    this.#atMs = options.nowMs;
  }

  take(nowMs: number): boolean {
    const elapsedSec = Math.max(0, nowMs - this.#atMs) / 1000;
    this.#tokens = Math.min(this.#burst, this.#tokens + elapsedSec * this.#perSec);
    this.#atMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

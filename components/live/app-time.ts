// The app's time on this page, and the one timer that moves everything that ticks.
import { AppClock, Monotonic } from "./clock.ts";

const SECOND_MS = 1_000;

export class AppTime {
  readonly #clock = new AppClock();
  readonly #monotonic = new Monotonic();
  readonly #listeners = new Set<() => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #shownMs = 0;
  #hasSlept = false;

  /** The page's monotonic clock, sleeps included. */
  mono(): number {
    const { mono, slept } = this.#monotonic.read(performance.now(), Date.now());
    if (slept) this.#hasSlept = true;
    return mono;
  }

  /** Epoch ms on the app's clock; 0 before the first message. */
  now(): number {
    return Math.round(this.#clock.nowMs(this.mono()) ?? 0);
  }

  heard(atMs: number): void {
    this.#clock.observe(atMs, this.mono());
    // the first message shows the time at once; later, whole seconds do
    if (this.#shownMs === 0 && this.#timer !== undefined) this.#schedule(0);
  }

  /** With a snapshot: nothing that was estimated before counts. */
  restart(atMs: number): void {
    this.#clock.reset();
    this.heard(atMs);
  }

  /** True once after a sleep. */
  takeSleep(): boolean {
    this.mono();
    const slept = this.#hasSlept;
    this.#hasSlept = false;
    return slept;
  }

  /** As of the last tick: the same value for everyone until the next one. */
  readonly shown = (): number => this.#shownMs;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#timer === undefined) this.#schedule();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      clearTimeout(this.#timer);
      this.#timer = undefined;
    };
  };

  #tick(): void {
    this.#shownMs = this.now();
    for (const listener of [...this.#listeners]) listener();
  }

  #schedule(delayMs = SECOND_MS - (this.now() % SECOND_MS)): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#schedule();
      this.#tick();
    }, delayMs);
  }
}

/** A page has one clock, as it has one performance.now(): that is why this is a module's. */
export const appTime = new AppTime();

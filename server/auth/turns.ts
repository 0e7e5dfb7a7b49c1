/** More wait than may: try again in a moment. */
export class TooManyWaiting extends Error {
  readonly code = "too-many-waiting";
}

/** Lets so many run at once, so many wait, and refuses the rest. */
export class Turns {
  readonly #atOnce: number;
  readonly #mayWait: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(limits: { atOnce: number; waiting: number }) {
    this.#atOnce = limits.atOnce;
    this.#mayWait = limits.waiting;
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#atOnce) {
      if (this.#waiting.length >= this.#mayWait) throw new TooManyWaiting("too many at once");
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running++;
    }
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // The next one takes over this place, so nobody can slip in between.
      if (next === undefined) this.#running--;
      else next();
    }
  }
}

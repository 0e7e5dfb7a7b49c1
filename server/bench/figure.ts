// What a benchmark says: a figure with its goal and the peers measured beside it in the same run.
export interface Figure {
  /** number of the goal, as in the list of performance goals: `P1` */
  readonly id: string;
  readonly measure: string;
  readonly figure: string;
  /** empty: no goal, told for the reader */
  readonly goal: string;
  /** null: there is no goal for it, or it could not be measured here */
  readonly isMet: boolean | null;
  /** others on the same bytes in the same run, and how it was measured where that is not plain */
  readonly peers: string;
  /** the plain numbers, for --json */
  readonly values: Readonly<Record<string, number>>;
}

export interface BenchContext {
  readonly haproxyBin: string;
  readonly haproxyVersion: string;
  /** everything about ten times smaller: to see that it works */
  readonly isTiny: boolean;
  readonly isQuick: boolean;
  /** progress, for a person who waits */
  say(text: string): void;
}

export interface Bench {
  readonly ids: readonly string[];
  readonly run: (context: BenchContext) => Promise<Figure[]>;
}

/** One of three sizes. */
export function sized<T>(context: BenchContext, sizes: { tiny: T; quick: T; full: T }): T {
  if (context.isTiny) return sizes.tiny;
  return context.isQuick ? sizes.quick : sizes.full;
}

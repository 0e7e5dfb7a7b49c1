// Two keys one after the other, such as `g b`. Pure: time is an argument.

/** The first key of a pair, and when it was pressed. */
export interface Waiting {
  readonly key: string;
  readonly atMs: number;
}

export interface Pressed {
  /** what was asked for; null: nothing, or only the first half of it */
  readonly keys: string | null;
  /** nobody else should act on this key */
  readonly isTaken: boolean;
  readonly waiting: Waiting | null;
}

/** Longer, and the two keys were not meant together. */
export const PAIR_WITHIN_MS = 1_500;

export function pressedOf(known: readonly string[], waiting: Waiting | null, key: string, atMs: number): Pressed {
  if (waiting !== null && atMs - waiting.atMs <= PAIR_WITHIN_MS) {
    // Shift on its way to a capital is not the second key yet.
    if (key === "Shift") return { keys: null, isTaken: false, waiting };
    const pair = `${waiting.key} ${key}`;
    // Half a pair that nobody knows must not act as its second key alone; Tab and its like do as always.
    return { keys: known.includes(pair) ? pair : null, isTaken: key.length === 1, waiting: null };
  }
  if (known.includes(key)) return { keys: key, isTaken: true, waiting: null };
  const isFirst = known.some((one) => one.startsWith(`${key} `));
  return { keys: null, isTaken: isFirst, waiting: isFirst ? { key, atMs } : null };
}

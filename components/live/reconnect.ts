const FIRST_MS = 500;
const LONGEST_MS = 8_000;

/** Doubling, between half and all of it: 500 browsers that were cut together do not come back together. `random` in [0, 1). */
export function reconnectDelayMs(attempt: number, random: number): number {
  const fullMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return (fullMs / 2) * (1 + random);
}

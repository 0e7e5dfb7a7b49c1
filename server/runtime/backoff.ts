// How long to wait after the n-th failure in a row: exponential with full jitter, so that many load balancers behind one
// broken switch do not come back in step. The cap keeps "is it back?" within a person's patience.

const BASE_MS = 500;
export const BACKOFF_CAP_MS = 10_000;
/** Full jitter may draw almost zero; a dead socket is still not asked more often than this. */
const FLOOR_MS = 100;

/** `failures` counts from 1; `random` is in [0, 1). */
export function backoffMs(failures: number, random: () => number): number {
  const ceiling = Math.min(BACKOFF_CAP_MS, BASE_MS * 2 ** Math.max(0, failures - 1));
  return FLOOR_MS + Math.floor(random() * (ceiling - FLOOR_MS));
}

// What a weight may be: it depends on how the backend balances (configuration manual, "balance" and "hash-type").

/** `any`: 0 to 256 or a percentage; `all-or-nothing`: 0% and 100%; `by-hash-type`: any with a consistent hash, else as before */
export type WeightRange = "any" | "all-or-nothing" | "by-hash-type";

const ANY = new Set(["roundrobin", "leastconn", "first", "random"]);
const ALL_OR_NOTHING = new Set(["static-rr"]);

/** @param algo as `show stat` tells; empty at level user: then nobody knows, and HAProxy says so itself */
export function weightRange(algo: string): WeightRange {
  if (algo === "" || ANY.has(algo)) return "any";
  return ALL_OR_NOTHING.has(algo) ? "all-or-nothing" : "by-hash-type";
}

export const WEIGHT_MAX = 256;

/** The weight that HAProxy makes of "50%" or "100": a percentage is of the configured weight, rounded down. */
export function weightOf(text: string, configured: number): number {
  const number = Number.parseInt(text, 10);
  if (!text.endsWith("%")) return number;
  return Math.min(WEIGHT_MAX, Math.floor((configured * number) / 100));
}

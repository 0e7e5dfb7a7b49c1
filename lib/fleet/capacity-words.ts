import type { BackendView } from "./merge.ts";

type CapacityFacts = Pick<BackendView, "takingNewUsers" | "capacity" | "minimum" | "onBackups">;

/** What is wrong with a backend's capacity, most serious first; empty: nothing. */
export function capacityWarning({ takingNewUsers, capacity, minimum, onBackups }: CapacityFacts): string {
  if (capacity === 0) return "";
  if (takingNewUsers === 0) return onBackups ? "Only backups take new users" : "No server takes new users";
  if (takingNewUsers < minimum) return `Below its minimum of ${minimum}`;
  // A backend that is whole cannot be more than whole: at the minimum is worth a word only when something is missing.
  if (takingNewUsers === minimum && takingNewUsers < capacity) return `At its minimum of ${minimum}`;
  return "";
}

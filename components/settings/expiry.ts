const DAY_MS = 24 * 3_600_000;

export type Expiry = "30" | "90" | "365" | "never";

export const expiryChoices: readonly { value: Expiry; word: string }[] = [
  { value: "30", word: "In 30 days" },
  { value: "90", word: "In 90 days" },
  { value: "365", word: "In a year" },
  { value: "never", word: "Never" },
];

/** Epoch milliseconds; null: never. */
export function expiresAt(choice: Expiry, nowMs: number): number | null {
  return choice === "never" ? null : nowMs + Number(choice) * DAY_MS;
}

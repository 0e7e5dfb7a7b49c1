import { parseDuration } from "#lib/maintenance/duration.ts";

export interface DurationChoice {
  readonly value: string;
  readonly word: string;
}

export const CUSTOM = "custom";

export interface DurationValue {
  /** a choice's value, or CUSTOM */
  readonly choice: string;
  readonly custom: string;
}

export function durationProblem(value: DurationValue): string | null {
  if (value.choice !== CUSTOM) return null;
  const ms = parseDuration(value.custom);
  if (ms === null) return "Write it like 90s, 28m or 1h30m.";
  return ms < 1_000 ? "At least 1s." : null;
}

/** As the app wants it; null: not to be understood. */
export function durationText(value: DurationValue): string | null {
  if (value.choice !== CUSTOM) return value.choice;
  return durationProblem(value) === null ? value.custom.trim() : null;
}

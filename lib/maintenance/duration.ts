// Spans of time as people and scripts write them: `30s`, `28m`, `1h30m`, `500ms`. A unit is required: "30" is a guess.
const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const WHOLE = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;

/** Milliseconds; null when it is not a span of time (negative ones and bare numbers are not). */
export function parseDuration(text: string): number | null {
  const trimmed = text.trim();
  if (trimmed.length > 32 || !WHOLE.test(trimmed)) return null;
  let totalMs = 0;
  for (const [, amount, unit] of trimmed.matchAll(PART))
    totalMs += Number(amount) * UNITS_MS[unit as keyof typeof UNITS_MS];
  return Number.isFinite(totalMs) ? Math.round(totalMs) : null;
}

/** The shortest way to write it that parses back: 90_000 is `1m30s`. */
export function formatDuration(ms: number): string {
  let rest = Math.max(0, Math.round(ms));
  if (rest === 0) return "0s";
  let text = "";
  for (const unit of ["d", "h", "m", "s", "ms"] as const) {
    const amount = Math.floor(rest / UNITS_MS[unit]);
    if (amount > 0) text += `${amount}${unit}`;
    rest -= amount * UNITS_MS[unit];
  }
  return text;
}

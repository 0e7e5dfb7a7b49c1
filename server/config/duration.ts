const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

export const DURATION_PATTERN = /^(\d{1,9})(ms|s|m|h)$/;

/** `30s`, `28m`, `500ms`, `1h`; null when it is none of these. */
export function durationMs(text: string): number | null {
  const match = DURATION_PATTERN.exec(text);
  if (match === null) return null;
  const unit = match[2] as keyof typeof UNIT_MS; // the pattern names exactly these
  return Number(match[1]) * UNIT_MS[unit];
}

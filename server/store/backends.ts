// The limit of a person or token to backends, as a column: a JSON list of names and patterns; null: all.

export function backendsText(backends: readonly string[] | null): string | null {
  return backends === null ? null : JSON.stringify(backends);
}

/** A limit that cannot be read allows nothing, rather than everything. */
export function backendsOf(text: string | null): string[] | null {
  if (text === null) return null;
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed.filter((item) => typeof item === "string") : [];
  } catch {
    return [];
  }
}

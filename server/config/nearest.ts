/** The known word that was probably meant, or null when none is close: at most a third of its letters differ. */
export function nearest(word: string, known: readonly string[]): string | null {
  const asked = word.toLowerCase();
  let best: { word: string; edits: number } | null = null;
  for (const candidate of known) {
    const edits = editsBetween(asked, candidate.toLowerCase());
    if (edits <= Math.max(1, Math.floor(candidate.length / 3)) && (best === null || edits < best.edits))
      best = { word: candidate, edits };
  }
  return best === null ? null : best.word;
}

/** Levenshtein distance. */
function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, charA] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, charB] of [...b].entries()) {
      const replaced = (row[j] ?? 0) + (charA === charB ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

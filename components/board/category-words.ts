import type { GlyphName } from "#components/glass/glyph.tsx";
import type { Category } from "#lib/fleet/category.ts";

export const categoryWords: Record<Category, { glyph: GlyphName; word: string }> = {
  ready: { glyph: "ready", word: "Ready" },
  drain: { glyph: "drain", word: "Drain" },
  maint: { glyph: "maint", word: "Maint" },
  ramp: { glyph: "ramp", word: "Ramp" },
  down: { glyph: "down", word: "DOWN" },
  split: { glyph: "split", word: "Split" },
};

"use client";
import { memo } from "react";
import { Glyph, type GlyphName } from "#components/glass/glyph.tsx";
import type { HealthWords } from "#lib/fleet/health-words.ts";
import { Since } from "./ages.tsx";

const glyphs: Record<HealthWords["kind"], GlyphName> = {
  up: "up",
  falling: "falling",
  rising: "rising",
  down: "down",
  nolb: "nolb",
  "no-check": "no-check",
  maint: "waits",
  split: "split",
  unknown: "stale",
};

/** Takes texts, not a view: a new response time is a new text, a new session count is not. */
export const Health = memo(function Health({ kind, word, detail, sinceSec, title }: HealthWords) {
  return (
    <span className={`health health-${kind}`} title={title}>
      <Glyph name={glyphs[kind]} size={13} />
      <b>{word}</b>
      <span>
        {detail}
        {sinceSec !== null && (
          <>
            {detail === "" ? "" : ", "}
            <Since atSec={sinceSec} />
          </>
        )}
      </span>
    </span>
  );
});

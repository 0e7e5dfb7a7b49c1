"use client";
import type { ReactNode } from "react";
import { Glyph, type GlyphName } from "#components/glass/glyph.tsx";
import { type Fact, factsOf } from "./facts.ts";
import type { Candidate } from "./twin.ts";

const looks: Record<Fact["tone"], { glyph: GlyphName; className: string }> = {
  good: { glyph: "done", className: "c-ready" },
  bad: { glyph: "down", className: "c-down" },
  warn: { glyph: "warn", className: "c-maint" },
  unknown: { glyph: "waits", className: "" },
};

export function CandidateCard({ candidate, onRemove }: { candidate: Candidate; onRemove(): void }) {
  const { name, address, test } = candidate;
  const facts = factsOf(test);
  const isGood = test.ok && facts.every(({ tone }) => tone !== "bad");
  const glyph = isGood ? "up" : test.ok ? "warn" : "down";
  return (
    <section className="first-card" aria-label={name}>
      <div className="first-card-head">
        <Glyph name={glyph} size={14} className={isGood ? "c-ready" : test.ok ? "c-maint" : "c-down"} />
        <h3>{name}</h3>
        <span>{address}</span>
        <button type="button" className="icon-btn" aria-label={`Take ${name} off the list`} onClick={onRemove}>
          <Glyph name="close" />
        </button>
      </div>
      <dl>
        {facts.map((fact) => (
          <FactRow key={`${fact.label} ${fact.text}`} fact={fact} />
        ))}
      </dl>
    </section>
  );
}

export function FactRow({ fact, children }: { fact: Fact; children?: ReactNode }) {
  const { glyph, className } = looks[fact.tone];
  return (
    <div className={`first-fact is-${fact.tone}`}>
      <dt>
        <Glyph name={glyph} size={13} className={className} />
        {fact.label}
      </dt>
      <dd>
        {fact.text}
        {fact.fix !== "" && <span className="first-fix">{fact.fix}</span>}
        {children}
      </dd>
    </div>
  );
}

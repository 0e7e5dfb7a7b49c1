"use client";
import type { ServerView } from "#lib/fleet/merge.ts";
import { factsOf } from "./words.ts";

/** What HAProxy's runtime API tells of the server, beside its numbers. */
export function Facts({ view }: { view: ServerView }) {
  const facts = factsOf(view);
  if (facts.length === 0) return null;
  return (
    <section className="side-part" aria-label="Facts">
      <h2>Facts</h2>
      <dl className="terms">
        {facts.map(({ term, text }) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

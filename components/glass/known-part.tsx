// A number over the load balancers that answer, beside others that do not: it says so as the sessions do, more softly.
import type { ReactNode } from "react";

const marks = {
  /** the silent ones would add to it */
  sum: { mark: "+?", title: "Of the load balancers that answer; what the silent ones have comes on top" },
  /** the silent ones may have a lower one */
  least: { mark: "?", title: "Of the load balancers that answer; on the silent ones it is not known" },
} as const;

/** A function, not a component: several a row, and almost always the number is whole. */
export function knownPart(kind: keyof typeof marks, isComplete: boolean, number: ReactNode): ReactNode {
  if (isComplete) return number;
  const { mark, title } = marks[kind];
  return (
    <span title={title}>
      {number}
      <i className="unknown-part is-soft">{mark}</i>
    </span>
  );
}

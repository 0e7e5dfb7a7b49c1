// The same finding of several load balancers as one sentence: a person reads the price once, with the sum first.
import { count, listOf, plural } from "#lib/util/format.ts";
import type { Finding } from "#lib/wire/problem.ts";

/** A finding of the guard, or a warning of a plan. */
type Told = Pick<Finding, "lb" | "message"> & { readonly code: string; readonly severity: string };

export interface FindingGroup<F extends Told = Finding> {
  readonly severity: F["severity"];
  /** load balancers it is about, in their order; empty: about none in particular */
  readonly lbs: readonly string[];
  readonly message: string;
}

/** Where the load balancer is named. One that does something ("lb2 does not answer") keeps its own sentence. */
const PLACE = "\u0000";
const COUNTED = new RegExp(`([\\d,]+) (\\w+?)s? on ${PLACE}`);

/** Findings are joined when their code is the same and their words differ in the load balancer and its number only. */
export function groupFindings<F extends Told>(findings: readonly F[]): FindingGroup<F>[] {
  const groups = new Map<string, F[]>();
  for (const finding of findings) {
    const key = `${finding.code} ${finding.severity} ${templateOf(finding).replace(COUNTED, "$2")}`;
    groups.set(key, [...(groups.get(key) ?? []), finding]);
  }
  return [...groups.values()].map((group) => joined(group));
}

function joined<F extends Told>(group: readonly F[]): FindingGroup<F> {
  const [first] = group;
  if (first === undefined) throw new Error("a group of findings is empty");
  const lbs = [...new Set(group.flatMap(({ lb }) => (lb === null ? [] : [lb])))];
  const { severity, message } = first;
  if (lbs.length < 2) return { severity, lbs, message };
  const template = templateOf(first);
  const noun = COUNTED.exec(template)?.[2];
  if (noun === undefined) return { severity, lbs, message: template.replaceAll(PLACE, listOf(lbs)) };
  const counts = group.map((finding) => ({ lb: finding.lb, n: countIn(finding) }));
  const sum = counts.reduce((total, { n }) => total + n, 0);
  const parts = listOf(counts.map(({ lb, n }) => `${count(n)} on ${lb}`));
  return {
    severity,
    lbs,
    message: template.replace(COUNTED, `${plural(sum, noun)} (${parts})`).replaceAll(PLACE, listOf(lbs)),
  };
}

function countIn(finding: Told): number {
  return Number((COUNTED.exec(templateOf(finding))?.[1] ?? "0").replaceAll(",", ""));
}

function templateOf({ message, lb }: Told): string {
  if (lb === null) return message;
  return message.split(`on ${lb}`).reduce((text, part) => {
    // "on lb1" is not "on lb10"
    const isWhole = !/^[\w-]/.test(part);
    return `${text}on ${isWhole ? PLACE : lb}${part}`;
  });
}

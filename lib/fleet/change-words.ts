// What one's own click did, in words, and how to take it back. Used by the toast and the dialog after it.
import type { AdminState } from "#lib/haproxy/admin-state.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import { listOf } from "#lib/util/format.ts";
import type { LoadBalancerOutcome, SetStateInput } from "#lib/wire/commands.ts";

export function stateWords(adminState: AdminState): string {
  return adminState === "ready" ? "ready" : `in ${adminState}`;
}

/** "SRV2 is in drain on lb1, lb2." */
export function doneSentence(server: string, adminState: AdminState, outcomes: readonly LoadBalancerOutcome[]): string {
  const names = outcomes.filter((outcome) => outcome.outcome === "done").map((outcome) => outcome.lb);
  return `${server} is ${stateWords(adminState)} on ${names.join(", ")}.`;
}

export function isWhollyDone(outcomes: readonly LoadBalancerOutcome[]): boolean {
  return outcomes.every((outcome) => outcome.outcome === "done");
}

/** Title of the dialog after a change that did not go through everywhere. */
export function partialTitle(id: ServerId, adminState: AdminState, outcomes: readonly LoadBalancerOutcome[]): string {
  const done = outcomes.filter((outcome) => outcome.outcome === "done").map((outcome) => outcome.lb);
  if (done.length === 0) {
    const isClear = outcomes.every((outcome) => outcome.outcome === "refused");
    return isClear
      ? `${id} was not set to ${adminState}`
      : `It is not known whether ${id} is ${stateWords(adminState)}`;
  }
  return `${id} is ${stateWords(adminState)} on ${listOf(done)} only`;
}

/** One line for each load balancer. */
export function outcomeSentence(outcome: LoadBalancerOutcome): string {
  const said = outcome.message === "" ? "" : ` ${endWithStop(outcome.message)}`;
  switch (outcome.outcome) {
    case "done":
      return `Set ${outcome.after ?? "as asked"}.`;
    case "refused":
      return `Refused, still ${outcome.after ?? outcome.before}.${said}`;
    case "unknown":
      return `Not known: it may have happened or not. Before, it was ${outcome.before}.${said}`;
  }
}

function endWithStop(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** The commands that give each load balancer back the state it had, if nobody changed it since; empty: nothing to undo. */
export function undoSteps(id: ServerId, outcomes: readonly LoadBalancerOutcome[]): SetStateInput[] {
  const steps: { adminState: AdminState; expect: AdminState; loadBalancers: string[] }[] = [];
  for (const { lb, outcome, before, after } of outcomes) {
    if (outcome !== "done" || after === null || before === after) continue;
    const same = steps.find((step) => step.adminState === before && step.expect === after);
    if (same === undefined) steps.push({ adminState: before, expect: after, loadBalancers: [lb] });
    else same.loadBalancers.push(lb);
  }
  return steps.map((step) => ({ server: id, ...step }));
}

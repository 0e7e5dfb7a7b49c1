import { expect, test } from "vitest";
import type { LoadBalancerOutcome } from "#lib/wire/commands.ts";
import { doneSentence, isWhollyDone, outcomeSentence, partialTitle, undoSteps } from "./change-words.ts";

function outcome(lb: string, facts: Partial<LoadBalancerOutcome> = {}): LoadBalancerOutcome {
  return { lb, outcome: "done", before: "ready", after: "drain", message: "", ...facts };
}

test("the toast names the state and every load balancer that has it", () => {
  expect(doneSentence("SRV2", "drain", [outcome("lb1"), outcome("lb2")])).toBe("SRV2 is in drain on lb1, lb2.");
  expect(doneSentence("SRV2", "ready", [outcome("lb1", { after: "ready" })])).toBe("SRV2 is ready on lb1.");
});

test("a refusal is told with HAProxy's words", () => {
  const refused = outcome("lb2", { outcome: "refused", after: "ready", message: "Permission denied" });
  expect(isWhollyDone([outcome("lb1"), refused])).toBe(false);
  expect(partialTitle("APP1/SRV2", "drain", [outcome("lb1"), refused])).toBe("APP1/SRV2 is in drain on lb1 only");
  expect(outcomeSentence(refused)).toBe("Refused, still ready. Permission denied.");
});

test("nothing done is not called partly done, and unknown is not called refused", () => {
  const refused = outcome("lb1", { outcome: "refused", after: "ready" });
  const unknown = outcome("lb2", { outcome: "unknown", after: null, message: "No answer in 5 s." });
  expect(partialTitle("APP1/SRV2", "maint", [refused])).toBe("APP1/SRV2 was not set to maint");
  expect(partialTitle("APP1/SRV2", "maint", [refused, unknown])).toBe("It is not known whether APP1/SRV2 is in maint");
  expect(outcomeSentence(unknown)).toBe(
    "Not known: it may have happened or not. Before, it was ready. No answer in 5 s.",
  );
});

test("undo gives each load balancer the state it had, in as few commands as that takes", () => {
  const outcomes = [outcome("lb1"), outcome("lb2", { before: "maint" }), outcome("lb3")];
  expect(undoSteps("APP1/SRV2", outcomes)).toEqual([
    { server: "APP1/SRV2", adminState: "ready", expect: "drain", loadBalancers: ["lb1", "lb3"] },
    { server: "APP1/SRV2", adminState: "maint", expect: "drain", loadBalancers: ["lb2"] },
  ]);
});

test("undo touches only what changed", () => {
  const same = outcome("lb1", { before: "drain" });
  const unknown = outcome("lb2", { outcome: "unknown", after: null });
  expect(undoSteps("APP1/SRV2", [same, unknown])).toEqual([]);
});

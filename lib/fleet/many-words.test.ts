import { expect, test } from "vitest";
import { AdminBit } from "#lib/haproxy/admin-state.ts";
import type { ServerOutcome } from "#lib/wire/commands.ts";
import { countShowing, failedServers, manyDoneSentence, undoMany } from "./many-words.ts";
import { mergeFleet } from "./merge.ts";
import { aLoadBalancer, aServer } from "./testing.ts";

function outcome(server: string, lb: string, facts: Partial<ServerOutcome> = {}): ServerOutcome {
  return { server, lb, outcome: "done", before: "ready", after: "drain", message: "", ...facts };
}

test("done: a few by name, many by number, and two of one name by number too", () => {
  const both = [outcome("APP1/SRV1", "lb1"), outcome("APP1/SRV2", "lb1"), outcome("APP1/SRV2", "lb2")];
  expect(manyDoneSentence("drain", both)).toBe("SRV1 and SRV2 are in drain on lb1, lb2.");
  const four = ["A/1", "A/2", "A/3", "A/4"].map((id) => outcome(id, "lb1"));
  expect(manyDoneSentence("ready", four)).toBe("4 servers are ready on lb1.");
  expect(manyDoneSentence("maint", [outcome("A/1", "lb1"), outcome("B/1", "lb1")])).toBe(
    "2 servers are in maint on lb1.",
  );
});

test("failed: each server once, with what each load balancer said", () => {
  const told = failedServers([
    outcome("A/1", "lb1"),
    outcome("A/1", "lb2", { outcome: "refused", after: null, message: "Nothing was sent: lb2 does not answer." }),
    outcome("A/2", "lb2", { outcome: "unknown", after: null }),
    outcome("A/3", "lb1"),
  ]);
  expect(told.map((one) => [one.server, one.reasons.map((reason) => `${reason.lb}: ${reason.text}`)])).toEqual([
    ["A/1", ["lb2: Refused, still ready. Nothing was sent: lb2 does not answer."]],
    ["A/2", ["lb2: Not known: it may have happened or not. Before, it was ready."]],
  ]);
});

test("undo: one step for those that had the same state in the same places; what did not change is left alone", () => {
  const steps = undoMany([
    outcome("A/1", "lb1"),
    outcome("A/1", "lb2"),
    outcome("A/2", "lb1"),
    outcome("A/2", "lb2"),
    outcome("A/3", "lb1", { before: "maint" }),
    outcome("A/3", "lb2"),
    outcome("A/4", "lb1", { before: "drain" }),
    outcome("A/5", "lb1", { outcome: "refused", after: "ready" }),
  ]);
  expect(steps).toEqual([
    {
      ...{ servers: ["A/1", "A/2"], adminState: "ready", loadBalancers: ["lb1", "lb2"] },
      expected: { "A/1": "drain", "A/2": "drain" },
    },
    { servers: ["A/3"], adminState: "maint", loadBalancers: ["lb1"], expected: { "A/3": "drain" } },
    { servers: ["A/3"], adminState: "ready", loadBalancers: ["lb2"], expected: { "A/3": "drain" } },
  ]);
});

test("progress counts those that every answering load balancer shows", () => {
  const drained = { adminBits: AdminBit.forcedDrain };
  const fleet = mergeFleet(
    null,
    [
      aLoadBalancer("lb1", [aServer("A/1", drained), aServer("A/2", drained)]),
      aLoadBalancer("lb2", [aServer("A/1", drained), aServer("A/2")]),
    ],
    1_000_000,
    {},
  );
  expect(countShowing(fleet, ["A/1", "A/2", "A/9"], "drain", null)).toBe(1);
  expect(countShowing(fleet, ["A/1", "A/2"], "drain", "lb1")).toBe(2);
});

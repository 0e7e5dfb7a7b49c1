import { expect, test } from "vitest";
import { Replica } from "./replica.ts";
import { loadBalancer, serverRow } from "./testing.ts";

const SCUR = 1; // bit of the first field in lib/wire/fields.ts

function started(): Replica {
  const replica = new Replica();
  replica.replaceAll([
    loadBalancer("lb1", [serverRow("APP1", "SRV1"), serverRow("APP1", "SRV2")]),
    loadBalancer("lb2", [serverRow("APP1", "SRV1")]),
  ]);
  return replica;
}

test("[W2] a delta onto the revision before is applied and keeps what it does not name", () => {
  const replica = started();
  const [before] = replica.views();
  expect(replica.apply({ lb: "lb1", epoch: "e1", rev: 2, at: 2_000, seen: 2_000, servers: [0, SCUR, 9] })).toBe(
    "applied",
  );
  const [after, other] = replica.views();
  expect(after?.servers[0]?.scur).toBe(9);
  expect(after?.servers[1]).toBe(before?.servers[1]);
  expect(after?.head.observedAtMs).toBe(2_000);
  expect(other?.rev).toBe(1);
});

test.each([
  ["a revision too far", { lb: "lb1", epoch: "e1", rev: 3 }],
  ["the same revision again", { lb: "lb1", epoch: "e1", rev: 1 }],
  ["another epoch", { lb: "lb1", epoch: "e2", rev: 2 }],
  ["a load balancer that was never sent", { lb: "lb9", epoch: "e1", rev: 2 }],
])("[W2] %s is a gap and changes nothing", (_what, delta) => {
  const replica = started();
  const before = replica.views();
  expect(replica.apply({ ...delta, at: 2_000, seen: 2_000, servers: [0, SCUR, 9] })).toBe("gap");
  expect(replica.views()).toEqual(before);
});

test("[W3] a snapshot replaces one load balancer in its place and deltas go on from it", () => {
  const replica = started();
  replica.replace(loadBalancer("lb1", [serverRow("APP1", "SRV3")], { epoch: "e2", rev: 40 }));
  expect(replica.views().map((view) => [view.head.name, view.epoch])).toEqual([
    ["lb1", "e2"],
    ["lb2", "e1"],
  ]);
  expect(replica.apply({ lb: "lb1", epoch: "e2", rev: 41, at: 1, seen: 1 })).toBe("applied");
});

test("[W1] the answer to a subscribe leaves nothing of before", () => {
  const replica = started();
  replica.replaceAll([loadBalancer("lb2", [])]);
  expect(replica.views().map((view) => view.head.name)).toEqual(["lb2"]);
});

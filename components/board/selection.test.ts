import { expect, test } from "vitest";
import { mergeFleet } from "#lib/fleet/merge.ts";
import { aLoadBalancer, aServer } from "#lib/fleet/testing.ts";
import { AdminBit } from "#lib/haproxy/admin-state.ts";
import { selectionImpact, toggleSelected } from "./selection.ts";

const order = ["A/1", "A/2", "A/3", "A/4"];

test("one is selected and cleared; a range goes the way of the board", () => {
  const one = toggleSelected(new Set(), order, "A/2", null);
  expect([...one]).toEqual(["A/2"]);
  expect([...toggleSelected(one, order, "A/2", null)]).toEqual([]);
  expect([...toggleSelected(one, order, "A/4", "A/2")].sort()).toEqual(["A/2", "A/3", "A/4"]);
  expect([...toggleSelected(one, order, "A/1", "A/3")].sort()).toEqual(["A/1", "A/2", "A/3"]);
});

test("a range from a row that a filter hid is only that row", () => {
  expect([...toggleSelected(new Set(), order, "A/2", "A/9")]).toEqual(["A/2"]);
});

const rows = (drained: readonly string[]) =>
  ["1", "2", "3", "4"].map((name) =>
    aServer(`APP1/SRV${name}`, drained.includes(name) ? { adminBits: AdminBit.forcedDrain } : {}),
  );

test("the words count on the load balancer where fewest are left", () => {
  const fleet = mergeFleet(null, [aLoadBalancer("lb1", rows([])), aLoadBalancer("lb2", rows(["2"]))], 1_000_000, {
    APP1: 2,
  });
  expect(selectionImpact(fleet, ["APP1/SRV3", "APP1/SRV4"])).toEqual({
    text: "Both at once would leave APP1 with 1 of 4 taking new users, below its minimum of 2. One at a time keeps 2.",
    isWarning: true,
  });
  expect(selectionImpact(fleet, ["APP1/SRV3"])).toMatchObject({ isWarning: false });
});

test("one that takes no new users costs nothing", () => {
  const fleet = mergeFleet(null, [aLoadBalancer("lb1", rows(["2"]))], 1_000_000, { APP1: 3 });
  expect(selectionImpact(fleet, ["APP1/SRV2"]).text).toBe("None of them takes new users now.");
});

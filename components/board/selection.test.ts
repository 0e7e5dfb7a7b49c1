import { expect, test } from "vitest";
import { mergeFleet } from "#lib/fleet/merge.ts";
import { aLoadBalancer, aServer } from "#lib/fleet/testing.ts";
import { AdminBit } from "#lib/haproxy/admin-state.ts";
import { selectionImpact, toggleAll, toggleSelected } from "./selection.ts";

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

test("all means what is shown: mixed becomes all, all becomes none, what a filter hid stays as it was", () => {
  const hidden = new Set(["A/9", "A/2"]);
  const all = toggleAll(hidden, order);
  expect([...all].sort()).toEqual(["A/1", "A/2", "A/3", "A/4", "A/9"]);
  expect([...toggleAll(all, order)]).toEqual(["A/9"]);
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
    others: "",
    isWarning: true,
  });
  expect(selectionImpact(fleet, ["APP1/SRV3"])).toMatchObject({ isWarning: false });
});

test("one that takes no new users costs nothing", () => {
  const fleet = mergeFleet(null, [aLoadBalancer("lb1", rows(["2"]))], 1_000_000, { APP1: 3 });
  expect(selectionImpact(fleet, ["APP1/SRV2"]).text).toBe("None of them takes new users now.");
});

test("each backend that would lose somebody is told, the one that is hit hardest first", () => {
  const more = ["API/a1", "API/a2", "WS/w1", "WS/w2"].map((id) => aServer(id));
  const fleet = mergeFleet(null, [aLoadBalancer("lb1", [...rows([]), ...more])], 1_000_000, { APP1: 1, API: 2, WS: 1 });
  expect(selectionImpact(fleet, ["APP1/SRV1", "API/a1", "WS/w1"])).toEqual({
    text: "All 3 at once would leave API with 1 of 2 taking new users, below its minimum of 2.",
    others: "And WS with 1 of 2; APP1 with 3 of 4.",
    isWarning: true,
  });
});

test("no load balancer answers: nothing is promised", () => {
  const fleet = mergeFleet(null, [aLoadBalancer("lb1", rows([]))], 10_000_000, {});
  expect(selectionImpact(fleet, ["APP1/SRV1"]).text).toMatch(/^No load balancer answers/);
});

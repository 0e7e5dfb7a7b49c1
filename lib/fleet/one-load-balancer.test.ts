import { expect, test } from "vitest";
import { mergeFleet } from "./merge.ts";
import { ofOneLoadBalancer } from "./one-load-balancer.ts";
import { aLoadBalancer, aServer } from "./testing.ts";

const NOW_MS = 1_000_000;

function wholeAt(nowMs: number, facts: { scur?: number; observedAtMs?: number } = {}) {
  const { scur = 3, observedAtMs = nowMs } = facts;
  const views = ["lb1", "lb2"].map((name) =>
    aLoadBalancer(name, [aServer("APP1/SRV1", { scur })], { head: { observedAtMs } }),
  );
  return mergeFleet(null, views, nowMs, {});
}

test("its numbers are its own, and everybody without a choice gets the whole", () => {
  const whole = wholeAt(NOW_MS);
  expect(ofOneLoadBalancer("lb2")(whole).servers.get("APP1/SRV1")).toMatchObject({ sessions: 3, isComplete: true });
  expect(ofOneLoadBalancer("lb2")(whole).loadBalancers.map((lb) => lb.name)).toEqual(["lb2"]);
  expect(ofOneLoadBalancer(null)(whole)).toBe(whole);
  expect(ofOneLoadBalancer("lb9")(whole)).toBe(whole);
});

test("it is as live or as stale as in the whole, whenever it is asked", () => {
  // Kept by a board since it last changed its shape, an hour ago on any clock.
  const live = ofOneLoadBalancer("lb1")(wholeAt(NOW_MS));
  expect(live.loadBalancers[0]?.link).toBe("live");
  expect(live.servers.get("APP1/SRV1")).toMatchObject({ isComplete: true, sessions: 3 });
  const stale = ofOneLoadBalancer("lb1")(wholeAt(NOW_MS, { observedAtMs: NOW_MS - 60_000 }));
  expect(stale.loadBalancers[0]?.link).toBe("stale");
  expect(stale.servers.get("APP1/SRV1")).toMatchObject({ isComplete: false, sessions: 0 });
});

test("what did not change is the same object", () => {
  const shownOf = ofOneLoadBalancer("lb1");
  const before = wholeAt(NOW_MS);
  const first = shownOf(before);
  expect(shownOf(before)).toBe(first);
  const after = mergeFleet(
    before,
    before.loadBalancers.map((lb) => ({ ...lb.view, head: { ...lb.view.head, observedAtMs: NOW_MS + 1_000 } })),
    NOW_MS + 1_000,
    {},
  );
  expect(shownOf(after).servers.get("APP1/SRV1")).toBe(first.servers.get("APP1/SRV1"));
});

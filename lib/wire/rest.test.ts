import { expect, test } from "vitest";
import { mergeFleet } from "#lib/fleet/merge.ts";
import { aLoadBalancer, aServer } from "#lib/fleet/testing.ts";
import { fleetBody } from "./rest.ts";

const NOW_MS = 1_000_000;

test("nothing of a load balancer that is silent is told as if it were live", () => {
  const silent = { observedAtMs: NOW_MS - 60_000, oldWorkers: 2, oldWorkersSource: "master-cli" as const };
  const views = [
    aLoadBalancer("lb1", [aServer("APP1/SRV1", { checkMs: 99 })], { head: silent }),
    aLoadBalancer("lb2", [aServer("APP1/SRV1", { checkMs: 3 })]),
  ];
  const one = fleetBody(mergeFleet(null, views, NOW_MS, {}), NOW_MS, () => null);
  expect(one.loadBalancers.map((lb) => [lb.link, lb.oldWorkers])).toEqual([
    ["stale", null],
    ["live", null],
  ]);
  expect(one.servers[0]).toMatchObject({ opState: "up", status: "UP", check: "L7OK/200 3 ms" });
  const none = fleetBody(mergeFleet(null, views.slice(0, 1), NOW_MS, {}), NOW_MS, () => null);
  expect(none.servers[0]).toMatchObject({
    ...{ adminState: "ready", opState: "unknown", status: "", check: "", sessions: null },
    sessionsComplete: false,
  });
});

test("narrowed to a host, a server is found by its address on any load balancer, as a run by host takes it", () => {
  const views = [
    aLoadBalancer("lb1", [aServer("APP1/SRV1", { address: "10.0.0.1:80" })]),
    aLoadBalancer("lb2", [aServer("APP1/SRV1", { address: "192.168.0.1:80" })]),
  ];
  const found = (host: string) =>
    fleetBody(mergeFleet(null, views, NOW_MS, {}), NOW_MS, () => null, { host }).servers.map((one) => one.id);
  expect(found("10.0.0.1")).toEqual(["APP1/SRV1"]);
  expect(found("192.168.0.1")).toEqual(["APP1/SRV1"]);
  expect(found("10.0.0.2")).toEqual([]);
});

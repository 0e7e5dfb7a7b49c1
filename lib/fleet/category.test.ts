import { describe, expect, test } from "vitest";
import { categories, categoryOf, countCategories, matches } from "./category.ts";
import { mergeFleet } from "./merge.ts";
import { aLoadBalancer, aServer } from "./testing.ts";

const NOW = 1_000_500;

function fleetOf(rows: Parameters<typeof aServer>[]) {
  return mergeFleet(
    null,
    [
      aLoadBalancer(
        "lb1",
        rows.map((row) => aServer(...row)),
      ),
    ],
    NOW,
    {},
  );
}

const mixed = fleetOf([
  ["APP1/SRV1", {}],
  ["APP1/SRV2", { adminBits: 8, status: "DRAIN" }],
  ["APP1/SRV3", { adminBits: 1, status: "MAINT" }],
  ["APP1/SRV4", { throttle: 40, srvOpState: 1 }],
  ["API/one", { status: "DOWN", srvOpState: 0, address: "10.0.0.9:80", cookie: "blue" }],
  ["API/two", { status: "DOWN 1/2", srvOpState: 0 }],
]);

describe("categories", () => {
  test("each server is in exactly one, so the chips add up to All", () => {
    const counts = countCategories(mixed);
    expect(counts).toEqual({ all: 6, ready: 1, drain: 1, maint: 1, ramp: 1, down: 2, split: 0 });
    expect(categories.reduce((sum, category) => sum + counts[category], 0)).toBe(counts.all);
  });

  test("a server that load balancers see differently is split, whatever its checks say", () => {
    const lb1 = aLoadBalancer("lb1", [aServer("A/s", { status: "DOWN", srvOpState: 0 })]);
    const lb2 = aLoadBalancer("lb2", [aServer("A/s", { adminBits: 1, status: "MAINT" })]);
    const server = mergeFleet(null, [lb1, lb2], NOW, {}).servers.get("A/s")!;
    expect(categoryOf(server)).toBe("split");
  });

  test("what a silent load balancer said of health or of a ramp is not counted", () => {
    const rows = [
      aServer("A/down", { status: "DOWN", srvOpState: 0 }),
      aServer("A/ramp", { throttle: 40, srvOpState: 1 }),
      aServer("A/drain", { adminBits: 8, status: "DRAIN" }),
    ];
    const old = aLoadBalancer("lb1", rows, { head: { observedAtMs: NOW - 60_000 } });
    expect(countCategories(mergeFleet(null, [old], NOW, {}))).toMatchObject({ ready: 2, drain: 1, down: 0, ramp: 0 });
  });

  test("a failing check is more serious than a drain", () => {
    const rows = [aServer("A/s", { adminBits: 8, status: "DOWN", srvOpState: 0 })];
    expect(categoryOf(mergeFleet(null, [aLoadBalancer("lb1", rows)], NOW, {}).servers.get("A/s")!)).toBe("down");
  });
});

describe("the filter", () => {
  const found = (text: string, category: Parameters<typeof matches>[1]["category"] = "all") =>
    [...mixed.servers.values()].filter((server) => matches(server, { text, category })).map((server) => server.id);

  test("looks into id, address and cookie value, in any case", () => {
    expect(found("srv1")).toEqual(["APP1/SRV1"]);
    expect(found("10.0.0.9")).toEqual(["API/one"]);
    expect(found("BLUE")).toEqual(["API/one"]);
  });

  test("wants every word", () => {
    expect(found("api one")).toEqual(["API/one"]);
    expect(found("api srv1")).toEqual([]);
    expect(found("   ")).toHaveLength(6);
  });

  test("text and category narrow together", () => {
    expect(found("API", "down")).toEqual(["API/one", "API/two"]);
    expect(found("APP1", "down")).toEqual([]);
  });
});

import { expect, test } from "vitest";
import { mergeFleet } from "./merge.ts";
import { aLoadBalancer, aServer } from "./testing.ts";

const NOW = 1_000_500;
const stale = { observedAtMs: NOW - 47_000 };

test("sessions, queue and arrivals are summed over load balancers", () => {
  const fleet = mergeFleet(
    null,
    [
      aLoadBalancer("lb1", [aServer("A/s1", { scur: 3, qcur: 1, arrivalsPerSec: 0.5 })]),
      aLoadBalancer("lb2", [aServer("A/s1", { scur: 4, oldScur: 2, arrivalsPerSec: 1.2 })]),
    ],
    NOW,
    {},
  );
  expect(fleet.servers.get("A/s1")).toMatchObject({
    sessions: 9,
    queue: 1,
    arrivalsPerSec: 1.7,
    isComplete: true,
    adminState: "ready",
  });
  expect(fleet.backends[0]).toMatchObject({ sessions: 9, isComplete: true });
});

test("a load balancer that is not live gives no number, and the sum says that it is incomplete", () => {
  const fleet = mergeFleet(
    null,
    [
      aLoadBalancer("lb1", [aServer("A/s1", { scur: 3 })]),
      aLoadBalancer("lb2", [aServer("A/s1", { scur: 400 })], { head: stale }),
    ],
    NOW,
    {},
  );
  expect(fleet.servers.get("A/s1")).toMatchObject({ sessions: 3, isComplete: false });
  expect(fleet.loadBalancers.map((lb) => lb.link)).toEqual(["live", "stale"]);
});

test("the same server in different states is split, and each cell says its own", () => {
  const fleet = mergeFleet(
    null,
    [
      aLoadBalancer("lb1", [aServer("A/s1", { adminBits: 1, status: "MAINT" })]),
      aLoadBalancer("lb2", [aServer("A/s1")]),
    ],
    NOW,
    {},
  );
  const server = fleet.servers.get("A/s1");
  expect(server?.adminState).toBe("split");
  expect(server?.cells.map((cell) => [cell.lb, cell.adminState])).toEqual([
    ["lb1", "maint"],
    ["lb2", "ready"],
  ]);
});

test("two backends with the same server name are two servers", () => {
  const fleet = mergeFleet(
    null,
    [aLoadBalancer("lb1", [aServer("A/web1", { scur: 1 }), aServer("B/web1", { scur: 2 })])],
    NOW,
    {},
  );
  expect(fleet.servers.get("A/web1")?.sessions).toBe(1);
  expect(fleet.servers.get("B/web1")?.sessions).toBe(2);
});

test("a server on one load balancer only takes part with that one", () => {
  const fleet = mergeFleet(
    null,
    [aLoadBalancer("lb1", [aServer("A/s1")]), aLoadBalancer("lb2", [aServer("A/s1"), aServer("A/s2")])],
    NOW,
    {},
  );
  expect(fleet.servers.get("A/s2")?.cells.map((cell) => cell.lb)).toEqual(["lb2"]);
  expect(fleet.servers.get("A/s2")?.isComplete).toBe(true);
});

test("capacity: drained, weight 0, DOWN and NOLB servers take no new users; UP 1/3 and no check do; backups stand apart", () => {
  const servers = [
    aServer("A/up"),
    aServer("A/falling", { status: "UP 1/3" }),
    aServer("A/nocheck", { status: "no check", checkStatus: "" }),
    aServer("A/drained", { adminBits: 8, status: "DRAIN" }),
    aServer("A/w0", { weight: 0, uweight: 0 }),
    aServer("A/down", { status: "DOWN", srvOpState: 0 }),
    aServer("A/nolb", { status: "NOLB", srvOpState: 3 }),
    aServer("A/tracked", { adminBits: 16, status: "DRAIN" }),
    aServer("A/ramp", { throttle: 20, weight: 20, srvOpState: 1 }),
    aServer("A/backup", { isBackup: true }),
  ];
  const [backend] = mergeFleet(null, [aLoadBalancer("lb1", servers)], NOW, {}).backends;
  expect(backend).toMatchObject({ takingNewUsers: 4, ramping: 1, capacity: 9, minimum: 5, onBackups: false });
});

test("capacity is that of the load balancer where fewest take new users", () => {
  const out = aServer("A/s1", { adminBits: 1, status: "MAINT" });
  const fleet = mergeFleet(
    null,
    [aLoadBalancer("lb1", [aServer("A/s1"), aServer("A/s2")]), aLoadBalancer("lb2", [out, aServer("A/s2")])],
    NOW,
    { A: 2 },
  );
  expect(fleet.backends[0]).toMatchObject({ takingNewUsers: 1, capacity: 2, minimum: 2 });
});

test("only backups take new users: said so", () => {
  const servers = [aServer("A/s1", { status: "DOWN", srvOpState: 0 }), aServer("A/b1", { isBackup: true })];
  expect(mergeFleet(null, [aLoadBalancer("lb1", servers)], NOW, {}).backends[0]).toMatchObject({
    takingNewUsers: 0,
    onBackups: true,
  });
});

test("a load balancer that is not live has no say in the admin state, unless none is", () => {
  const views = (head: { observedAtMs: number }) => [
    aLoadBalancer("lb1", [aServer("A/s1", { adminBits: 8, status: "DRAIN" })], { head }),
    aLoadBalancer("lb2", [aServer("A/s1")], { head: stale }),
  ];
  expect(mergeFleet(null, views({ observedAtMs: NOW }), NOW, {}).servers.get("A/s1")?.adminState).toBe("drain");
  expect(mergeFleet(null, views(stale), NOW, {}).servers.get("A/s1")?.adminState).toBe("split");
});

test("what did not change keeps its identity, what did does not", () => {
  const s1 = aServer("A/s1");
  const s2 = aServer("A/s2");
  const first = mergeFleet(null, [aLoadBalancer("lb1", [s1, s2])], NOW, {});
  const second = mergeFleet(first, [aLoadBalancer("lb1", [s1, aServer("A/s2", { scur: 5 })])], NOW + 100, {});
  expect(second.servers.get("A/s1")).toBe(first.servers.get("A/s1"));
  expect(second.servers.get("A/s2")).not.toBe(first.servers.get("A/s2"));
  const third = mergeFleet(second, [second.loadBalancers[0]!.view], NOW + 200, {});
  expect(third.backends).toBe(second.backends);
});

test("a link that ages makes new views, though no row changed", () => {
  const view = aLoadBalancer("lb1", [aServer("A/s1", { scur: 5 })]);
  const first = mergeFleet(null, [view], NOW, {});
  const later = mergeFleet(first, [view], NOW + 60_000, {});
  expect(later.servers.get("A/s1")).toMatchObject({ sessions: 0, isComplete: false });
});

test("sessions that a silent master CLI told of once are no live number: left out, and the sum says so", () => {
  const row = aServer("A/s1", { scur: 4, oldScur: 2 });
  const seen = (oldWorkersSource: "master-cli" | "silent") =>
    aLoadBalancer("lb1", [row], { head: { observedAtMs: 1_000, oldWorkersSource } });
  const live = mergeFleet(null, [seen("master-cli")], 1_000, {});
  expect(live.servers.get("A/s1")).toMatchObject({ sessions: 6, isComplete: true });
  const later = mergeFleet(live, [seen("silent")], 1_000, {});
  expect(later.servers.get("A/s1")).toMatchObject({ sessions: 4, isComplete: false });
  expect(later.backends[0]).toMatchObject({ sessions: 4, isComplete: false });
});

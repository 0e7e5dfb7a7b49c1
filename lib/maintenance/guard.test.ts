import { expect, test } from "vitest";
import { mergeFleet } from "#lib/fleet/merge.ts";
import { aLoadBalancer, aServer } from "#lib/fleet/testing.ts";
import type { LoadBalancerView } from "#lib/fleet/view.ts";
import { guardSetState, type StateRequest } from "./guard.ts";

const NOW = 1_000_500;

function findings(views: LoadBalancerView[], request: Partial<StateRequest>, minimums: Record<string, number> = {}) {
  const result = guardSetState(mergeFleet(null, views, NOW, minimums), {
    id: "A/s1",
    adminState: "drain",
    loadBalancers: null,
    ...request,
  });
  if (result.kind !== "checked") throw new Error(result.message);
  return result.findings.map((finding) => `${finding.severity} ${finding.code} ${finding.lb}`);
}

const three = [aServer("A/s1"), aServer("A/s2"), aServer("A/s3")];

test("nothing stands against draining one of three", () => {
  expect(findings([aLoadBalancer("lb1", three)], {})).toEqual([]);
});

test("the last server that takes new users needs a confirmation, whatever else is in the backend", () => {
  const others = [
    aServer("A/s2", { adminBits: 8, status: "DRAIN" }),
    aServer("A/s3", { status: "DOWN", srvOpState: 0 }),
    aServer("A/s4", { weight: 0, uweight: 0 }),
    aServer("A/s5", { adminBits: 2, status: "MAINT (via B/x)", tracked: "B/x" }),
  ];
  expect(findings([aLoadBalancer("lb1", [aServer("A/s1"), ...others])], {})).toEqual(["confirm last-server lb1"]);
});

test("only a backup left is the last server too, and the sentence names it", () => {
  const view = aLoadBalancer("lb1", [aServer("A/s1"), aServer("A/b1", { isBackup: true })]);
  expect(findings([view], {})).toEqual(["confirm last-server lb1"]);
});

test("a server still ramping is not full capacity", () => {
  const ramp = aServer("A/s2", { throttle: 30, weight: 30, srvOpState: 1 });
  expect(findings([aLoadBalancer("lb1", [aServer("A/s1"), ramp, aServer("A/s3")])], {}, { A: 2 })).toEqual([
    "confirm below-minimum lb1",
  ]);
});

test("a server that takes no new users anyway costs no capacity", () => {
  const down = aServer("A/s1", { status: "DOWN", srvOpState: 0 });
  expect(findings([aLoadBalancer("lb1", [down, aServer("A/s2")])], {})).toEqual([]);
});

test("maint with sessions left needs a confirmation on each load balancer that has some", () => {
  const busy = [aServer("A/s1", { scur: 7 }), aServer("A/s2"), aServer("A/s3")];
  const idle = three;
  expect(findings([aLoadBalancer("lb1", busy), aLoadBalancer("lb2", idle)], { adminState: "maint" })).toEqual([
    "confirm sessions-left lb1",
  ]);
  expect(findings([aLoadBalancer("lb1", busy), aLoadBalancer("lb2", idle)], { adminState: "drain" })).toEqual([]);
});

test("sessions in an old worker count as sessions", () => {
  const busy = [aServer("A/s1", { oldScur: 2 }), aServer("A/s2"), aServer("A/s3")];
  expect(findings([aLoadBalancer("lb1", busy)], { adminState: "maint" })).toEqual(["confirm sessions-left lb1"]);
});

test("a queue, servers that track it, and an agent check are said", () => {
  const server = aServer("A/s1", { qcur: 3, slim: 10, agentStatus: "L7OK" });
  const view = aLoadBalancer("lb1", [server, aServer("A/s2"), aServer("A/s3"), aServer("B/t1", { tracked: "A/s1" })]);
  expect(findings([view], {})).toEqual(["confirm queue lb1", "confirm trackers lb1", "confirm agent lb1"]);
});

test("ready on a server that follows another one is refused: it would do nothing", () => {
  const follower = aServer("A/s1", { adminBits: 2, status: "MAINT (via B/x)", tracked: "B/x" });
  expect(findings([aLoadBalancer("lb1", [follower, aServer("A/s2")])], { adminState: "ready" })).toEqual([
    "block tracking lb1",
  ]);
});

test("ready on a server without an address is refused", () => {
  const unresolved = aServer("A/s1", { adminBits: 0x20, status: "MAINT (resolution)" });
  expect(findings([aLoadBalancer("lb1", [unresolved])], { adminState: "ready" })).toEqual(["block unresolved lb1"]);
});

test("ready from maint says that the first check has not run, and that weight 0 stays 0", () => {
  const maint = aServer("A/s1", { adminBits: 1, status: "MAINT", srvOpState: 0, uweight: 0 });
  expect(findings([aLoadBalancer("lb1", [maint])], { adminState: "ready" })).toEqual([
    "note weight-zero lb1",
    "note unproven-health lb1",
  ]);
});

test("a socket without level admin, and nbproc, are refused with the line to change", () => {
  const view = aLoadBalancer("lb1", three, { head: { level: "operator", nbproc: 4 } });
  expect(findings([view], {})).toEqual(["block read-only lb1", "block several-processes lb1"]);
});

test("a silent load balancer is left out and named; chosen by name, or alone, it refuses", () => {
  const silent = aLoadBalancer("lb2", three, { head: { observedAtMs: NOW - 60_000 } });
  expect(findings([aLoadBalancer("lb1", three), silent], {})).toEqual(["note not-live lb2"]);
  expect(findings([aLoadBalancer("lb1", three), silent], { loadBalancers: ["lb2"] })).toEqual(["block not-live lb2"]);
  expect(findings([silent], {})).toEqual(["block not-live lb2"]);
});

test.each([
  [{ id: "A/nope" }, 'backend "A" has no server of that name; it has s1, s2, s3 and s4'],
  [{ id: "Z/s1" }, 'no load balancer has a backend "Z"; there are A'],
  [{ loadBalancers: ["lb9"] }, 'there is no load balancer "lb9"; there are lb1 and lb2'],
  [{ id: "A/s4", loadBalancers: ["lb1"] }, 'load balancer "lb1" has no server A/s4; lb2 has it'],
])("a name that is not there: %j", (request, message) => {
  const views = [aLoadBalancer("lb1", three), aLoadBalancer("lb2", [...three, aServer("A/s4")])];
  const result = guardSetState(mergeFleet(null, views, NOW, {}), {
    id: "A/s1",
    adminState: "drain",
    loadBalancers: null,
    ...request,
  });
  expect(result).toEqual({ kind: "unknown-name", message });
});

test("a server that somebody else's maintenance takes out does not count as staying", () => {
  const view = aLoadBalancer("lb1", three);
  expect(findings([view], { leaving: ["A/s1"] })).toEqual([]);
  expect(findings([view], { leaving: ["A/s2"] })).toEqual(["confirm below-minimum lb1"]);
  expect(findings([view], { leaving: ["A/s2", "A/s3"] })).toEqual(["confirm last-server lb1"]);
});

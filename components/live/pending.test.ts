import { expect, test } from "vitest";
import { mergeFleet } from "#lib/fleet/merge.ts";
import { AdminBit } from "#lib/haproxy/admin-state.ts";
import { COMMAND_TIMEOUT_MS, PendingStates } from "./pending.ts";
import { loadBalancer, serverRow } from "./testing.ts";

const NOW = 1_000;
const input = { server: "APP1/SRV1", adminState: "drain" } as const;

function fleet(bits1: number, bits2: number, nowMs = NOW) {
  const views = [
    loadBalancer("lb1", [serverRow("APP1", "SRV1", { adminBits: bits1 })]),
    loadBalancer("lb2", [serverRow("APP1", "SRV1", { adminBits: bits2 })]),
  ];
  return mergeFleet(null, views, nowMs, {});
}

test("an ask waits for every load balancer that carries the server", () => {
  const pending = new PendingStates();
  pending.begin(input, fleet(0, 0), NOW);
  expect(pending.get("APP1/SRV1")).toEqual({ asked: "drain", confirmed: 0, of: 2 });
  expect(pending.get("APP1/SRV2")).toBeNull();
});

test("it counts what was observed and ends when all show it", () => {
  const pending = new PendingStates();
  pending.begin(input, fleet(0, 0), NOW);
  expect(pending.observe(fleet(AdminBit.forcedDrain, 0), NOW)).toBe(true);
  expect(pending.get("APP1/SRV1")).toEqual({ asked: "drain", confirmed: 1, of: 2 });
  expect(pending.observe(fleet(AdminBit.forcedDrain, AdminBit.forcedDrain), NOW)).toBe(true);
  expect(pending.get("APP1/SRV1")).toBeNull();
});

test("a mark keeps its identity while nothing changed, so its row does not render", () => {
  const pending = new PendingStates();
  pending.begin(input, fleet(0, 0), NOW);
  const before = pending.get("APP1/SRV1");
  expect(pending.observe(fleet(0, 0), NOW)).toBe(false);
  expect(pending.get("APP1/SRV1")).toBe(before);
});

test("an ask for one load balancer does not wait for the other", () => {
  const pending = new PendingStates();
  pending.begin({ ...input, loadBalancers: ["lb2"] }, fleet(0, 0), NOW);
  pending.observe(fleet(0, AdminBit.forcedDrain), NOW);
  expect(pending.get("APP1/SRV1")).toBeNull();
});

test("ready on a server that follows a drained one is done when the forced bit is gone", () => {
  const pending = new PendingStates();
  const tracking = AdminBit.inheritedDrain;
  pending.begin({ ...input, adminState: "ready" }, fleet(tracking | AdminBit.forcedDrain, tracking), NOW);
  pending.observe(fleet(tracking, tracking), NOW);
  expect(pending.get("APP1/SRV1")).toBeNull();
});

test("a load balancer whose numbers are stale confirms nothing", () => {
  const pending = new PendingStates();
  pending.begin(input, fleet(0, 0), NOW);
  pending.observe(fleet(AdminBit.forcedDrain, AdminBit.forcedDrain, NOW + 60_000), NOW);
  expect(pending.get("APP1/SRV1")).toEqual({ asked: "drain", confirmed: 0, of: 2 });
});

test("a refusal ends it", () => {
  const pending = new PendingStates();
  const token = pending.begin(input, fleet(0, 0), NOW);
  pending.answered("APP1/SRV1", token, null, fleet(0, 0));
  expect(pending.get("APP1/SRV1")).toBeNull();
});

test("a load balancer that refused is no longer waited for, the other is", () => {
  const pending = new PendingStates();
  const token = pending.begin(input, fleet(0, 0), NOW);
  const outcome = { before: "ready", after: null, message: "" } as const;
  pending.answered(
    "APP1/SRV1",
    token,
    [
      { lb: "lb1", outcome: "done", ...outcome },
      { lb: "lb2", outcome: "refused", ...outcome },
    ],
    fleet(0, 0),
  );
  expect(pending.get("APP1/SRV1")).toEqual({ asked: "drain", confirmed: 0, of: 1 });
});

test("the answer to an older ask does not end a newer one", () => {
  const pending = new PendingStates();
  const old = pending.begin(input, fleet(0, 0), NOW);
  pending.begin({ ...input, adminState: "maint" }, fleet(0, 0), NOW);
  pending.answered("APP1/SRV1", old, null, fleet(0, 0));
  expect(pending.get("APP1/SRV1")?.asked).toBe("maint");
});

test("it stands no longer than an answer may take", () => {
  const pending = new PendingStates();
  pending.begin(input, fleet(0, 0), NOW);
  expect(pending.observe(fleet(0, 0), NOW + COMMAND_TIMEOUT_MS - 1)).toBe(false);
  expect(pending.observe(fleet(0, 0), NOW + COMMAND_TIMEOUT_MS)).toBe(true);
  expect(pending.get("APP1/SRV1")).toBeNull();
});

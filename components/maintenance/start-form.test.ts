import { expect, test } from "vitest";
import { mergeFleet } from "#lib/fleet/merge.ts";
import { aLoadBalancer, aServer } from "#lib/fleet/testing.ts";
import { startMaintenanceSchema } from "#lib/wire/maintenance.ts";
import {
  carriersOf,
  planInputOf,
  sameMachine,
  settledForm,
  sharedHosts,
  startForm,
  startInputOf,
} from "./start-form.ts";

const form = startForm(["APP1/SRV1"]);

test("the first form is what the app accepts, waits at the deadline, and lets the app choose the window", () => {
  const input = planInputOf(form);
  expect(input).toEqual({ servers: ["APP1/SRV1"], concurrency: 1, deadline: "30m", atDeadline: "wait" });
  expect(startMaintenanceSchema.safeParse(input).success).toBe(true);
});

test("no deadline sends no action, which would be malformed", () => {
  const none = { ...form.deadline, deadline: { choice: "none", custom: "" }, atDeadline: "end-sessions" } as const;
  const input = planInputOf({ ...form, deadline: none });
  expect(input).toEqual({ servers: ["APP1/SRV1"], concurrency: 1 });
});

test.each(["abc", "-1s", "0", "30"])("a span that cannot be read is not sent: %s", (custom) => {
  expect(planInputOf({ ...form, quiet: { choice: "custom", custom } })).toBeNull();
});

test("the override is sent only when it was asked for", () => {
  const input = planInputOf(form)!;
  expect(startInputOf(form, input, false)).not.toHaveProperty("override");
  expect(startInputOf({ ...form, reason: " kernel " }, input, true)).toMatchObject({
    override: true,
    reason: "kernel",
  });
});

const views = [
  aLoadBalancer("lb1", [
    aServer("APP1/SRV1", { address: "10.0.0.1:80" }),
    aServer("API/a1", { address: "10.0.0.1:9000" }),
    aServer("API/a2", { address: "10.0.0.2:9000" }),
    aServer("LAB/x", { address: "127.0.0.1:1" }),
    aServer("LAB/y", { address: "127.0.0.1:2" }),
  ]),
  aLoadBalancer("lb2", [aServer("API/a2", { address: "10.0.0.2:9000" })]),
];
const fleet = mergeFleet(null, views, 1_000_000, {});

test("the same machine in another backend is offered; a lab on loopback is not one machine", () => {
  expect(sameMachine(fleet, ["APP1/SRV1"])).toEqual(["API/a1"]);
  expect(sameMachine(fleet, ["LAB/x"])).toEqual([]);
});

test("host by host is offered when servers of the list share an address, and sent when chosen", () => {
  const shared = startForm(["APP1/SRV1", "API/a1", "API/a2"]);
  expect(sharedHosts(fleet, shared)).toEqual([
    { host: "10.0.0.1", servers: ["APP1/SRV1", "API/a1"] },
    { host: "10.0.0.2", servers: ["API/a2"] },
  ]);
  for (const servers of [["APP1/SRV1", "API/a2"], ["LAB/x", "LAB/y"], ["APP1/SRV1"]])
    expect(sharedHosts(fleet, startForm(servers))).toBeNull();
  expect(planInputOf(shared)).not.toHaveProperty("by");
  const byHost = { ...shared, by: "host", concurrency: 3 } as const;
  expect(settledForm(byHost, sharedHosts(fleet, byHost))).toMatchObject({ by: "host", concurrency: 2 });
  expect(settledForm({ ...byHost, servers: ["API/a2"] }, null)).toMatchObject({ by: "server", concurrency: 1 });
  const input = planInputOf({ ...shared, by: "host" });
  expect(input).toMatchObject({ by: "host", concurrency: 1 });
  expect(startMaintenanceSchema.safeParse(input).success).toBe(true);
});

test("load balancers are those that carry one of the servers", () => {
  expect(carriersOf(fleet, ["APP1/SRV1"])).toEqual(["lb1"]);
  expect(carriersOf(fleet, ["APP1/SRV1", "API/a2"])).toEqual(["lb1", "lb2"]);
});

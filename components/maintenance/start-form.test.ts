import { expect, test } from "vitest";
import { mergeFleet } from "#lib/fleet/merge.ts";
import { aLoadBalancer, aServer } from "#lib/fleet/testing.ts";
import { startMaintenanceSchema } from "#lib/wire/maintenance.ts";
import { carriersOf, planInputOf, sameMachine, startForm, startInputOf } from "./start-form.ts";

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

test("load balancers are those that carry one of the servers", () => {
  expect(carriersOf(fleet, ["APP1/SRV1"])).toEqual(["lb1"]);
  expect(carriersOf(fleet, ["APP1/SRV1", "API/a2"])).toEqual(["lb1", "lb2"]);
});

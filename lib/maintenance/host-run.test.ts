import { describe, expect, test } from "vitest";
import { mergeFleet } from "#lib/fleet/merge.ts";
import { groupByHost, serversAt } from "./hosts.ts";
import { hasTurn, phaseOf } from "./job.ts";
import { makePlan, type PlanInput, unconfirmed } from "./plan.ts";
import { request } from "./requests.ts";
import { scriptOf } from "./script.ts";
import { summarize } from "./summary.ts";
import { baseOptions, World, type WorldInput } from "./testing/world.ts";

const SERVERS = ["APP1/SRV1", "APP1/SRV2", "APP1/SRV3", "API/a1", "API/a2", "API/a3"];
const HOSTS = {
  "10.0.0.1": ["APP1/SRV1", "API/a1"],
  "10.0.0.2": ["APP1/SRV2", "API/a2"],
  "10.0.0.3": ["APP1/SRV3", "API/a3"],
};
const machines = (input: WorldInput = {}) =>
  new World({ servers: SERVERS, hosts: HOSTS, ...input, options: { quietMs: 3_000, ...input.options } });
const ask = (world: World, asked: Parameters<typeof request>[1]) => {
  const result = request(world.job, asked, "ben", world.nowMs);
  if (result.kind === "refused") return `${result.code}: ${result.text}`;
  world.job = result.job;
  return "ok";
};
const phases = (world: World) => world.job.servers.map((one) => one.phase);
const turns = (world: World) => world.job.servers.filter(hasTurn).map((one) => one.id);
/** Users come to whoever is ready, so that a return ends. */
const second = (world: World) => {
  world.pass();
  for (const lb of world.lbs)
    for (const server of lb.servers) if (server.adminState === "ready") world.arrive(lb.name, server.id);
  world.poll();
  world.run();
};
const until = (world: World, reached: () => boolean) => {
  for (let i = 0; i < 200 && !reached(); i++) second(world);
  expect(reached(), JSON.stringify(phases(world))).toBe(true);
};

describe("a run by host", () => {
  test("[M112] [M113] [M115] host after host: out together, one turn, back together, then the next", () => {
    const world = machines();
    const together: string[][] = [];
    for (let i = 0; i < 600 && world.job.closedAtMs === null; i++) {
      second(world);
      const active = world.job.servers.filter((one) => !["queued", "done"].includes(one.phase));
      expect(new Set(active.map((one) => one.host)).size).toBeLessThanOrEqual(1);
      const here = turns(world);
      if (here.length === 0) continue;
      together.push(here);
      expect(ask(world, { kind: "ready", servers: [here[0]!] })).toBe("ok");
      expect(phases(world).filter((one) => one === "returning")).toHaveLength(2);
    }
    expect(together).toEqual(Object.values(HOSTS));
    expect(phases(world)).toEqual(Array(6).fill("done"));
    expect(world.texts("phase").filter((text) => text.startsWith("Your turn"))).toEqual(
      Object.entries(HOSTS).map(
        ([host, [app, api]]) => `Your turn: ${host} is free. In maint and empty: ${app} and ${api}.`,
      ),
    );
  });

  test("[M112] two hosts at a time are four servers", () => {
    const world = machines({ options: { concurrency: 2 } });
    world.minimums = { APP1: 1, API: 1 };
    until(world, () => turns(world).length === 4);
    expect(phases(world)).toEqual(["maint", "maint", "maint", "maint", "queued", "queued"]);
    expect(ask(world, { kind: "ready", servers: ["API/a2"] })).toBe("ok");
    until(world, () => world.server("APP1/SRV3").phase === "maint");
    expect(phases(world)).toEqual(["maint", "maint", "done", "done", "maint", "maint"]);
  });

  test("[M113] one backend below its minimum on one load balancer keeps the whole host in service", () => {
    const world = machines({ hosts: { "10.0.0.1": HOSTS["10.0.0.1"], "10.0.0.2": HOSTS["10.0.0.2"] } });
    Object.assign(world.at("lb2", "API/a3"), { isDead: true, health: 0 });
    world.live(3);
    expect(phases(world)).toEqual(Array(4).fill("queued"));
    expect(world.sent).toEqual([]);
    expect(world.server("API/a1").heldBecause).toMatchObject({
      code: "minimum",
      lb: "lb2",
      text: "10.0.0.1 would leave API with 1 of 3 taking new users on lb2, below its minimum of 2.",
    });
    expect(world.server("APP1/SRV1").heldBecause?.text).toBe("Waits for API/a1 on the same host.");
    Object.assign(world.at("lb2", "API/a3"), { isDead: false, health: 4 });
    world.live(2);
    expect(phases(world).slice(0, 2)).toEqual(["draining", "draining"]);
  });

  test("[M113] two servers of one backend on one host count both", () => {
    const servers = ["APP1/SRV1", "APP1/SRV2", "APP1/SRV3", "APP1/SRV4"];
    const world = new World({ servers, hosts: { "10.0.0.1": ["APP1/SRV1", "APP1/SRV2"] } });
    world.minimums = { APP1: 3 };
    world.live(2);
    expect(world.server().heldBecause?.text).toContain("10.0.0.1 would leave APP1 with 2 of 4");
    world.minimums = { APP1: 2 };
    world.live(2);
    expect(phases(world)).toEqual(["draining", "draining"]);
  });

  test("[M114] a server that is empty first goes to maint and waits; the turn is the host's", () => {
    const world = machines();
    world.at("lb1", "API/a1").scur = 2;
    until(world, () => world.server("APP1/SRV1").phase === "maint");
    world.live(5);
    expect(turns(world)).toEqual([]);
    expect(phaseOf(world.job)).toBe("draining");
    expect(world.server("APP1/SRV1").heldBecause).toMatchObject({
      code: "host",
      text: "10.0.0.1 is free when API/a1 is too.",
    });
    expect(ask(world, { kind: "ready", servers: ["APP1/SRV1"] })).toBe(
      "conflict: API/a1 is draining, not in maint. To break off before its turn, stop it.",
    );
    expect(ask(world, { kind: "ready" })).toMatch(/^conflict: API\/a1 is draining/);
    world.at("lb1", "API/a1").scur = 0;
    until(world, () => turns(world).length === 2);
    expect(phaseOf(world.job)).toBe("maint");
    const [one, other] = summarize(world.job, world.seen(), world.nowMs, new Map()).servers;
    expect([one, other]).toMatchObject([{ host: "10.0.0.1" }, { host: "10.0.0.1", yourTurnAt: one?.yourTurnAt }]);
  });

  test("[M114] no turn while the first one that was empty is not seen, or has a user again", () => {
    const world = machines();
    world.at("lb2", "API/a1").scur = 1;
    until(world, () => world.server("APP1/SRV1").phase === "maint");
    world.at("lb1", "APP1/SRV1").scur = 1;
    world.at("lb2", "API/a1").scur = 0;
    until(world, () => world.server("API/a1").phase === "maint");
    world.live(5);
    expect(turns(world)).toEqual([]);
    world.at("lb1", "APP1/SRV1").scur = 0;
    world.lb("lb2").isReachable = false;
    world.live(20);
    expect(turns(world)).toEqual([]);
    world.lb("lb2").isReachable = true;
    world.live(2);
    expect(turns(world)).toEqual(["APP1/SRV1", "API/a1"]);
  });

  test("[M115] stop of one server is meant for its host, and for no other", () => {
    const world = machines({ options: { concurrency: 2 } });
    world.minimums = { APP1: 1, API: 1 };
    world.live(2);
    expect(ask(world, { kind: "stop", isLeft: false, servers: ["API/a1"] })).toBe("ok");
    expect(phases(world)).toEqual(["returning", "returning", "draining", "draining", "queued", "queued"]);
    until(world, () => world.server("APP1/SRV3").phase !== "queued");
    expect(phases(world).slice(0, 2)).toEqual(["stopped", "stopped"]);
  });

  test("[M116] return at the deadline takes the whole host back, also what was in maint already", () => {
    const world = machines({ options: { deadlineMs: 30_000, atDeadline: "return" } });
    world.at("lb1", "API/a1").scur = 2;
    until(world, () => world.server("APP1/SRV1").phase === "maint");
    until(world, () => world.server("API/a1").phase === "returning");
    expect(world.server("APP1/SRV1").phase).toBe("returning");
    until(world, () => world.server("APP1/SRV2").phase !== "queued");
    expect(world.server("APP1/SRV1")).toMatchObject({
      phase: "stopped",
      note: "APP1/SRV1 is back to what it was: the deadline passed before API/a1 on the same host was empty.",
    });
    expect(world.at("lb1").adminState).toBe("ready");
  });

  test("[M116] return by itself counts from the host's turn", () => {
    const world = machines({ options: { autoReturnMs: 60_000 } });
    world.at("lb1", "API/a1").scur = 2;
    until(world, () => world.server("APP1/SRV1").phase === "maint");
    world.live(90);
    world.at("lb1", "API/a1").scur = 0;
    until(world, () => turns(world).length === 2);
    world.live(59);
    expect(phases(world).slice(0, 2)).toEqual(["maint", "maint"]);
    world.live(2);
    expect(phases(world).slice(0, 2)).toEqual(["returning", "returning"]);
  });

  test("[M117] a server of the host that a person took over: no turn, nothing more is sent, ready brings the rest back", () => {
    const world = machines();
    world.at("lb1", "API/a1").scur = 2;
    until(world, () => world.server("APP1/SRV1").phase === "maint");
    world.set("lb1", "ready", "API/a1");
    world.live(30);
    expect(phases(world).slice(0, 3)).toEqual(["maint", "overridden", "queued"]);
    expect(turns(world)).toEqual([]);
    expect(world.server("APP1/SRV1").heldBecause).toMatchObject({
      code: "occupied",
      text: "10.0.0.1 is not free: API/a1 was taken over. Look at it; then set ready, or stop.",
    });
    expect(world.job.paused).toMatchObject({ by: "run" });
    expect(ask(world, { kind: "resume" })).toBe("ok");
    world.live(5);
    // Its place is taken until somebody has settled it.
    expect(world.server("APP1/SRV2").phase).toBe("queued");
    expect(ask(world, { kind: "ready", servers: ["APP1/SRV1"] })).toBe("ok");
    world.set("lb2", "ready", "API/a1");
    until(world, () => world.server("APP1/SRV2").phase === "draining");
    expect(world.server("APP1/SRV1").phase).toBe("done");
  });
});

describe("which servers share a host", () => {
  const fleetOf = (world: World) => mergeFleet(null, world.seen().views, world.nowMs, world.minimums);
  const planOf = (world: World, input: Partial<PlanInput> = {}) =>
    makePlan(
      {
        servers: SERVERS,
        by: "host",
        options: baseOptions,
        fleet: fleetOf(world),
        minimums: world.minimums,
        leaving: [],
        peaks: new Map(),
        taken: new Map(),
        ...input,
      },
      world.nowMs,
    );
  const mustPlan = (...args: Parameters<typeof planOf>) => {
    const result = planOf(...args);
    if (result.kind !== "plan") throw new Error(result.problems.join());
    return result.plan;
  };

  test("[M110] the address without its port, in the order of the list; two networks may lead to one machine", () => {
    const world = machines();
    world.at("lb1", "APP1/SRV3").address = "[fd00::3]:80";
    world.at("lb2", "APP1/SRV3").address = "10.1.0.3:80";
    world.at("lb1", "API/a3").address = "10.1.0.3:81";
    world.at("lb2", "API/a3").address = "10.1.0.3:81";
    world.poll();
    const fleet = fleetOf(world);
    expect(groupByHost(fleet, ["API/a3", "APP1/SRV2", "APP1/SRV3", "API/a2"], null)).toEqual({
      groups: [
        { host: "10.1.0.3", servers: ["API/a3", "APP1/SRV3"] },
        { host: "10.0.0.2", servers: ["APP1/SRV2", "API/a2"] },
      ],
      unknown: [],
    });
    expect(groupByHost(fleet, ["API/a3", "APP1/SRV3"], ["lb1"]).groups.map((one) => one.host)).toEqual([
      "10.1.0.3",
      "fd00::3",
    ]);
  });

  test("[M110] a host stands for every server at it; an address nobody has is refused with those that are there", () => {
    const fleet = fleetOf(machines());
    expect(serversAt(fleet, ["10.0.0.2", "10.0.0.1"], null)).toEqual({
      kind: "found",
      servers: ["APP1/SRV2", "API/a2", "APP1/SRV1", "API/a1"],
    });
    expect(serversAt(fleet, ["10.0.0.9"], null)).toEqual({
      kind: "unknown-name",
      problems: ["no server has the address 10.0.0.9; there are 10.0.0.1, 10.0.0.2 and 10.0.0.3"],
    });
  });

  test.each(["", "unix"])("[M111] a server whose address is %j has no host: nothing is planned by half", (address) => {
    const world = machines();
    for (const lb of world.lbs) world.at(lb.name, "API/a1").address = address;
    world.poll();
    expect(planOf(world)).toEqual({
      kind: "refused",
      code: "guard",
      problems: [
        "no load balancer shows an address of API/a1, so its host is not known; start it by server, or leave it out",
      ],
    });
  });

  test("[M111] who stays on the machine must be confirmed by name, unless it is in maint", () => {
    const world = machines();
    const servers = ["APP1/SRV1", "APP1/SRV2", "API/a2"];
    expect(unconfirmed(mustPlan(world, { servers })).map((warning) => warning.message)).toEqual([
      "10.0.0.1 carries API/a1 too, not in this list: its users stay on the machine.",
    ]);
    expect(unconfirmed(mustPlan(world, { servers, by: "server" }))).toEqual([]);
    for (const lb of world.lbs) world.set(lb.name, "maint", "API/a1");
    world.poll();
    expect(unconfirmed(mustPlan(world, { servers })).filter((warning) => warning.code === "shared-host")).toEqual([]);
  });

  test("[M118] the steps with the impact of each, and the most that is out at once", () => {
    const world = machines();
    for (const lb of world.lbs) world.at(lb.name, "APP1/SRV2").address = "10.0.0.1:9002";
    world.poll();
    const plan = mustPlan(world);
    expect(plan.hosts.map(({ host, servers, impact }) => [host, servers, impact.map((one) => one.takingThen)])).toEqual(
      [
        ["10.0.0.1", ["APP1/SRV1", "APP1/SRV2", "API/a1"], [1, 2]],
        ["10.0.0.3", ["APP1/SRV3", "API/a3"], [2, 2]],
        ["10.0.0.2", ["API/a2"], [2]],
      ],
    );
    expect(plan.impact.map(({ backend, takingThen }) => [backend, takingThen])).toEqual([
      ["APP1", 1],
      ["API", 2],
    ]);
    // One host at a time costs as much: fewer at once would not help.
    expect(unconfirmed(plan).map((warning) => warning.message)).toEqual([
      "This leaves APP1 with 1 of 3 taking new users on lb1, below its minimum of 2.",
    ]);
    const two = mustPlan(machines(), { options: { ...baseOptions, concurrency: 2 } });
    expect(unconfirmed(two)[0]?.message).toMatch(/with 1 of 3 .* Fewer at once keeps it\.$/);
  });

  test("[M99] the script goes host by host", () => {
    const lines = scriptOf(mustPlan(machines()), baseOptions).split("\n");
    const order = lines.flatMap(
      (line) => /^# Host (\S+)|state (\w+)' {2}# lb1/.exec(line)?.slice(1).filter(Boolean) ?? [],
    );
    const host = ["drain", "drain", "maint", "maint", "drain", "drain", "ready", "ready"];
    expect(order.slice(0, 27)).toEqual(Object.keys(HOSTS).flatMap((name) => [name, ...host]));
  });
});

import { describe, expect, test } from "vitest";
import { request } from "./requests.ts";
import { World } from "./testing/world.ts";

const ALL = ["APP1/SRV1", "APP1/SRV2", "APP1/SRV3", "APP1/SRV4"];
const ask = (world: World, asked: Parameters<typeof request>[1]) => {
  const result = request(world.job, asked, "ben", world.nowMs);
  if (result.kind === "refused") throw new Error(result.text);
  world.job = result.job;
};
const phases = (world: World) => world.job.servers.map((one) => one.phase);
/** People press Ready as soon as it is their turn, and users come to whoever is ready. */
const second = (world: World, turns = true) => {
  world.pass();
  for (const lb of world.lbs)
    for (const server of lb.servers) if (server.adminState === "ready") world.arrive(lb.name, server.id);
  world.poll();
  world.run();
  if (turns && world.job.servers.some((one) => one.phase === "maint")) ask(world, { kind: "ready" });
};
const takers = (world: World) =>
  Math.min(...world.lbs.map((lb) => lb.servers.filter((one) => one.adminState === "ready" && one.health >= 2).length));

describe("a rolling run", () => {
  test.each([
    [1, undefined, 3],
    [2, undefined, 2],
    [4, undefined, 2],
    [4, 3, 3],
  ])(
    "[M60] [M61] %d at once with minimum %s of 4 keeps %d taking new users and ends done",
    (concurrency, minimum, least) => {
      const world = new World({ job: ALL, options: { concurrency, quietMs: 3_000 } });
      if (minimum !== undefined) world.minimums = { APP1: minimum };
      let lowest = 4;
      for (let i = 0; i < 600 && world.job.closedAtMs === null; i++) {
        second(world);
        lowest = Math.min(lowest, takers(world));
        expect(phases(world).filter((one) => one !== "queued" && one !== "done").length).toBeLessThanOrEqual(
          concurrency,
        );
      }
      expect(phases(world)).toEqual(["done", "done", "done", "done"]);
      expect(lowest).toBe(least);
    },
  );

  test("[M61] servers that other people take out count as gone, also before HAProxy shows it", () => {
    const world = new World({ job: ["APP1/SRV1"] });
    world.leaving = ["APP1/SRV2", "APP1/SRV3"];
    world.live(5);
    expect(phases(world)).toEqual(["queued"]);
    expect(world.server().heldBecause).toMatchObject({
      code: "minimum",
      lb: "lb1",
      text: "APP1/SRV1 would leave APP1 with 1 of 4 taking new users on lb1, below its minimum of 2.",
    });
    world.leaving = [];
    world.live(1);
    expect(phases(world)).toEqual(["draining"]);
  });

  test("[M61] ramping, DOWN, weight 0, drained and backup servers do not count as full; the worst load balancer decides", () => {
    for (const spoil of [
      { throttle: 40, weight: 40 },
      { health: 0, isDead: true },
      { weight: 0 },
      { adminState: "drain" },
      { isBackup: true },
    ] as const) {
      const world = new World({ job: ["APP1/SRV1"] });
      world.minimums = { APP1: 3 };
      Object.assign(world.at("lb2", "APP1/SRV4"), spoil);
      world.poll();
      world.run();
      expect(world.server().heldBecause, JSON.stringify(spoil)).toMatchObject({ code: "minimum", lb: "lb2" });
    }
  });

  test("[M62] below the minimum only with an operator's word", () => {
    const world = new World({ servers: ["APP1/SRV1"], job: ["APP1/SRV1"] });
    world.live(3);
    expect(phases(world)).toEqual(["queued"]);
    const told = new World({ servers: ["APP1/SRV1"], job: ["APP1/SRV1"], options: { ignoreMinimum: true } });
    told.live(3);
    expect(phases(told)[0]).not.toBe("queued");
  });

  test("[M62] a server that takes no new users anyway costs nothing", () => {
    const world = new World({ job: ["APP1/SRV1"] });
    world.minimums = { APP1: 4 };
    world.at("lb1").isDead = true;
    world.at("lb2").isDead = true;
    world.live(1);
    expect(phases(world)).toEqual(["draining"]);
  });

  test("[M63] a failed server pauses the run and asks; resume goes on with the others", () => {
    const world = new World({ job: ALL, options: { quietMs: 3_000 } });
    second(world);
    world.at("lb1").address = "10.9.9.9:80";
    for (let i = 0; i < 60; i++) second(world);
    expect(phases(world)).toEqual(["failed", "queued", "queued", "queued"]);
    expect(world.job.paused).toMatchObject({ by: "run" });
    expect(world.server("APP1/SRV2").heldBecause).toMatchObject({ code: "paused" });
    world.at("lb1").address = "10.0.0.1:80";
    ask(world, { kind: "resume" });
    // SRV1 was left in drain, so SRV2 must still find enough room.
    for (let i = 0; i < 600 && world.job.closedAtMs === null; i++) second(world);
    expect(phases(world)).toEqual(["failed", "done", "done", "done"]);
  });

  test.each(["before", "after"])("[M63] a person's pause %s the failure does not answer the run's question", (when) => {
    const world = new World({ job: ["APP1/SRV1", "APP1/SRV2"] });
    world.live(3);
    const say = (kind: "pause" | "resume") => {
      const result = request(world.job, { kind }, "ben", world.nowMs);
      if (result.kind === "refused") throw new Error(result.text);
      world.job = result.job;
      world.live(2);
    };
    if (when === "before") say("pause");
    world.set("lb1", "ready");
    world.live(2);
    if (when === "after") say("pause");
    expect(world.job.paused).toMatchObject({ by: "person", who: "ben" });
    say("resume");
    expect(world.job.paused).toMatchObject({ by: "run", why: expect.stringMatching(/^APP1\/SRV1 was taken over/) });
    expect(world.server("APP1/SRV2").phase).toBe("queued");
    say("resume");
    expect(world.server("APP1/SRV2").phase).toBe("draining");
  });
  test("[M64] your turn is per server: the others go on as far as places allow", () => {
    const world = new World({ job: ALL, options: { concurrency: 2, quietMs: 3_000 } });
    for (let i = 0; i < 60; i++) second(world, false);
    expect(phases(world)).toEqual(["maint", "maint", "queued", "queued"]);
    ask(world, { kind: "ready", servers: ["APP1/SRV2"] });
    for (let i = 0; i < 60; i++) second(world, false);
    expect(phases(world)).toEqual(["maint", "done", "maint", "queued"]);
    ask(world, { kind: "stop", isLeft: false });
    for (let i = 0; i < 60; i++) second(world, false);
    expect(phases(world)).toEqual(["stopped", "done", "stopped", "stopped"]);
  });
});

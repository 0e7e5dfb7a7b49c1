import { describe, expect, test } from "vitest";
import { decide } from "./decide.ts";
import { phaseOf } from "./job.ts";
import { forgetInFlight } from "./outcome.ts";
import { request } from "./requests.ts";
import { summarize } from "./summary.ts";
import { World } from "./testing/world.ts";

const phase = (world: World, id?: string) => world.server(id).phase;
const reach = (world: World, wanted: string, seconds = 120, id?: string) => {
  const reached = world.live(seconds, () => phase(world, id) === wanted);
  expect(
    reached,
    `${wanted} not reached, is ${phase(world, id)}: ${JSON.stringify(world.server(id).heldBecause)} ${world.server(id).note}`,
  ).toBe(true);
};
const ask = (world: World, ...[asked]: [Parameters<typeof request>[1]]) => {
  const result = request(world.job, asked, "ben", world.nowMs);
  if (result.kind === "refused") throw new Error(result.text);
  world.job = result.job;
  world.events.push(...result.events);
};
const untilReturned = (world: World) => {
  ask(world, { kind: "ready" });
  for (let i = 0; i < 200 && phase(world) !== "done"; i++) {
    world.pass();
    for (const lb of world.lbs) if (world.at(lb.name).adminState === "ready") world.arrive(lb.name);
    world.poll();
    world.run();
  }
};

test("[M1] decide is pure: the same job, observation and time give the same decision, and the job given is untouched", () => {
  const world = new World();
  const stored = JSON.stringify(world.job);
  const first = decide(world.job, world.seen(), world.nowMs);
  expect(JSON.stringify(world.job)).toBe(stored);
  expect(decide(world.job, world.seen(), world.nowMs)).toEqual(first);
  expect(JSON.parse(JSON.stringify(first.job))).toEqual(first.job);
});

test("[M2] [M3] the whole way: drain, quiet, maint, your turn, drain with a clean check, ready, done", () => {
  const world = new World();
  world.at("lb1").scur = 3;
  world.run();
  expect(phase(world)).toBe("draining");
  expect(world.sentLines()).toEqual(["lb1 APP1/SRV1 drain", "lb2 APP1/SRV1 drain"]);
  world.live(5);
  expect(phase(world)).toBe("draining");
  world.at("lb1").scur = 0;
  reach(world, "quiet");
  reach(world, "maint");
  expect(world.server().yourTurnAtMs).toBe(world.nowMs);
  untilReturned(world);
  expect(phase(world)).toBe("done");
  expect(world.sentLines()).toEqual([
    "lb1 APP1/SRV1 drain",
    "lb2 APP1/SRV1 drain",
    "lb1 APP1/SRV1 maint",
    "lb2 APP1/SRV1 maint",
    "lb1 APP1/SRV1 drain",
    "lb2 APP1/SRV1 drain",
    "lb1 APP1/SRV1 ready",
    "lb2 APP1/SRV1 ready",
  ]);
  expect(world.job.closedAtMs).toBe(world.nowMs);
});

describe("saving and sending", () => {
  test("[M4] a crash between saving and sending loses no command: it is looked up and sent once", () => {
    const world = new World();
    world.run({ crash: true });
    expect(world.sent).toEqual([]);
    world.live(5);
    expect(world.sent).toEqual([]);
    world.live(10);
    expect(world.sentLines()).toEqual(["lb1 APP1/SRV1 drain", "lb2 APP1/SRV1 drain"]);
  });
  test("[M4] a command whose reply was lost is not sent again when HAProxy shows it", () => {
    const world = new World();
    world.run({ lost: true });
    world.live(30);
    expect(world.sentLines().filter((line) => line.endsWith("drain"))).toHaveLength(2);
  });
  test("[M5] effect ids are never used twice, also over a crash", () => {
    const world = new World();
    const ids = [...world.run({ crash: true }), ...world.run()].map((effect) => effect.id);
    world.live(200, () => phase(world) === "maint");
    ids.push(...world.sent.map(({ effect }) => effect.id));
    expect(new Set(ids).size).toBe(ids.length);
  });
  test("[M6] what is no longer wanted when it should be sent is not sent", () => {
    const world = new World();
    world.live(13, () => world.server().goal === "maint");
    const before = new World();
    before.run();
    for (let i = 0; i < 60; i++) {
      before.pass();
      before.poll();
      before.run({
        delaySends: () => {
          before.arrive("lb2", undefined, 1);
          before.poll();
        },
      });
      if (before.at("lb2").scur > 0) before.at("lb2").scur = 0;
    }
    expect(before.sentLines().some((line) => line.endsWith("maint"))).toBe(false);
  });
  test("[M7] refused by HAProxy: failed, with its words", () => {
    const world = new World();
    world.lb("lb2").refuses = "Permission denied";
    world.live(5);
    expect(phase(world)).toBe("failed");
    expect(world.server().note).toContain("lb2 refused to set drain: Permission denied");
    expect(world.server().note).toContain("drain on lb1");
  });
  test("[M7] an old worker's refusal is no refusal", () => {
    const world = new World();
    world.lb("lb2").refuses = "Proxy is disabled.";
    world.run();
    world.lb("lb2").refuses = null;
    world.reload("lb2");
    world.live(3);
    expect(world.at("lb2").adminState).toBe("drain");
  });
  test("[M8] a command HAProxy takes and never shows fails after three attempts", () => {
    const world = new World();
    world.onSend = () => {};
    const lb2 = world.at("lb2");
    Object.defineProperty(lb2, "adminState", { get: () => "ready", set: () => {} });
    for (let i = 0; i < 90 && phase(world) !== "failed"; i++) {
      world.pass();
      world.poll();
      world.run({ lost: true });
    }
    expect(phase(world)).toBe("failed");
    expect(world.server().note).toContain("asked 3 times");
  });
});

describe("quiet", () => {
  test("[M10] one zero is not quiet: the window must pass on every load balancer", () => {
    const world = new World({ options: { quietMs: 30_000 } });
    world.run();
    for (let i = 0; i < 60; i++) {
      world.pass();
      if (i % 7 === 0) world.arrive(i % 2 === 0 ? "lb1" : "lb2");
      world.poll();
      world.run();
    }
    expect(world.sentLines().some((line) => line.endsWith("maint"))).toBe(false);
    const quietFrom = world.monoMs;
    reach(world, "maint");
    expect(world.monoMs - quietFrom).toBeGreaterThanOrEqual(26_000);
  });
  test("[M11] the window counts from the confirmed drain, however long nobody came before", () => {
    const world = new World();
    world.live(1);
    const start = world.monoMs;
    reach(world, "maint");
    expect(world.monoMs - start).toBeGreaterThanOrEqual(10_000);
  });
  test.each(["scur", "oldScur", "qcur"] as const)("[M12] %s above zero anywhere is not quiet", (field) => {
    const world = new World();
    world.at("lb2")[field] = 1;
    world.live(60);
    expect(phase(world)).toBe("draining");
    world.at("lb2")[field] = 0;
    reach(world, "maint");
  });
  test("[M13] an arrival during quiet returns the server to draining and is logged with its time", () => {
    const world = new World();
    reach(world, "quiet");
    world.live(3);
    world.pass();
    world.arrive("lb2");
    world.poll();
    world.run();
    expect(phase(world)).toBe("draining");
    const arrival = world.events.find((event) => event.kind === "arrival");
    expect(arrival).toMatchObject({ lb: "lb2", server: "APP1/SRV1" });
    expect(Math.abs(Number(arrival?.data.arrivedAtMs) - world.nowMs)).toBeLessThanOrEqual(1_000);
  });
  test("[M14] samples that are missing restart our own look; HAProxy's lastsess keeps the rest of the window", () => {
    const world = new World({ options: { quietMs: 60_000 } });
    world.arrive("lb1");
    world.arrive("lb2");
    reach(world, "quiet");
    world.live(40);
    // The app was down for 20 s: nothing was polled.
    world.pass(20_000);
    const back = world.monoMs;
    reach(world, "maint");
    expect(world.monoMs - back).toBeGreaterThanOrEqual(30_000);
    expect(world.monoMs - back).toBeLessThan(45_000);
  });
  test("[M14] without any arrival in this process a gap restarts the whole window", () => {
    const world = new World({ options: { quietMs: 60_000 } });
    reach(world, "quiet");
    world.live(40);
    world.pass(20_000);
    const back = world.monoMs;
    reach(world, "maint");
    expect(world.monoMs - back).toBeGreaterThanOrEqual(60_000);
  });
  test("[M15] a new process restarts the clock and gets the drain again, with an event that counts who came", () => {
    const world = new World();
    reach(world, "quiet");
    world.live(6);
    world.reload("lb2");
    world.arrive("lb2", undefined, 1);
    world.arrive("lb2");
    const reloaded = world.monoMs;
    world.live(2);
    expect(world.at("lb2").adminState).toBe("drain");
    expect(phase(world)).toBe("draining");
    expect(world.texts("reapplied")[0]).toContain("2 sessions came in meanwhile, 1 on it now");
    world.at("lb2").scur = 0;
    reach(world, "maint");
    expect(world.monoMs - reloaded).toBeGreaterThan(11_000);
  });
  test("[M15] a process that kept its state (state file) is confirmed anew, nothing is sent, the clock restarts", () => {
    const world = new World();
    reach(world, "quiet");
    world.live(6);
    world.reload("lb2", true);
    const reloaded = world.monoMs;
    const sent = world.sent.length;
    world.live(2);
    expect(world.sent).toHaveLength(sent);
    reach(world, "maint");
    expect(world.monoMs - reloaded).toBeGreaterThanOrEqual(10_000);
  });
  test("[M16] sessions in an old worker hold, and without a master CLI the record says that they cannot be seen", () => {
    const world = new World();
    world.at("lb1").scur = 1;
    world.live(3);
    world.reload("lb1");
    world.live(60);
    expect(phase(world)).toBe("draining");
    world.at("lb1").oldScur = 0;
    reach(world, "maint");
    const blind = new World();
    Object.assign(blind.lb("lb1"), { oldWorkers: null, oldWorkersSource: "none" });
    blind.live(3);
    blind.reload("lb1");
    blind.live(1);
    expect(blind.texts("process")[0]).toContain("no master CLI");
  });
  test("[M16] a master CLI that is configured and silent is said as such, also when maint is set without it", () => {
    const world = new World();
    Object.assign(world.lb("lb1"), { oldWorkers: null, oldWorkersSource: "silent" });
    world.live(3);
    world.reload("lb1");
    reach(world, "maint");
    expect(world.texts("process")[0]).toMatch(/cannot be seen: the master CLI does not answer\.$/);
    const proved = world.texts("note").find((text) => text.startsWith("Quiet for"));
    expect(proved).toContain("The master CLI of lb1 does not answer");
    expect(proved).not.toContain("lb2 does");
  });
  test("[M16] while the master CLI has not answered after a reload nothing is proved, and it is nobody's turn", () => {
    for (const [from, to] of [
      ["draining", "quiet"],
      ["quiet", "maint"],
    ] as const) {
      const world = new World();
      reach(world, from);
      world.at("lb1").isOldUnsure = true;
      world.live(60);
      expect(phase(world)).not.toBe("maint");
      expect(world.server().heldBecause).toMatchObject({
        code: "old-workers",
        lb: "lb1",
        text: expect.stringContaining("The master CLI of lb1 has not told yet"),
      });
      world.lb("lb1").oldWorkersSource = "silent";
      world.live(2);
      expect(world.server().heldBecause?.text).toBe(
        "The master CLI of lb1 does not answer: sessions of old workers are not known. Make it answer, or take it out of the configuration of lb1 to go on without it.",
      );
      world.at("lb1").isOldUnsure = false;
      reach(world, to);
    }
  });
  test("[M17] a clock set back or forward never shortens the window", () => {
    for (const jump of [-3_600_000, 3_600_000, -20_000, 20_000]) {
      const world = new World();
      reach(world, "quiet");
      world.live(3);
      world.nowMs += jump;
      const jumped = world.monoMs;
      reach(world, "maint", 200);
      expect(world.monoMs - jumped, `jump ${jump}`).toBeGreaterThanOrEqual(9_000);
    }
  });
  test.each([true, false])("[M17] a clock set forward never shortens a long window (totals %s)", (showsTotals) => {
    for (const jump of [3_600_000, 20_000, 4_000]) {
      const world = new World({ showsTotals, options: { quietMs: 300_000 } });
      world.arrive("lb1", undefined, 1);
      world.arrive("lb2");
      world.live(600);
      world.at("lb1").scur = 0;
      world.live(5);
      const left = world.monoMs;
      world.nowMs += jump;
      reach(world, "maint", 900);
      expect(world.monoMs - left, `jump ${jump}`).toBeGreaterThanOrEqual(290_000);
    }
  });
  test.each([true, false])(
    "[M14] who came while nobody looked left when we looked again (totals %s)",
    (showsTotals) => {
      const world = new World({ showsTotals, options: { quietMs: 300_000 } });
      world.arrive("lb1");
      world.arrive("lb2");
      world.live(20);
      world.pass(5_000);
      world.arrive("lb1", undefined, 1);
      // The app was down for 10 min; the session ended just before it came back.
      world.pass(600_000);
      world.at("lb1").scur = 0;
      const back = world.monoMs;
      reach(world, "maint", 900);
      expect(world.monoMs - back).toBeGreaterThanOrEqual(290_000);
    },
  );
  test.each([
    { showsTotals: true, jump: 3_600_000 },
    { showsTotals: true, jump: 6_000 },
    { showsTotals: false, jump: 20_000 },
  ])("[M17] a clock set forward is said as such, not as a session that arrived: %o", ({ showsTotals, jump }) => {
    const world = new World({ showsTotals, options: { quietMs: 300_000 } });
    world.arrive("lb1");
    world.live(90);
    expect(phase(world)).toBe("quiet");
    world.nowMs += jump;
    world.live(5);
    expect(world.texts("arrival")).toEqual([]);
    expect(world.texts("phase")).toContain("The clock of this app was set forward: the quiet window starts again.");
    reach(world, "quiet");
    world.arrive("lb1");
    world.live(2);
    expect(world.texts("arrival")).toEqual(["A session arrived on lb1: back to draining."]);
  });
  test("[M17] a clock that was set back hides arrivals: without totals nothing is proved until it has caught up", () => {
    const world = new World({ showsTotals: false });
    world.arrive("lb1");
    reach(world, "quiet");
    world.live(3);
    world.nowMs -= 60_000;
    for (let i = 0; i < 50; i++) {
      world.pass();
      if (i % 12 === 0) world.arrive("lb1");
      world.poll();
      world.run();
    }
    expect(world.sentLines().some((line) => line.endsWith("maint"))).toBe(false);
    reach(world, "maint");
  });
  test("[M14] [M4] maint that died with the app needs its proof again, not only another attempt", () => {
    const world = new World({ options: { quietMs: 60_000 } });
    world.arrive("lb1");
    world.arrive("lb2");
    for (let i = 0; i < 90 && world.server().goal !== "maint"; i++) {
      world.pass();
      world.poll();
      world.run({ crash: world.server().phase === "quiet" });
    }
    expect(world.server().goal).toBe("maint");
    world.pass(20_000);
    const back = world.monoMs;
    world.live(100, () => world.at("lb1").adminState === "maint");
    expect(world.at("lb1").adminState).toBe("maint");
    expect(world.monoMs - back).toBeGreaterThanOrEqual(30_000);
  });
  test("[M4] after a start nothing can be in flight: what has no outcome is looked up at once", () => {
    const world = new World();
    world.run({ crash: true });
    world.pass(2_000);
    world.job = forgetInFlight(world.job, world.nowMs);
    world.live(1);
    expect(world.sentLines()).toEqual(["lb1 APP1/SRV1 drain", "lb2 APP1/SRV1 drain"]);
    expect(world.server().cells.lb1?.command?.attempt).toBe(1);
  });
  test("[M18] cleared counters restart the window", () => {
    const world = new World();
    world.arrive("lb1");
    reach(world, "quiet");
    world.live(5);
    Object.assign(world.at("lb1"), { stot: 0, lastArrivalAt: null });
    const cleared = world.monoMs;
    reach(world, "maint");
    expect(world.monoMs - cleared).toBeGreaterThanOrEqual(10_000);
  });
});

describe("setting maint", () => {
  test("[M20] a straggler between maint and the next sample keeps the turn back until it is gone", () => {
    const world = new World();
    world.onSend = (effect) => {
      if (effect.kind === "set-state" && effect.adminState === "maint" && effect.lb === "lb2")
        world.arrive("lb2", undefined, 1);
    };
    world.live(40, () => world.at("lb2").adminState === "maint");
    world.live(5);
    expect(phase(world)).toBe("quiet");
    expect(world.server().heldBecause).toMatchObject({ code: "occupied", lb: "lb2" });
    world.at("lb2").scur = 0;
    reach(world, "maint", 3);
  });
  test("[M21] an arrival before all are in maint takes the first ones back to drain", () => {
    const world = new World();
    world.live(60, () => {
      if (world.server().goal === "drain" && world.server().phase === "quiet")
        world.lb("lb2").refuses = "Proxy is disabled.";
      return world.at("lb1").adminState === "maint";
    });
    world.lb("lb2").refuses = null;
    world.arrive("lb2");
    world.live(2);
    expect(phase(world)).toBe("draining");
    expect(world.at("lb1").adminState).toBe("drain");
    reach(world, "maint");
  });
  test("[M22] maint lost in a reload is set again at once, as an alert, and ready is never set again", () => {
    const world = new World();
    reach(world, "maint");
    world.reload("lb1");
    world.live(2);
    expect(world.at("lb1").adminState).toBe("maint");
    expect(phase(world)).toBe("maint");
    expect(world.events.find((event) => event.kind === "reapplied")).toMatchObject({ lb: "lb1", isAlert: true });
  });
  test("[M23] a server that was maint before on one load balancer stays so, is never drained there, and stays so in the end", () => {
    const world = new World();
    world.set("lb2", "maint");
    world.poll();
    reach(world, "maint");
    untilReturned(world);
    expect(phase(world)).toBe("done");
    expect(world.at("lb2").adminState).toBe("maint");
    expect(world.sentLines().filter((line) => line.startsWith("lb2"))).toEqual([]);
    expect(world.server().note).toContain("On lb2 it was maint before and is so again");
  });
  test.each(["draining", "quiet"])(
    "[M23] opened by a reload while %s, it is drained and proved quiet first; one that kept its maint is left alone",
    (from) => {
      const world = new World();
      world.set("lb2", "maint");
      world.poll();
      reach(world, from);
      world.live(2);
      world.reload("lb2", true);
      world.live(2);
      expect(world.sentLines().filter((line) => line.startsWith("lb2"))).toEqual([]);
      world.reload("lb2");
      world.arrive("lb2", undefined, 1);
      world.live(60);
      expect(phase(world)).toBe("draining");
      expect(world.at("lb2").adminState).toBe("drain");
      world.at("lb2").scur = 0;
      const left = world.monoMs;
      reach(world, "maint");
      expect(world.monoMs - left).toBeGreaterThanOrEqual(9_000);
      untilReturned(world);
      expect(world.at("lb2").adminState).toBe("maint");
    },
  );
  test("[M23] opened by a reload while it returns, it is maint again only when nobody is there", () => {
    const world = new World();
    world.set("lb2", "maint");
    world.poll();
    world.at("lb1").scur = 1;
    reach(world, "draining");
    world.live(2);
    world.reload("lb2");
    world.arrive("lb2", undefined, 2);
    world.live(2);
    ask(world, { kind: "stop", isLeft: false });
    world.live(60);
    expect(phase(world)).toBe("returning");
    expect(world.at("lb1").adminState).toBe("ready");
    expect(world.at("lb2").adminState).toBe("drain");
    expect(world.server().heldBecause).toMatchObject({
      lb: "lb2",
      text: "APP1/SRV1 was maint on lb2 before; the 2 sessions that came in a reload are drained there first.",
    });
    world.at("lb2").scur = 0;
    reach(world, "stopped");
    expect(world.at("lb2").adminState).toBe("maint");
  });
});

describe("holding", () => {
  test("[M30] a stale load balancer holds everything and is named; its return goes on from there", () => {
    const world = new World({ options: { deadlineMs: 20_000, atDeadline: "end-sessions" } });
    world.at("lb1").scur = 2;
    world.live(5);
    world.lb("lb2").isReachable = false;
    world.live(60);
    expect(phase(world)).toBe("draining");
    expect(world.server().heldBecause).toMatchObject({ code: "stale", lb: "lb2" });
    expect(world.sent.every(({ effect }) => effect.kind === "set-state" && effect.adminState === "drain")).toBe(true);
    world.lb("lb2").isReachable = true;
    reach(world, "maint");
  });
  test("[M30] one that is not configured any more after a restart is said as such, with what to do, also on the way back", () => {
    const world = new World();
    reach(world, "quiet");
    world.lbs.pop();
    world.live(3);
    const text =
      "lb2 is not configured any more, so nothing goes on by itself. Add it again under the same name, or stop the maintenance and leave things as they are.";
    expect(world.server().heldBecause).toMatchObject({ lb: "lb2", text });
    ask(world, { kind: "stop", isLeft: false });
    world.live(3);
    expect(world.server().heldBecause).toMatchObject({ lb: "lb2", text });
    expect(world.at("lb1").adminState).toBe("ready");
    ask(world, { kind: "stop", isLeft: true });
    expect(phase(world)).toBe("stopped");
  });
  test("[M30] the count of a server that no load balancer shows freshly is not known, never zero", () => {
    const world = new World();
    world.at("lb1").scur = 3;
    world.live(3);
    const told = () => summarize(world.job, world.seen(), world.nowMs, new Map()).servers[0];
    expect(told()).toMatchObject({ sessions: 3, sessionsComplete: true });
    world.lb("lb1").isReachable = false;
    world.live(15);
    expect(told()).toMatchObject({ sessions: 0, sessionsComplete: false });
    world.lb("lb2").isReachable = false;
    world.live(15);
    expect(told()).toMatchObject({ sessions: null, sessionsComplete: false });
  });
  test("[M30] late observations are neither proof nor alarm", () => {
    const world = new World();
    reach(world, "quiet");
    for (let i = 0; i < 4; i++) {
      world.pass();
      world.poll(["lb1"]);
      world.run();
    }
    expect(world.server().heldBecause).toBeNull();
    expect(phase(world)).toBe("quiet");
  });
  test("[M31] paused by a person: nothing goes on, a lost drain is still set again", () => {
    const world = new World();
    world.live(3);
    ask(world, { kind: "pause", why: "lunch" });
    world.live(40);
    expect(phase(world)).toBe("quiet");
    expect(world.server().heldBecause).toMatchObject({ code: "paused", text: "Paused by ben: lunch." });
    world.reload("lb1");
    world.live(3);
    expect(world.at("lb1").adminState).toBe("drain");
    ask(world, { kind: "resume" });
    reach(world, "maint");
  });
  test("[M31] paused on its way back: no ready is sent, what a reload opens is drained again, a person's word goes on", () => {
    const world = new World();
    reach(world, "maint");
    ask(world, { kind: "ready" });
    world.live(0.5);
    expect(world.at("lb1").adminState).toBe("drain");
    ask(world, { kind: "pause", why: "wrong kernel" });
    const held = () => world.lbs.map((lb) => world.at(lb.name).adminState);
    world.live(60);
    expect([phase(world), held(), world.server().heldBecause?.code]).toEqual([
      "returning",
      ["drain", "drain"],
      "paused",
    ]);
    world.at("lb2").isDead = true;
    world.reload("lb2");
    world.at("lb2").health = 0;
    world.live(5);
    expect(held()).toEqual(["drain", "drain"]);
    ask(world, { kind: "ready", direct: true });
    world.live(3);
    expect(held()).toEqual(["ready", "ready"]);
  });
  test("[M31] stopped while it is paused: it goes back, as asked", () => {
    const world = new World();
    world.live(3);
    ask(world, { kind: "pause" });
    world.live(3);
    ask(world, { kind: "stop", isLeft: false });
    reach(world, "stopped");
    expect(world.at("lb1").adminState).toBe("ready");
  });
  test("[M102] a drain that lasts for weeks keeps its record small: counts get rarer with its age", () => {
    const world = new World();
    world.live(2);
    const countsIn = (seconds: number) => {
      const before = world.events.filter((event) => event.kind === "count").length;
      for (let i = 0; i < seconds; i++) {
        world.at("lb1").scur = 5 + (i % 7);
        world.live(1);
      }
      return world.events.filter((event) => event.kind === "count").length - before;
    };
    expect(countsIn(300)).toBeGreaterThan(40);
    const server = world.server();
    server.drainStartedAtMs = world.nowMs - 7 * 24 * 3_600_000;
    expect(countsIn(1_800)).toBeLessThan(4);
  });
  test("[M32] it does not start while a load balancer was never seen, or a carrier is stale", () => {
    const world = new World({ lbs: ["lb1", "lb2", "lb3"] });
    world.lb("lb3").view = {
      ...world.lb("lb3").view,
      head: { ...world.lb("lb3").view.head, observedAtMs: null, process: null },
    };
    world.run();
    expect(phase(world)).toBe("queued");
    expect(world.server().heldBecause).toMatchObject({ code: "never-seen", lb: "lb3" });
    world.live(1);
    expect(phase(world)).toBe("draining");
  });
  test("[M33] a load balancer that carries the server later joins the job", () => {
    const world = new World();
    world.at("lb2").isListed = false;
    world.poll();
    reach(world, "quiet");
    world.at("lb2").isListed = true;
    world.at("lb2").scur = 1;
    world.live(3);
    expect(phase(world)).toBe("draining");
    expect(world.at("lb2").adminState).toBe("drain");
  });
  describe("a load balancer that joins during the turn", () => {
    const joined = (sessions: number) => {
      const world = new World({ lbs: ["lb1", "lb2", "lb3"], options: { deadlineMs: 60_000, atDeadline: "return" } });
      world.at("lb3").isListed = false;
      world.poll();
      reach(world, "maint");
      Object.assign(world.at("lb3"), { isListed: true, scur: sessions, stot: sessions });
      return world;
    };
    const states = (world: World) => world.lbs.map((lb) => world.at(lb.name).adminState);

    test("[M24] its sessions are drained first, the turn is withdrawn, the others stay in maint, no deadline ends it", () => {
      const world = joined(3);
      world.live(2);
      expect(phase(world)).toBe("draining");
      expect(world.server().yourTurnAtMs).toBe(null);
      expect(states(world)).toEqual(["maint", "maint", "drain"]);
      expect(world.server().heldBecause).toMatchObject({ code: "joined", lb: "lb3" });
      expect(world.server().heldBecause?.text).toBe(
        "lb3 joined: its 3 sessions are drained first. Until then APP1/SRV1 is not free.",
      );
      const alerts = world.events.filter((event) => event.isAlert && event.lb === "lb3");
      expect(alerts).toHaveLength(1);
      world.live(300);
      expect(phase(world)).toBe("draining");
      expect(states(world)).toEqual(["maint", "maint", "drain"]);
      expect(world.events.filter((event) => event.text.includes("persist"))).toEqual([]);
      world.at("lb3").scur = 0;
      const left = world.monoMs;
      reach(world, "maint");
      expect(world.monoMs - left).toBeGreaterThanOrEqual(9_000);
      expect(states(world)).toEqual(["maint", "maint", "maint"]);
      expect(world.server().yourTurnAtMs).toBe(world.nowMs);
      untilReturned(world);
      expect(phase(world)).toBe("done");
    });
    test("[M24] an arrival there takes only the newcomer back to drain; maint that another one loses is set at once", () => {
      const world = joined(0);
      reach(world, "quiet");
      world.arrive("lb3");
      world.live(1);
      expect(phase(world)).toBe("draining");
      expect(states(world)).toEqual(["maint", "maint", "drain"]);
      world.reload("lb1");
      world.live(2);
      expect(states(world)).toEqual(["maint", "maint", "drain"]);
      expect(world.events.find((event) => event.kind === "reapplied")).toMatchObject({ lb: "lb1", isAlert: true });
      reach(world, "maint");
    });
    test("[M24] one that joins in maint and empty leaves the turn alone", () => {
      const world = joined(0);
      world.set("lb3", "maint");
      world.live(5);
      expect(phase(world)).toBe("maint");
      expect(world.sentLines().filter((line) => line.startsWith("lb3"))).toEqual([]);
    });
    test("[M24] the whole host loses its turn", () => {
      const ids = ["APP1/SRV1", "APP1/SRV2"];
      const world = new World({ lbs: ["lb1", "lb2"], hosts: { "10.0.0.9": ids } });
      world.at("lb2", ids[0]).isListed = false;
      world.minimums = { APP1: 0 };
      world.poll();
      expect(world.live(90, () => ids.every((id) => world.server(id).yourTurnAtMs !== null))).toBe(true);
      Object.assign(world.at("lb2", ids[0]), { isListed: true, scur: 1 });
      world.live(2);
      expect(ids.map((id) => world.server(id).yourTurnAtMs)).toEqual([null, null]);
      world.at("lb2", ids[0]).scur = 0;
      expect(world.live(90, () => ids.every((id) => world.server(id).yourTurnAtMs !== null))).toBe(true);
    });
    test("[M31] while a person has paused the job it gets nothing, and the turn is withdrawn all the same", () => {
      const world = joined(2);
      ask(world, { kind: "pause" });
      const sent = world.sent.length;
      world.live(60);
      expect(world.sent).toHaveLength(sent);
      expect(states(world)).toEqual(["maint", "maint", "ready"]);
      expect(world.server().yourTurnAtMs).toBe(null);
      expect(world.server().heldBecause?.code).toBe("paused");
      ask(world, { kind: "resume" });
      world.live(2);
      expect(states(world)).toEqual(["maint", "maint", "drain"]);
    });
  });
  test("[M31] while a person has paused the job a load balancer that joins in drain or quiet gets nothing", () => {
    for (const from of ["draining", "quiet"]) {
      const world = new World();
      world.at("lb2").isListed = false;
      world.poll();
      reach(world, from);
      world.live(2);
      ask(world, { kind: "pause" });
      world.at("lb2").isListed = true;
      const sent = world.sent.length;
      world.live(30);
      expect(world.sent).toHaveLength(sent);
      ask(world, { kind: "resume" });
      reach(world, "maint");
    }
  });
  test("[M34] a chosen set of load balancers leaves the others alone", () => {
    const world = new World({ options: { loadBalancers: ["lb1"] } });
    world.at("lb2").scur = 9;
    reach(world, "maint");
    expect(world.at("lb2").adminState).toBe("ready");
  });
});

describe("other people", () => {
  test.each([
    ["draining", "ready"],
    ["draining", "maint"],
    ["quiet", "ready"],
    ["maint", "ready"],
    ["maint", "drain"],
  ] as const)("[M40] in %s somebody sets %s: overridden, and nothing more is sent", (when, to) => {
    const world = new World();
    if (when === "draining") world.at("lb1").scur = 1;
    reach(world, when);
    world.live(2);
    world.set("lb2", to);
    const sent = world.sent.length;
    world.live(30);
    expect(phase(world)).toBe("overridden");
    expect(world.server().note).toContain(`On lb2 it is ${to} now`);
    expect(world.server().note).toContain("on lb1");
    expect(world.sent).toHaveLength(sent);
    expect(phaseOf(world.job)).toBe("overridden");
  });
  test("[M40] the note says of the others what they show, not what they showed before the same click", () => {
    const world = new World();
    reach(world, "maint");
    world.live(2);
    world.set("lb1", "ready");
    world.set("lb2", "ready");
    world.live(1);
    expect(world.server().note).toContain("On lb1 it is ready now, it was maint");
    expect(world.server().note).toContain("Changed elsewhere too: ready on lb2.");
    expect(world.server().note).not.toContain("maint on lb2");
  });
  test("[M40] somebody who sets what the job wants anyway is no conflict", () => {
    const world = new World();
    world.run({ crash: true });
    world.set("lb1", "drain");
    reach(world, "maint");
  });
  test("[M41] somebody disables it in the configuration during a reload: overridden, not weakened to drain", () => {
    const world = new World();
    reach(world, "quiet");
    world.reload("lb1");
    world.set("lb1", "maint");
    world.live(5);
    expect(phase(world)).toBe("overridden");
    expect(world.at("lb1").adminState).toBe("maint");
  });
  test("[M42] another machine in the slot: failed, with both addresses", () => {
    const world = new World();
    reach(world, "quiet");
    world.at("lb1").address = "10.9.9.9:80";
    world.live(1);
    expect(phase(world)).toBe("failed");
    expect(world.server().note).toContain("10.9.9.9:80 now, it was 10.0.0.1:80");
  });
  test("[M43] the server vanished: failed", () => {
    const world = new World();
    reach(world, "quiet");
    world.at("lb1").isListed = false;
    world.live(1);
    expect(phase(world)).toBe("failed");
    expect(world.server().note).toContain("lb1 no longer lists APP1/SRV1");
  });
});

describe("the deadline", () => {
  const busy = (options: ConstructorParameters<typeof World>[0] = {}) => {
    const world = new World({ ...options, options: { deadlineMs: 20_000, ...options.options } });
    world.at("lb1").scur = 3;
    world.at("lb2").scur = 1;
    return world;
  };
  test("[M35] wait: one alert, and it stays in drain", () => {
    const world = busy();
    world.live(60);
    expect(phase(world)).toBe("draining");
    expect(world.events.filter((event) => event.kind === "deadline")).toHaveLength(1);
    expect(world.texts("deadline")[0]).toContain("4 sessions left");
    world.at("lb1").scur = 0;
    world.at("lb2").scur = 0;
    reach(world, "maint");
  });
  test("[M36] end-sessions: the gate first, then the sessions, counted again before the turn", () => {
    const world = busy({ options: { atDeadline: "end-sessions" } });
    reach(world, "maint");
    const lines = world.sentLines();
    expect(lines.slice(2, 4)).toEqual(["lb1 APP1/SRV1 maint", "lb2 APP1/SRV1 maint"]);
    expect(lines.slice(4)).toEqual(["lb1 APP1/SRV1 end all", "lb2 APP1/SRV1 end all"]);
    expect(world.sent[4]?.effect).toMatchObject({ kind: "end-sessions", expectCount: 3 });
  });
  test("[M36] tunnels first, the rest a little later", () => {
    const world = busy({ options: { atDeadline: "end-sessions", endSessions: "tunnels-first" } });
    world.at("lb1").isStubborn = true;
    world.live(28);
    world.at("lb1").isStubborn = false;
    reach(world, "maint");
    expect(world.sentLines().filter((line) => line.startsWith("lb1") && line.includes("end"))).toEqual([
      "lb1 APP1/SRV1 end tunnels",
      "lb1 APP1/SRV1 end all",
    ]);
  });
  test("[M37] sessions that do not end: four rounds, then a person is asked, never a loop", () => {
    const world = busy({ options: { atDeadline: "end-sessions" } });
    world.at("lb1").isStubborn = true;
    world.live(120);
    expect(world.sentLines().filter((line) => line === "lb1 APP1/SRV1 end all")).toHaveLength(4);
    expect(world.server().heldBecause).toMatchObject({ code: "occupied", lb: "lb1" });
    expect(phase(world)).toBe("draining");
  });
  test("[M38] return: back to ready without maint, ends as stopped", () => {
    const world = busy({ options: { atDeadline: "return" } });
    reach(world, "stopped");
    expect(world.at("lb1").adminState).toBe("ready");
    expect(world.sentLines().some((line) => line.endsWith("maint"))).toBe(false);
    expect(world.server().note).toContain("deadline");
  });
  test("[M39] deadline, policy and window may change while it runs; nonsense is refused with numbers", () => {
    const world = busy();
    world.live(30);
    expect(request(world.job, { kind: "patch", patch: { deadlineMs: 15_000 } }, "ben", world.nowMs)).toMatchObject({
      kind: "refused",
      code: "malformed",
    });
    expect(request(world.job, { kind: "patch", patch: { deadlineMs: 5_000 } }, "ben", world.nowMs)).toMatchObject({
      kind: "refused",
    });
    ask(world, { kind: "patch", patch: { deadlineMs: 60_000, atDeadline: "end-sessions", quietMs: 3_000 } });
    expect(world.texts("person").at(-1)).toContain("at the deadline: end sessions, then maint");
    expect(world.server().deadlineAtMs).toBe((world.server().drainStartedAtMs ?? 0) + 60_000);
    world.live(20);
    expect(phase(world)).toBe("draining");
    reach(world, "maint");
    expect(world.job.options.quietWhy).toBe("chosen by ben");
  });
  test("[M39] once sessions are being ended, neither more time nor another policy is promised", () => {
    const world = busy({ options: { atDeadline: "end-sessions", endSessions: "tunnels-first" } });
    world.at("lb1").isStubborn = true;
    expect(world.live(60, () => world.server().endingSinceMs !== null)).toBe(true);
    for (const patch of [{ deadlineMs: 3_600_000 }, { deadlineMs: null }, { atDeadline: "wait" as const }]) {
      expect(request(world.job, { kind: "patch", patch }, "ben", world.nowMs)).toMatchObject({
        kind: "refused",
        code: "conflict",
        text: expect.stringContaining("the sessions of APP1/SRV1 are being ended already; stop it to break off"),
      });
    }
    ask(world, { kind: "patch", patch: { quietMs: 3_000 } });
  });
});

describe("coming back", () => {
  const inMaint = (options: ConstructorParameters<typeof World>[0] = {}) => {
    const world = new World(options);
    world.live(60, () => phase(world) === "maint");
    expect(phase(world)).toBe("maint");
    return world;
  };
  test("[M50] a dead server gets no ready: it stays in drain until its check is clean", () => {
    const world = inMaint();
    world.at("lb1").isDead = true;
    ask(world, { kind: "ready" });
    world.live(90);
    expect(world.at("lb1").adminState).toBe("drain");
    expect(world.server().heldBecause?.text).toContain("stays in drain on lb1 until its check is clean: DOWN, L4CON");
    expect(world.at("lb2").adminState).toBe("ready");
    world.at("lb1").isDead = false;
    world.live(10);
    expect(world.at("lb1").adminState).toBe("ready");
  });
  test("[M50] the fraction right after maint proves nothing", () => {
    const world = inMaint();
    ask(world, { kind: "ready" });
    world.live(2);
    expect(world.at("lb1").adminState).toBe("drain");
  });
  test("[M51] direct ready skips the proof, also when asked for while it waits", () => {
    const world = inMaint();
    ask(world, { kind: "ready", direct: true });
    world.run();
    expect(world.at("lb1").adminState).toBe("ready");
    const other = inMaint();
    for (const lb of ["lb1", "lb2"]) other.at(lb).isDead = true;
    ask(other, { kind: "ready" });
    other.live(5);
    ask(other, { kind: "ready", direct: true });
    other.run();
    expect(other.at("lb1").adminState).toBe("ready");
  });
  test("[M52] a server without check is set ready with a sentence that nothing proves it", () => {
    const world = new World();
    for (const lb of ["lb1", "lb2"]) world.at(lb).hasCheck = false;
    world.poll();
    reach(world, "maint");
    ask(world, { kind: "ready" });
    world.live(2);
    expect(world.at("lb1").adminState).toBe("ready");
    expect(world.texts("note").some((text) => text.includes("nothing proves that it is well"))).toBe(true);
  });
  test("[M53] slowstart is read from the weight, not from a timer", () => {
    const world = inMaint();
    Object.assign(world.at("lb1"), { weight: 6, throttle: 6 });
    ask(world, { kind: "ready" });
    for (let i = 0; i < 90; i++) {
      world.arrive("lb1");
      world.arrive("lb2");
      world.live(1);
    }
    expect(phase(world)).toBe("returning");
    expect(world.server().heldBecause).toMatchObject({
      code: "ramp",
      lb: "lb1",
      text: "Slowstart on lb1: weight 6 of 100.",
    });
    Object.assign(world.at("lb1"), { weight: 100, throttle: null });
    world.live(1);
    expect(phase(world)).toBe("done");
  });
  test("[M54] done says which load balancer saw no session yet", () => {
    const world = inMaint();
    ask(world, { kind: "ready" });
    for (let i = 0; i < 90 && phase(world) !== "done"; i++) {
      world.pass();
      if (world.at("lb1").adminState === "ready") world.arrive("lb1");
      world.poll();
      world.run();
    }
    expect(phase(world)).toBe("done");
    expect(world.server().note).toBe("APP1/SRV1 is back. No session was seen yet on lb2.");
  });
  test("[M55] a server that was in drain goes back to drain; a weight of 0 stays and is said", () => {
    const world = new World();
    world.set("lb1", "drain");
    world.set("lb2", "drain");
    world.poll();
    reach(world, "maint");
    untilReturned(world);
    expect([world.at("lb1").adminState, world.at("lb2").adminState]).toEqual(["drain", "drain"]);
    const weightless = inMaint();
    Object.assign(weightless.at("lb2"), { weight: 0, uweight: 0 });
    untilReturned(weightless);
    expect(weightless.server().note).toContain("On lb2 its weight is 0, it was 100; ready does not change weights.");
  });
  test("[M56] a stale load balancer does not keep the others out; the job waits for it", () => {
    const world = inMaint();
    world.lb("lb2").isReachable = false;
    world.live(2);
    ask(world, { kind: "ready" });
    world.live(10);
    expect(world.at("lb1").adminState).toBe("ready");
    expect(phase(world)).toBe("returning");
    expect(world.server().heldBecause).toMatchObject({ code: "stale", lb: "lb2" });
    world.lb("lb2").isReachable = true;
    world.live(80);
    expect(phase(world)).toBe("done");
  });
  test("[M57] returned by itself only when asked for at the start", () => {
    const world = inMaint();
    world.live(600);
    expect(phase(world)).toBe("maint");
    const timed = inMaint({ options: { autoReturnMs: 60_000 } });
    timed.live(59);
    expect(phase(timed)).toBe("maint");
    timed.live(2);
    expect(phase(timed)).toBe("returning");
  });
  test("[M58] ready that was confirmed is never set again: a person who drains it then has taken over", () => {
    const world = inMaint();
    ask(world, { kind: "ready" });
    world.live(30, () => world.at("lb1").adminState === "ready");
    world.live(2);
    world.set("lb1", "drain");
    world.live(5);
    expect(phase(world)).toBe("overridden");
    expect(world.at("lb1").adminState).toBe("drain");
  });
});

describe("requests", () => {
  test("[M70] stop and leave: nothing is sent, and the note says what is left where", () => {
    const world = new World();
    world.live(4);
    const sent = world.sent.length;
    ask(world, { kind: "stop", isLeft: true });
    world.live(10);
    expect(world.sent).toHaveLength(sent);
    expect(world.server()).toMatchObject({
      phase: "stopped",
      note: "Stopped by ben and left as it is: drain on lb1 and drain on lb2.",
    });
  });
  test("[M70] stop from maint proves health on the way back and ends as stopped", () => {
    const world = new World();
    reach(world, "maint");
    ask(world, { kind: "stop", isLeft: false });
    reach(world, "stopped");
    expect(world.at("lb1").adminState).toBe("ready");
    expect(world.sentLines().slice(-4)).toEqual([
      "lb1 APP1/SRV1 drain",
      "lb2 APP1/SRV1 drain",
      "lb1 APP1/SRV1 ready",
      "lb2 APP1/SRV1 ready",
    ]);
  });
  test("[M71] what does not fit is refused with a sentence, and the job stays as it was", () => {
    const world = new World();
    world.live(2);
    const stored = JSON.stringify(world.job);
    const no = (asked: Parameters<typeof request>[1]) => {
      const result = request(world.job, asked, "ben", world.nowMs);
      return result.kind === "refused" ? `${result.code}: ${result.text}` : "ok";
    };
    expect(no({ kind: "ready" })).toMatch(/^conflict: APP1\/SRV1 is (draining|quiet), not in maint/);
    expect(no({ kind: "ready", servers: ["APP1/SRV9"] })).toBe(
      "unknown-name: APP1/SRV9 is not in maintenance m1; it has APP1/SRV1",
    );
    expect(no({ kind: "resume" })).toBe("conflict: it is not paused");
    expect(JSON.stringify(world.job)).toBe(stored);
    ask(world, { kind: "pause" });
    expect(no({ kind: "pause" })).toMatch(/^conflict: ben paused it at /);
    ask(world, { kind: "stop", isLeft: true });
    expect(no({ kind: "pause" })).toMatch(/^conflict: maintenance m1 is over/);
  });
});

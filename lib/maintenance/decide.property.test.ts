// Random worlds against the invariants of the SPEC: users that come and go, polls that miss, reloads, people, crashes
// between saving and sending, replies that get lost, clocks that jump.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { AdminState } from "#lib/haproxy/admin-state.ts";
import { isFinal } from "./job.ts";
import { wishOf } from "./look.ts";
import { request } from "./requests.ts";
import { World } from "./testing/world.ts";

const lbs = ["lb1", "lb2", "lb3"] as const;
/** It lists the server only when it joins. */
const LATE = "lb3";
const lb = fc.constantFrom(...lbs);

type Step =
  | { kind: "live"; seconds: number }
  | { kind: "arrive"; lb: string; stays: number }
  | { kind: "leave"; lb: string }
  | { kind: "miss"; lb: string; seconds: number }
  | { kind: "gone"; lb: string; seconds: number }
  | { kind: "reload"; lb: string; keeps: boolean }
  | { kind: "oldWorkersEnd" }
  | { kind: "human"; lb: string; adminState: AdminState }
  | { kind: "crash"; downSeconds: number }
  | { kind: "lost" }
  | { kind: "race"; lb: string }
  | { kind: "jump"; seconds: number }
  | { kind: "join"; stays: number }
  | { kind: "ask"; what: "ready" | "pause" | "resume" | "stop" | "leave" };

const calm: fc.Arbitrary<Step>[] = [
  fc.record({ kind: fc.constant("live" as const), seconds: fc.integer({ min: 1, max: 15 }) }),
  fc.record({ kind: fc.constant("arrive" as const), lb, stays: fc.integer({ min: 0, max: 2 }) }),
  fc.record({ kind: fc.constant("leave" as const), lb }),
  fc.record({ kind: fc.constant("miss" as const), lb, seconds: fc.integer({ min: 1, max: 14 }) }),
  fc.record({ kind: fc.constant("gone" as const), lb, seconds: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ kind: fc.constant("reload" as const), lb, keeps: fc.boolean() }),
  fc.constant({ kind: "oldWorkersEnd" as const }),
  fc.record({ kind: fc.constant("crash" as const), downSeconds: fc.integer({ min: 0, max: 30 }) }),
  fc.constant({ kind: "lost" as const }),
  fc.record({ kind: fc.constant("race" as const), lb }),
  fc.record({ kind: fc.constant("jump" as const), seconds: fc.constantFrom(-3_600, -30, -3, 3, 30, 3_600) }),
  fc.record({ kind: fc.constant("join" as const), stays: fc.integer({ min: 0, max: 2 }) }),
];
const asking = fc.record({
  kind: fc.constant("ask" as const),
  what: fc.constantFrom("ready" as const, "pause" as const, "resume" as const, "stop" as const, "leave" as const),
});
const human = fc.record({
  kind: fc.constant("human" as const),
  lb,
  adminState: fc.constantFrom("ready" as const, "drain" as const, "maint" as const),
});

const QUIET_MS = 10_000;
/** Longer than our own look, so that HAProxy's witness and what was seen before must do. */
const LONG_QUIET_MS = 60_000;

class Watched extends World {
  readonly #quietMs: number;
  /** mono time from which on a person has the say; null: never */
  takenOverMonoMs: number | null = null;
  everArrived = new Map<string, number>();
  /** mono time of the last sample with somebody in it */
  readonly #busyMonoMs = new Map<string, number>();

  /** where it was maint when the machine was free: lost there, it is set again without proof */
  readonly #shut = new Set<string>();

  constructor(showsTotals: boolean, quietMs = QUIET_MS, wasMaint = false) {
    super({ lbs: [...lbs], showsTotals, options: { quietMs } });
    this.#quietMs = quietMs;
    this.at(LATE).isListed = false;
    if (wasMaint) this.set("lb2", "maint");
    this.poll();
    this.onSend = (effect) => {
      if (effect.kind !== "set-state") throw new Error("no sessions may be ended under policy wait");
      if (this.takenOverMonoMs !== null) {
        throw new Error(`a human was fought: ${effect.adminState} on ${effect.lb} after a person decided`);
      }
      const { phase } = this.server();
      if (effect.adminState === "maint" && !this.#shut.has(effect.lb))
        this.#checkProof(phase === "returning" ? [effect.lb] : lbs);
      if (effect.adminState === "ready" && phase !== "returning") throw new Error(`ready sent in ${phase}`);
    };
  }

  /** Truth against the observation that the proof used. */
  #checkProof(names: readonly string[]): void {
    for (const one of this.lbs) {
      if (!names.includes(one.name) || !this.at(one.name).isListed) continue;
      const { head } = one.view;
      const row = one.view.servers.find((server) => server.id === "APP1/SRV1");
      if (head.error !== null || head.observedAtMs === null || this.nowMs - head.observedAtMs > 3_000) {
        throw new Error(`maint was sent while ${one.name} was not observed`);
      }
      if (row === undefined || row.scur + row.oldScur + row.qcur > 0)
        throw new Error(`maint was sent while ${one.name} showed sessions`);
      // What was observed is at most 3 s older than now; nobody came in the window before that observation.
      const arrived = this.everArrived.get(one.name);
      const observedMonoMs = this.monoMs - (this.nowMs - head.observedAtMs);
      // In the same instant the arrival came after the poll: a poll that saw it is decided on with it.
      if (arrived !== undefined && arrived < observedMonoMs && observedMonoMs - arrived < this.#quietMs) {
        throw new Error(`maint was sent ${observedMonoMs - arrived} ms after an arrival on ${one.name}`);
      }
      const busy = this.#busyMonoMs.get(one.name);
      if (busy !== undefined && observedMonoMs - busy < this.#quietMs) {
        throw new Error(`maint was sent ${observedMonoMs - busy} ms after ${one.name} showed somebody`);
      }
    }
  }

  /** Decides and sends, and remembers who was seen. */
  override run(how: Parameters<World["run"]>[0] = {}): ReturnType<World["run"]> {
    for (const { name, view } of this.lbs) {
      const row = view.servers.find((server) => server.id === "APP1/SRV1");
      const isNow = view.head.observedAtMs === this.nowMs && view.head.error === null;
      if (isNow && row !== undefined && row.scur + row.oldScur + row.qcur > 0) this.#busyMonoMs.set(name, this.monoMs);
    }
    const effects = super.run(how);
    const { phase, cells } = this.server();
    for (const { lb: name, confirmed } of Object.values(cells))
      if (phase === "maint" && confirmed?.adminState === "maint") this.#shut.add(name);
    if (phase === "returning") this.#shut.clear();
    return effects;
  }

  override arrive(name: string, id = "APP1/SRV1", stays = 0): boolean {
    if (!this.at(name, id).isListed) return false;
    const came = super.arrive(name, id, stays);
    if (came && id === "APP1/SRV1") this.everArrived.set(name, this.monoMs);
    return came;
  }
}

function play(world: Watched, step: Step): void {
  switch (step.kind) {
    case "live":
      world.live(step.seconds);
      return;
    case "arrive":
      world.arrive(step.lb, undefined, step.stays);
      return;
    case "leave":
      world.at(step.lb).scur = 0;
      return;
    case "miss":
    case "gone":
      if (step.kind === "gone") world.lb(step.lb).isReachable = false;
      for (let i = 0; i < step.seconds; i++) {
        world.pass();
        world.poll(step.kind === "gone" ? undefined : lbs.filter((name) => name !== step.lb));
        world.run();
      }
      world.lb(step.lb).isReachable = true;
      return;
    case "reload":
      world.reload(step.lb, step.keeps);
      return;
    case "oldWorkersEnd":
      for (const name of lbs) world.at(name).oldScur = 0;
      return;
    case "human":
      person(world, step.lb, step.adminState);
      return;
    case "crash":
      world.pass();
      world.poll();
      world.run({ crash: true });
      world.pass(step.downSeconds * 1_000);
      return;
    case "lost":
      world.pass();
      world.poll();
      world.run({ lost: true });
      return;
    case "race":
      world.pass();
      world.poll();
      world.run({
        delaySends: () => {
          world.arrive(step.lb, undefined, 1);
          world.poll();
        },
      });
      return;
    case "jump":
      world.nowMs += step.seconds * 1_000;
      return;
    case "join":
      if (world.at(LATE).isListed) return;
      world.at(LATE).isListed = true;
      world.arrive(LATE, undefined, step.stays);
      world.live(1);
      return;
    case "ask": {
      const kind = step.what;
      const asked =
        kind === "stop" || kind === "leave" ? { kind: "stop" as const, isLeft: kind === "leave" } : { kind };
      const result = request(world.job, asked, "ben", world.nowMs);
      if (result.kind === "ok") world.job = result.job;
      return;
    }
  }
}

/** Changes the state by hand where that is seen to differ from what the job has confirmed: from then on it is theirs. */
function person(world: Watched, name: string, adminState: AdminState): void {
  world.pass();
  world.poll();
  world.run();
  const cell = world.server().cells[name];
  const { confirmed, command } = cell ?? {};
  const isSettled =
    confirmed != null &&
    (command == null || (command.outcome === "done" && command.adminState === confirmed.adminState));
  const shown = world.at(name).adminState;
  if (cell === undefined || !isSettled || isFinal(world.server().phase) || confirmed.adminState !== shown) return;
  if (confirmed.process.pid !== world.lb(name).process.pid || adminState === shown) return;
  const isConflict = adminState !== wishOf(world.server(), cell);
  world.set(name, adminState);
  world.pass();
  world.poll();
  if (isConflict) world.takenOverMonoMs = world.monoMs;
  world.run();
  // A clock set back onto the very millisecond of an earlier sample may cost a poll, never a command.
  if (isConflict) world.live(3);
  if (isConflict) expect(world.server().phase).toBe("overridden");
}

test("[M90] random worlds: maint is never sent without proof, and a human is never fought", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(...calm, human, asking), { maxLength: 60 }),
      fc.boolean(),
      fc.boolean(),
      (steps, showsTotals, wasMaint) => {
        const world = new Watched(showsTotals, QUIET_MS, wasMaint);
        for (const step of steps) play(world, step);
        if (world.takenOverMonoMs !== null) expect(world.server().phase).toBe("overridden");
      },
    ),
    { numRuns: 400 },
  );
});

test("[M90] random worlds: a window longer than our own look is not shortened either", () => {
  // Sessions that came long ago and end, a clock that is set forward, and time: what the rest of a long window rests on.
  // (Set back and forward again within one window, it may lose as much as it was set forward.)
  const slow = calm
    .slice(0, 4)
    .concat([
      fc.record({ kind: fc.constant("arrive" as const), lb, stays: fc.constant(1) }),
      fc.record({ kind: fc.constant("crash" as const), downSeconds: fc.integer({ min: 0, max: 120 }) }),
      fc.record({ kind: fc.constant("jump" as const), seconds: fc.constantFrom(20, 30, 3_600) }),
    ]);
  fc.assert(
    fc.property(fc.array(fc.oneof(...slow), { minLength: 10, maxLength: 40 }), fc.boolean(), (steps, showsTotals) => {
      const world = new Watched(showsTotals, LONG_QUIET_MS);
      for (const step of steps) {
        play(world, step);
        world.live(10);
      }
    }),
    { numRuns: 300 },
  );
});

test("[M91] random worlds without people: no job is lost, no effect forgotten; it ends when the world calms down", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(...calm), { maxLength: 50 }),
      fc.boolean(),
      fc.boolean(),
      (steps, showsTotals, wasMaint) => {
        const world = new Watched(showsTotals, QUIET_MS, wasMaint);
        // A clock that was set back hides arrivals until it has caught up, where the fleet tells no totals: hours, then.
        const played = steps.filter((step) => showsTotals || step.kind !== "jump" || step.seconds > -3_600);
        for (const step of played) play(world, step);
        for (const name of lbs) Object.assign(world.at(name), { scur: 0, oldScur: 0 });
        const patience = 120 + 30 * played.filter((step) => step.kind === "jump").length;
        const reached = world.live(patience, () => world.server().phase === "maint");
        expect(
          reached,
          `stuck in ${world.server().phase}: ${world.server().note} ${JSON.stringify(world.server())}`,
        ).toBe(true);
        // A command that died with the app is looked up for ten seconds first.
        world.live(15);
        const carriers = lbs.filter((name) => world.at(name).isListed);
        for (const name of carriers) expect(world.at(name).adminState).toBe("maint");
        const result = request(world.job, { kind: "ready" }, "ben", world.nowMs);
        if (result.kind !== "ok") throw new Error(result.text);
        world.job = result.job;
        expect(world.live(120, () => world.server().phase === "done")).toBe(true);
        for (const name of carriers)
          expect(world.at(name).adminState).toBe(world.server().cells[name]?.before.adminState);
      },
    ),
    { numRuns: 300 },
  );
});

test("[M92] deciding twice on the same observation sends nothing twice", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(...calm), { maxLength: 30 }), (steps) => {
      const world = new Watched(true);
      for (const step of steps) play(world, step);
      world.run();
      expect(world.run()).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

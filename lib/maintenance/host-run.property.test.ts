// Random worlds against the rules of a run by host: three machines with two servers each, in two backends.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { AdminState } from "#lib/haproxy/admin-state.ts";
import type { Effect } from "./effect.ts";
import { hasTurn, isActive, isFinal, type ServerJob } from "./job.ts";
import { request } from "./requests.ts";
import { stepsOf } from "./run-step.ts";
import { World } from "./testing/world.ts";

const SERVERS = ["APP1/SRV1", "APP1/SRV2", "APP1/SRV3", "API/a1", "API/a2", "API/a3"] as const;
const HOSTS = {
  "10.0.0.1": ["APP1/SRV1", "API/a1"],
  "10.0.0.2": ["APP1/SRV2", "API/a2"],
  "10.0.0.3": ["APP1/SRV3", "API/a3"],
};
const lbs = ["lb1", "lb2"] as const;
const lb = fc.constantFrom(...lbs);
const id = fc.constantFrom(...SERVERS);

type Step =
  | { kind: "live"; seconds: number }
  | { kind: "arrive"; lb: string; id: string; stays: number }
  | { kind: "leave"; lb: string; id: string }
  | { kind: "gone"; lb: string; seconds: number }
  | { kind: "reload"; lb: string; keeps: boolean }
  | { kind: "crash"; downSeconds: number }
  | { kind: "lost" }
  | { kind: "human"; lb: string; id: string; adminState: AdminState }
  | { kind: "ask"; what: "ready" | "pause" | "resume" | "stop"; id: string | null };

const calm: fc.Arbitrary<Step>[] = [
  fc.record({ kind: fc.constant("live" as const), seconds: fc.integer({ min: 1, max: 15 }) }),
  fc.record({ kind: fc.constant("arrive" as const), lb, id, stays: fc.integer({ min: 0, max: 2 }) }),
  fc.record({ kind: fc.constant("leave" as const), lb, id }),
  fc.record({ kind: fc.constant("gone" as const), lb, seconds: fc.integer({ min: 1, max: 20 }) }),
  fc.record({ kind: fc.constant("reload" as const), lb, keeps: fc.boolean() }),
  fc.record({ kind: fc.constant("crash" as const), downSeconds: fc.integer({ min: 0, max: 20 }) }),
  fc.constant({ kind: "lost" as const }),
];
const people: fc.Arbitrary<Step>[] = [
  fc.record({
    kind: fc.constant("human" as const),
    lb,
    id,
    adminState: fc.constantFrom("ready" as const, "drain" as const, "maint" as const),
  }),
  fc.record({
    kind: fc.constant("ask" as const),
    what: fc.constantFrom("ready" as const, "pause" as const, "resume" as const, "stop" as const),
    id: fc.option(id, { nil: null }),
  }),
];

class Machines extends World {
  #turnsBefore = new Set<string>();

  constructor(concurrency: number) {
    super({ servers: [...SERVERS], hosts: HOSTS, options: { quietMs: 2_000, concurrency } });
    this.minimums = { APP1: 1, API: 1 };
  }

  override run(how: Parameters<World["run"]>[0] = {}): Effect[] {
    const effects = super.run(how);
    this.check();
    return effects;
  }

  check(): void {
    const steps = stepsOf(this.job);
    const active = steps.filter((step) => step.some((server) => isActive(server.phase)));
    if (active.length > this.job.options.concurrency) throw new Error(`${active.length} hosts are out at once`);
    for (const step of steps) this.#checkStep(step);
    this.#turnsBefore = new Set(this.job.servers.filter(hasTurn).map((server) => server.id));
  }

  #checkStep(step: readonly ServerJob[]): void {
    const what = JSON.stringify(step.map(({ id, phase, goal, yourTurnAtMs }) => ({ id, phase, goal, yourTurnAtMs })));
    const open = step.filter((server) => !isFinal(server.phase));
    if (new Set(step.map((server) => server.drainStartedAtMs)).size > 1) throw new Error(`not out together: ${what}`);
    const turns = open.filter(hasTurn);
    if (turns.length > 0 && turns.length < open.length) throw new Error(`half a turn: ${what}`);
    const returning = open.filter((server) => server.goal === "return");
    if (returning.length > 0 && returning.length < open.length) throw new Error(`half a return: ${what}`);
    if (turns.length === 0 || turns.every((server) => this.#turnsBefore.has(server.id))) return;
    if (turns.length < step.length) throw new Error(`a turn without a part of the machine: ${what}`);
    for (const server of step) {
      for (const { view, name } of this.lbs) {
        const row = view.servers.find((one) => one.id === server.id);
        const isFree = row?.adminBits === 1 && row.scur + row.qcur + row.oldScur === 0;
        if (!isFree || view.head.error !== null) throw new Error(`a turn, but ${server.id} is not free on ${name}`);
      }
    }
  }
}

function play(world: Machines, step: Step): void {
  switch (step.kind) {
    case "live":
      world.live(step.seconds);
      return;
    case "arrive":
      world.arrive(step.lb, step.id, step.stays);
      return;
    case "leave":
      Object.assign(world.at(step.lb, step.id), { scur: 0, oldScur: 0 });
      return;
    case "gone":
      world.lb(step.lb).isReachable = false;
      world.live(step.seconds);
      world.lb(step.lb).isReachable = true;
      return;
    case "reload":
      world.reload(step.lb, step.keeps);
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
    case "human":
      world.set(step.lb, step.adminState, step.id);
      return;
    case "ask":
      ask(world, step.what, step.id);
      return;
  }
}

function ask(world: Machines, what: "ready" | "pause" | "resume" | "stop", server: string | null): void {
  const servers = server === null ? {} : { servers: [server] };
  const asked = what === "stop" ? { kind: what, isLeft: false, ...servers } : { kind: what, ...servers };
  const result = request(world.job, asked, "ben", world.nowMs);
  if (result.kind === "ok") world.job = result.job;
  world.check();
}

const concurrency = fc.integer({ min: 1, max: 2 });

test("[M112] [M114] [M115] random worlds: never more hosts than allowed, never half a host, no turn that is not free", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(...calm, ...people), { maxLength: 60 }), concurrency, (steps, k) => {
      const world = new Machines(k);
      for (const step of steps) play(world, step);
    }),
    { numRuns: 400 },
  );
});

test("[M91] [M112] random worlds without people: every host has its turn and returns when the world calms down", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(...calm), { maxLength: 40 }), concurrency, (steps, k) => {
      const world = new Machines(k);
      for (const step of steps) play(world, step);
      for (const name of lbs) for (const one of SERVERS) Object.assign(world.at(name, one), { scur: 0, oldScur: 0 });
      for (let i = 0; i < 900 && world.job.closedAtMs === null; i++) {
        // Users come to whoever is back.
        for (const { id, phase } of world.job.servers)
          for (const name of lbs)
            if (phase === "returning" && world.at(name, id).adminState === "ready") world.arrive(name, id);
        world.live(1);
        if (world.job.servers.some(hasTurn)) ask(world, "ready", null);
      }
      expect(world.job.servers.map((server) => server.phase)).toEqual(Array(SERVERS.length).fill("done"));
    }),
    { numRuns: 40 },
  );
});

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { mergeFleet } from "#lib/fleet/merge.ts";
import { makePlan, type PlanInput, unconfirmed, withOverride } from "./plan.ts";
import { scriptOf } from "./script.ts";
import { baseOptions, World } from "./testing/world.ts";
import { defaultQuietWindow } from "./window.ts";

function planOf(world: World, input: Partial<PlanInput> = {}) {
  const result = makePlan(
    {
      servers: ["APP1/SRV1"],
      by: "server",
      options: baseOptions,
      fleet: mergeFleet(null, world.seen().views, world.nowMs, world.minimums),
      minimums: world.minimums,
      leaving: [],
      peaks: new Map(),
      taken: new Map(),
      ...input,
    },
    world.nowMs,
  );
  return result;
}
const mustPlan = (...args: Parameters<typeof planOf>) => {
  const result = planOf(...args);
  if (result.kind !== "plan") throw new Error(result.problems.join());
  return result.plan;
};

test("[M97] the exact commands of each load balancer in order, and the undo", () => {
  const plan = mustPlan(new World());
  expect(plan.plan).toHaveLength(2);
  expect(plan.plan[0]).toEqual({
    lb: "lb1",
    address: "/run/lb1.sock",
    steps: [
      { server: "APP1/SRV1", when: "at once", line: "set server APP1/SRV1 state drain" },
      { server: "APP1/SRV1", when: "when quiet", line: "set server APP1/SRV1 state maint" },
      { server: "APP1/SRV1", when: "when you say so", line: "set server APP1/SRV1 state drain" },
      { server: "APP1/SRV1", when: "when its check is clean", line: "set server APP1/SRV1 state ready" },
    ],
    undo: ["set server APP1/SRV1 state ready"],
  });
});

test("[M97] what the plan says is what a run sends", () => {
  const world = new World();
  const plan = mustPlan(world);
  world.live(60, () => world.server().phase === "maint");
  const sent = world.sent
    .filter(({ effect }) => effect.lb === "lb1")
    .map(({ effect }) => (effect.kind === "set-state" ? effect.adminState : ""));
  expect(plan.plan[0]?.steps.slice(0, 2).map((step) => step.line.split(" ").at(-1))).toEqual(sent);
});

test("[M97] undo is not always ready: a server in maint is left alone, one in drain goes back to drain", () => {
  const world = new World();
  world.set("lb1", "maint");
  world.set("lb2", "drain");
  world.poll();
  const plan = mustPlan(world);
  expect(plan.plan.map((lb) => lb.undo)).toEqual([
    ["set server APP1/SRV1 state maint"],
    ["set server APP1/SRV1 state drain"],
  ]);
  expect(plan.plan[0]?.steps).toEqual([]);
  expect(plan.plan[1]?.steps.map((step) => step.line.split(" ").at(-1))).toEqual(["maint", "drain"]);
});

describe("[M98] impact", () => {
  test("servers left on the worst load balancer, their sessions now and at the peak against maxconn", () => {
    const world = new World();
    world.at("lb2", "APP1/SRV4").isDead = true;
    world.at("lb2", "APP1/SRV4").health = 0;
    world.at("lb2").scur = 30;
    world.at("lb2", "APP1/SRV2").scur = 10;
    world.poll();
    for (const row of world.lb("lb2").view.servers) Object.assign(row, { slim: 40 });
    const peaks = new Map([["APP1", new Map([["lb2", { sessions: 200, atMs: 1 }]])]]);
    const plan = mustPlan(world, { peaks });
    expect(plan.impact).toHaveLength(1);
    expect(plan.impact[0]).toMatchObject({
      backend: "APP1",
      worstLb: "lb2",
      takingNow: 3,
      takingThen: 2,
      capacity: 4,
      minimum: 2,
    });
    expect(plan.impact[0]?.staying).toEqual([
      { server: "SRV2", sessionsNow: 10, maxconn: 40, sessionsThen: 25, atPeak: 100 },
      { server: "SRV3", sessionsNow: 0, maxconn: 40, sessionsThen: 15, atPeak: 100 },
    ]);
    expect(plan.warnings.filter((warning) => warning.code === "over-maxconn").map(({ message }) => message)).toEqual([
      "APP1/SRV2 would carry 100 sessions at the day's peak on lb2, over its maxconn of 40; users above it wait in the queue.",
      "APP1/SRV3 would carry 100 sessions at the day's peak on lb2, over its maxconn of 40; users above it wait in the queue.",
    ]);
    expect(unconfirmed(plan)).toEqual([]);
  });
  test("below the minimum, and the last server: to be confirmed, with numbers", () => {
    const world = new World();
    const servers = ["APP1/SRV1", "APP1/SRV2", "APP1/SRV3", "APP1/SRV4"];
    const three = mustPlan(world, { servers, options: { ...baseOptions, concurrency: 3 } });
    expect(unconfirmed(three).map((warning) => warning.message)).toEqual([
      "This leaves APP1 with 1 of 4 taking new users on lb1, below its minimum of 2. Fewer at once keeps it.",
    ]);
    expect(withOverride(baseOptions, three).ignoreMinimum).toBe(true);
    const all = mustPlan(world, { servers, options: { ...baseOptions, concurrency: 4 } });
    expect(unconfirmed(all)[0]).toMatchObject({
      code: "last-server",
      message: "This leaves APP1 without any server for new users on lb1.",
    });
    expect(unconfirmed(mustPlan(world, { servers }))).toEqual([]);
  });
  test("over maxconn already: what it would carry now and at the day's peak are told apart", () => {
    const world = new World();
    Object.assign(world.at("lb1"), { scur: 200 });
    world.poll();
    for (const row of world.lb("lb1").view.servers) Object.assign(row, { slim: 40 });
    const peaks = new Map([["APP1", new Map([["lb1", { sessions: 900, atMs: world.nowMs }]])]]);
    const over = (input: Partial<PlanInput>) =>
      mustPlan(world, input).warnings.filter((warning) => warning.code === "over-maxconn")[0]?.message;
    expect(over({})).toMatch(/would carry \d+ sessions now on lb1, over its maxconn/);
    expect(over({ peaks })).toMatch(/would carry \d+ sessions now and \d+ sessions at the day's peak on lb1, over/);
  });
  test("confirming a queue does not switch the minimum off", () => {
    const world = new World();
    world.at("lb1").qcur = 3;
    world.poll();
    const plan = mustPlan(world);
    expect(unconfirmed(plan).map((warning) => warning.code)).toEqual(["queue"]);
    expect(withOverride(baseOptions, plan).ignoreMinimum).toBe(false);
  });
  test("servers of other jobs count as gone", () => {
    expect(mustPlan(new World(), { leaving: ["APP1/SRV3"] }).impact[0]).toMatchObject({ takingNow: 3, takingThen: 2 });
  });
});

describe("[M95] refused with sentences, nothing planned by half", () => {
  test("unknown servers and load balancers, a server on one load balancer only, a server that is taken", () => {
    const world = new World();
    world.at("lb2").isListed = false;
    world.poll();
    expect(planOf(world, { servers: ["APP1/SRV9", "NOPE/X"] })).toEqual({
      kind: "refused",
      code: "unknown-name",
      problems: [
        "no load balancer has a server APP1/SRV9; APP1 has SRV1, SRV2, SRV3 and SRV4",
        "no load balancer has a server NOPE/X; there are the backends APP1",
      ],
    });
    expect(planOf(world, { options: { ...baseOptions, loadBalancers: ["lb2", "lb7"] } })).toMatchObject({
      problems: [
        'there is no load balancer "lb7"; there are lb1 and lb2',
        'load balancer "lb2" has no server APP1/SRV1; lb1 has it',
      ],
    });
    const taken = new Map([["APP1/SRV1", { maintenanceId: "m0", who: "ben", sinceMs: world.nowMs - 720_000 }]]);
    expect(planOf(world, { taken })).toMatchObject({
      code: "conflict",
      problems: ["APP1/SRV1 is in maintenance m0 of ben, for 12 min now"],
    });
  });
});

describe("the shell script", () => {
  test("[M99] is a shell script that sends the plan's lines to each socket in order, and quotes every word", () => {
    const world = new World();
    const plan = mustPlan(world);
    for (const lb of plan.plan) lb.address = `/run/it's $(rm)/${lb.lb}.sock`;
    const dir = mkdtempSync(join(tmpdir(), "script-"));
    try {
      const path = join(dir, "plan.sh");
      writeFileSync(path, scriptOf(plan, baseOptions));
      writeFileSync(join(dir, "socat"), `#!/bin/sh\nprintf '%s | ' "$4" >> "${dir}/out"\ncat >> "${dir}/out"\n`, {
        mode: 0o755,
      });
      execFileSync("/bin/sh", [path], {
        env: { ...process.env, PATH: `${dir}:${process.env.PATH}` },
        input: "\n".repeat(20),
        stdio: "pipe",
      });
      const sent = readFileSync(join(dir, "out"), "utf8").trim().split("\n");
      expect(sent).toEqual(
        ["drain", "maint", "drain", "ready"].flatMap((state) =>
          ["lb1", "lb2"].map((lb) => `UNIX-CONNECT:/run/it's $(rm)/${lb}.sock | set server APP1/SRV1 state ${state}`),
        ),
      );
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

test("[M85] the default quiet window follows the persistence and says why", () => {
  const about = { cookie: "", mode: "http", algo: "roundrobin", stickTable: null };
  expect(defaultQuietWindow({ ...about, cookie: "SRVID" })).toMatchObject({
    quietMs: 30_000,
    why: expect.stringContaining("cookie SRVID"),
  });
  expect(defaultQuietWindow({ ...about, stickTable: true })).toMatchObject({
    quietMs: 30_000,
    why: expect.stringContaining("stick table"),
  });
  expect(defaultQuietWindow(about)).toMatchObject({
    quietMs: 30_000,
    why: expect.stringContaining("a stick table may send users back"),
  });
  expect(defaultQuietWindow({ ...about, stickTable: false })).toMatchObject({
    quietMs: 10_000,
    why: expect.stringContaining("No persistence cookie and no stick table"),
  });
  expect(defaultQuietWindow({ ...about, stickTable: false, mode: "tcp" })).toMatchObject({ quietMs: 10_000 });
  expect(defaultQuietWindow({ ...about, algo: "" })).toMatchObject({
    quietMs: 30_000,
    why: expect.stringContaining("level hides"),
  });
});

test("[M100] a socket that may only show, and several processes behind one address, refuse the start", () => {
  const world = new World();
  const { views } = world.seen();
  const withHead = (head: object) =>
    mergeFleet(null, [{ ...views[0]!, head: { ...views[0]!.head, ...head } }, views[1]!], world.nowMs, world.minimums);
  for (const [head, words] of [
    [{ level: "operator" }, /The socket of lb1 has level operator/],
    [{ nbproc: 2 }, /lb1 runs 2 processes/],
  ] as const) {
    const fleet = withHead(head);
    const result = planOf(world, { fleet });
    expect(result).toMatchObject({ kind: "refused", code: "guard", problems: [expect.stringMatching(words)] });
    expect(planOf(world, { fleet, options: { ...baseOptions, loadBalancers: ["lb2"] } }).kind).toBe("plan");
  }
});

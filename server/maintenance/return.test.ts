// The way back on real HAProxy: no user meets a dead or a cold server, and what was before is there again.
import { describe, expect, onTestFinished, test } from "vitest";
import { haproxyBinaries } from "#lab/binaries.ts";
import { APP_PORT, FAST_CHECK } from "#lab/configs.ts";
import { until } from "#lab/net.ts";
import { startOrigin, visit } from "#lab/origins.ts";
import type { TestApp } from "#server/testing.ts";
import {
  arrive,
  ask,
  bitsOf,
  cookieOf,
  reaches,
  record,
  SRV1,
  type Stage,
  start,
  startApp,
  startStage,
  summary,
} from "./testing/stage.ts";

async function outAndYourTurn(app: TestApp, stage: Stage): Promise<string> {
  const id = await start(app, {});
  await reaches(app, id, "maint");
  expect(await bitsOf(stage)).toEqual([1, 1]);
  return id;
}

interface Newcomers {
  /** answers so far, by HTTP status; 0: no answer at all */
  seen(): Record<number, number>;
  stop(): Promise<void>;
}

/** New users without a cookie on every load balancer, one after the other, as fast as they are served. */
function newcomers(stage: Stage): Newcomers {
  const seen: Record<number, number> = {};
  let isOpen = true;
  const lives = stage.lbs.map(async (lb) => {
    while (isOpen) {
      const status = await visit(lb.port(APP_PORT)).then(
        (answer) => answer.status,
        () => 0,
      );
      seen[status] = (seen[status] ?? 0) + 1;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  });
  const stop = async () => {
    isOpen = false;
    await Promise.all(lives);
  };
  onTestFinished(stop);
  return { seen: () => ({ ...seen }), stop };
}

const commandsOf = (lines: readonly string[]) => lines.filter((line) => line.startsWith("command: "));

describe.each(haproxyBinaries())("HAProxy $version", ({ bin }) => {
  test("[M53] slowstart is kept: the effective weight climbs, and it is done only at the full one", async () => {
    const stage = await startStage({ bin, serverOptions: `weight 100 slowstart 8s ${FAST_CHECK}` });
    const app = await startApp(stage);
    const id = await outAndYourTurn(app, stage);
    const weights: Record<string, number[]> = { lb1: [], lb2: [] };
    const early: string[] = [];
    app.app.fleet.onPublish((lb, { after }) => {
      const row = after.servers.find((one) => one.id === SRV1);
      if (row === undefined || row.adminBits !== 0) return;
      const list = weights[lb] ?? [];
      if (list.at(-1) !== row.weight) list.push(row.weight);
      const phase = app.app.maintenances.recent().find((one) => one.id === id)?.phase;
      if (row.weight < 100 && phase !== "returning") early.push(`${phase} at weight ${row.weight} on ${lb}`);
    });
    const users = newcomers(stage);
    await ask(app, id, "ready");
    const ramping = await until("the ramp is said", async () => {
      const job = await summary(app, id);
      return job.servers[0]?.heldBecause?.code === "ramp" && job;
    });
    expect(ramping.servers[0]?.heldBecause?.text).toMatch(/^Slowstart on lb[12]: weight \d+ of 100\.$/);
    await reaches(app, id, "done", SRV1, 30_000);
    await users.stop();
    expect(early).toEqual([]);
    for (const list of Object.values(weights)) {
      expect(list.at(-1)).toBe(100);
      expect(list.length, `weights seen: ${list}`).toBeGreaterThan(3);
      expect(
        list.toSorted((a, b) => a - b),
        "it never falls",
      ).toEqual(list);
    }
    expect(Object.keys(users.seen())).toEqual(["200"]);
  });
});

test("[M50] dead on return: checks resume without new users, no ready while it is down, nobody sees an error", async () => {
  const stage = await startStage();
  const app = await startApp(stage);
  const [origin] = stage.origins;
  if (origin === undefined) throw new Error("no origin");
  const id = await outAndYourTurn(app, stage);
  // Reboot: nobody listens any more.
  await origin.stop();
  const users = newcomers(stage);
  // They were on it before and come back while it is in maint: another server takes them, for good.
  const moved = await Promise.all(
    stage.lbs.map(async (lb) =>
      arrive(lb.port(APP_PORT), 100, (await visit(lb.port(APP_PORT), "/", cookieOf(SRV1))).cookies),
    ),
  );
  await ask(app, id, "ready");
  const held = await until("it says what is missing", async () => {
    const { servers } = await summary(app, id);
    const hold = servers[0]?.heldBecause;
    return hold?.code === "check" && /: DOWN/.test(hold.text) && hold;
  });
  expect(held.text).toMatch(/^APP1\/SRV1 stays in drain on lb[12] until its check is clean: DOWN, .*L4CON/);
  const before = users.seen()[200] ?? 0;
  await until("many more users came", () => (users.seen()[200] ?? 0) > before + 100);
  expect(await bitsOf(stage)).toEqual([8, 8]);
  expect((await summary(app, id)).phase).toBe("returning");
  expect(commandsOf(await record(app, id)).filter((line) => line.includes("state ready"))).toEqual([]);

  const again = await startOrigin("origin1", { port: origin.port });
  onTestFinished(() => again.stop());
  await reaches(app, id, "done");
  await users.stop();
  expect(Object.keys(users.seen())).toEqual(["200"]);
  expect(moved.map((one) => one.lost())).toEqual([0, 0]);
  expect(again.requests()).toBeGreaterThan(0);
  expect(await bitsOf(stage)).toEqual([0, 0]);
  const lines = await record(app, id);
  for (const lb of ["lb1", "lb2"]) {
    const story = [
      `command: ${lb}: set server APP1/SRV1 state drain: done`,
      `note: The check of APP1/SRV1 is clean on ${lb}`,
      `command: ${lb}: set server APP1/SRV1 state ready: done`,
    ].map((words) => lines.findLastIndex((line) => line.startsWith(words)));
    expect(story, lines.join("\n")).toEqual(story.toSorted((a, b) => a - b));
    expect(story).not.toContain(-1);
  }
  expect((await summary(app, id)).servers[0]?.note).toBe("APP1/SRV1 is back.");
});

test("it dies after ready was sent: the job stays returning and says so until the check passes again", async () => {
  const stage = await startStage();
  const app = await startApp(stage);
  const id = await outAndYourTurn(app, stage);
  await ask(app, id, "ready");
  await until("ready", async () => (await bitsOf(stage)).every((bits) => bits === 0));
  stage.origins[0]?.setHealthy(false);
  await until("it is said", async () => {
    const { servers } = await summary(app, id);
    return /is ready on lb[12], but its check fails: DOWN.* L7STS/.test(servers[0]?.heldBecause?.text ?? "");
  });
  expect((await summary(app, id)).phase).toBe("returning");
  const commands = commandsOf(await record(app, id));
  stage.origins[0]?.setHealthy(true);
  const users = newcomers(stage);
  await reaches(app, id, "done");
  await users.stop();
  expect(commandsOf(await record(app, id))).toEqual(commands);
});

test("[M52] a server without check goes straight to ready, and the plan and the record say that nothing proves it", async () => {
  const stage = await startStage({ serverOptions: "" });
  const app = await startApp(stage);
  const plan = await app.rest("POST", "/api/v1/maintenances", { servers: [SRV1], dryRun: true });
  expect(plan.body.plan[0].steps.map((step: { line: string }) => step.line.split(" ").at(-1))).toEqual([
    "drain",
    "maint",
    "ready",
  ]);
  expect(plan.body.warnings).toContainEqual(
    expect.objectContaining({ code: "unproven-health", severity: "note", lb: "lb1" }),
  );
  const id = await outAndYourTurn(app, stage);
  const users = newcomers(stage);
  await ask(app, id, "ready");
  await reaches(app, id, "done");
  await users.stop();
  expect(await bitsOf(stage)).toEqual([0, 0]);
  const lines = await record(app, id);
  expect(lines).toContain("note: lb1 has no check on APP1/SRV1: nothing proves that it is well.");
  for (const lb of ["lb1", "lb2"]) {
    const sent = commandsOf(lines).filter((line) => line.startsWith(`command: ${lb}`));
    expect(sent.map((line) => /state (\w+): done/.exec(line)?.[1])).toEqual(["drain", "maint", "ready"]);
  }
});

test("[M55] a weight set at run time is kept, 50% and 0% alike, and the end says that 0 takes no new users", async () => {
  const stage = await startStage({ serverOptions: `weight 100 ${FAST_CHECK}` });
  await stage.lbs[0].ask(`set weight ${SRV1} 50%`);
  await stage.lbs[1].ask(`set weight ${SRV1} 0%`);
  const app = await startApp(stage);
  const id = await outAndYourTurn(app, stage);
  const users = newcomers(stage);
  await ask(app, id, "ready");
  const done = await reaches(app, id, "done");
  await users.stop();
  expect(await bitsOf(stage)).toEqual([0, 0]);
  const weights = await Promise.all(stage.lbs.map((lb) => lb.ask(`get weight ${SRV1}`)));
  expect(weights.map((text) => text.trim())).toEqual(["50 (initial 100)", "0 (initial 100)"]);
  expect(done.servers[0]?.note).toBe(
    "APP1/SRV1 is back. On lb2 its weight is 0 as before: it takes no new users. No session was seen yet on lb2.",
  );
});

test("[M23] [M55] undo is not ready: where it was maint or drain before, it is so again", async () => {
  const stage = await startStage();
  await stage.lbs[0].ask("set server APP1/SRV1 state drain");
  await stage.lbs[1].ask("set server APP1/SRV1 state maint");
  const app = await startApp(stage);
  const id = await start(app, {});
  await reaches(app, id, "maint");
  expect(await bitsOf(stage)).toEqual([1, 1]);
  await ask(app, id, "ready");
  const done = await reaches(app, id, "done");
  expect(await bitsOf(stage)).toEqual([8, 1]);
  expect(done.servers[0]?.note).toBe(
    "APP1/SRV1 is back. On lb1 it was drain before and is so again. On lb2 it was maint before and is so again.",
  );
  const commands = commandsOf(await record(app, id));
  expect(commands.filter((line) => line.includes("state ready") || line.startsWith("command: lb2"))).toEqual([]);
});

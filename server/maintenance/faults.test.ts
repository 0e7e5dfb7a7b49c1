// What happens in between: reloads, people and other tools, a load balancer that goes away.
import { describe, expect, test } from "vitest";
import { haproxyBinaries } from "#lab/binaries.ts";
import { APP_PORT } from "#lab/configs.ts";
import { ask as askHaproxy, until } from "#lab/net.ts";
import { openTunnel } from "#lab/origins.ts";
import { addSomeone } from "#server/auth/testing/someone.ts";
import {
  arrive,
  ask,
  bitsOf,
  cookieOf,
  reaches,
  record,
  SRV1,
  start,
  startApp,
  startStage,
  summary,
} from "./testing/stage.ts";

describe.each(haproxyBinaries())("HAProxy $version", ({ bin }) => {
  test("[M15] [M16] a reload in mid-drain: drained again, and the old process's session counts until it ends", async () => {
    const stage = await startStage({ bin, masterWorker: true });
    const app = await startApp(stage);
    const [lb1] = stage.lbs;
    const tunnel = await openTunnel(lb1.port(APP_PORT), "/socket", cookieOf(SRV1));
    const id = await start(app, {});
    await until("drained on both", async () => (await bitsOf(stage)).every((bits) => bits === 8));
    await lb1.reload();
    await until("drained again", async () => (await lb1.adminBits(SRV1)) === 8);
    await until("it is said", async () => (await record(app, id)).some((line) => line.startsWith("reapplied: ")));
    await until("the old process's session is counted", async () => {
      const cell = (await summary(app, id)).servers[0]!.perLoadBalancer.find((one) => one.lb === "lb1");
      return cell?.isFresh && cell.sessions === 1;
    });
    expect((await summary(app, id)).phase).toBe("draining");
    tunnel.close();
    await reaches(app, id, "maint");
    const audit = await app.app.store.audit.list({ limit: 100, server: SRV1 });
    const drains = audit.filter((row) => row.kind === "intent" && row.lb === "lb1" && row.command?.endsWith("drain"));
    expect(drains.length).toBe(2);
  });

  test("[M36] tunnels first, in this and in the old process", async () => {
    const stage = await startStage({ bin, masterWorker: true });
    const app = await startApp(stage);
    const [lb1] = stage.lbs;
    await openTunnel(lb1.port(APP_PORT), "/socket", cookieOf(SRV1));
    await lb1.reload();
    await openTunnel(lb1.port(APP_PORT), "/socket", cookieOf(SRV1));
    await until("the old process's session is seen", () => app.app.fleet.poller("lb1")?.row(SRV1)?.oldScur === 1);
    const id = await start(app, { deadline: "1s", atDeadline: "end-sessions" });
    await reaches(app, id, "maint");
    expect(stage.origins[0]!.tunnels()).toBe(0);
    const words = /1 tunnel ended\. 1 session in old processes ended\. 2 before/;
    await until("the record has it", async () => (await record(app, id)).some((line) => words.test(line)));
  });
});

test("[M22] maint that a restart lost while the machine is worked on is set again", async () => {
  const stage = await startStage();
  const app = await startApp(stage);
  const id = await start(app, {});
  await reaches(app, id, "maint");
  await stage.lbs[1].restart();
  await until("maint again", async () => (await stage.lbs[1].adminBits(SRV1)) === 1);
  expect((await summary(app, id)).phase).toBe("maint");
  const audit = await app.app.store.audit.list({ limit: 100, server: SRV1 });
  expect(audit.find((row) => row.kind === "outcome" && row.lb === "lb2")).toMatchObject({
    outcome: "done",
    after: "maint",
  });
});

test("[M40] another tool sets ready: the job stops as overridden, says what it saw and leaves the rest", async () => {
  const stage = await startStage();
  const app = await startApp(stage);
  await arrive(stage.lbs[0].port(APP_PORT), 300, cookieOf(SRV1));
  const id = await start(app, {});
  await until("drained on both", async () => (await bitsOf(stage)).every((bits) => bits === 8));
  await until(
    "confirmed",
    async () => (await record(app, id)).filter((line) => line.startsWith("command:")).length === 2,
  );
  await askHaproxy(stage.lbs[0].adminSocket, `set server ${SRV1} state ready`);
  const over = await reaches(app, id, "overridden");
  expect(over.phase).toBe("overridden");
  expect(over.servers[0]!.note).toMatch(/lb1.*ready.*drain on lb2/);
  expect(await bitsOf(stage)).toEqual([0, 8]);
});

test("a click on a server of one's own job asks first; confirmed, it outranks the job", async () => {
  const stage = await startStage();
  const app = await startApp(stage);
  const id = await start(app, {});
  await reaches(app, id, "maint");
  const asked = await app.rest("PUT", "/api/v1/servers/APP1/SRV1/admin-state", { adminState: "ready" });
  expect(asked.status, asked.text).toBe(409);
  expect(asked.text).toContain("Setting it by hand ends that maintenance");
  const body = { adminState: "ready", override: true };
  const set = await app.rest("PUT", "/api/v1/servers/APP1/SRV1/admin-state", body);
  expect(set.status, set.text).toBe(200);
  const over = await reaches(app, id, "overridden");
  expect(over.servers[0]!.note).toContain("Changed elsewhere too: ready on lb2.");
  expect(await bitsOf(stage)).toEqual([0, 0]);
});

test("another operator's click is refused with who has it and since when; with override it outranks the job", async () => {
  const stage = await startStage();
  const app = await startApp(stage);
  const id = await start(app, { quiet: "1m", reason: "kernel" });
  await until("drained on both", async () => (await bitsOf(stage)).every((bits) => bits === 8));
  const { actor } = await addSomeone(app.app.store, { name: "kim", role: "operator" });
  const call = { actor, requestId: "r7", via: "rest", remoteAddress: null } as const;
  const click = { server: SRV1, adminState: "ready" };
  const said = new RegExp(`admin token has ${SRV1} in maintenance ${id} since \\d\\d:\\d\\d:\\d\\d \\(kernel\\)`);
  await expect(app.app.commands.setState(call, click)).rejects.toMatchObject({
    code: "guard",
    message: expect.stringMatching(said),
  });
  expect(await bitsOf(stage)).toEqual([8, 8]);
  expect((await summary(app, id)).phase).toBe("draining");
  const denied = (await app.app.store.audit.list({ limit: 20 })).find((row) => row.outcome === "denied");
  expect(denied).toMatchObject({ actorName: "kim", answer: expect.stringMatching(said) });
  await app.app.commands.setState(call, { ...click, override: true });
  await reaches(app, id, "overridden");
  expect(await bitsOf(stage)).toEqual([0, 0]);
});

test("[M30] one load balancer stopped: it holds and says which; started again it goes on, drained anew", async () => {
  const stage = await startStage();
  const app = await startApp(stage);
  const id = await start(app, { quiet: "2s" });
  await until("drained on both", async () => (await bitsOf(stage)).every((bits) => bits === 8));
  await stage.lbs[1].stop();
  const held = await until("it holds", async () => {
    const hold = (await summary(app, id)).servers[0]!.heldBecause;
    return hold?.code === "stale" ? hold : null;
  });
  expect(held).toMatchObject({
    lb: "lb2",
    text: expect.stringContaining("lb2 does not answer"),
    sinceMs: expect.any(Number),
  });
  expect(await stage.lbs[0].adminBits(SRV1)).toBe(8);
  await stage.lbs[1].start();
  await reaches(app, id, "maint");
  expect(await bitsOf(stage)).toEqual([1, 1]);
  const lines = await record(app, id);
  expect(lines.findIndex((line) => line.startsWith("held: lb2"))).toBeLessThan(
    lines.findIndex((line) => line.startsWith("released: ")),
  );
});

test("[M31] paused it stays where it is; resumed it goes on", async () => {
  const stage = await startStage();
  const app = await startApp(stage);
  const id = await start(app, { quiet: "1s" });
  await ask(app, id, "pause", { reason: "phone" });
  await until("it holds", async () => (await summary(app, id)).servers[0]!.heldBecause?.code === "paused");
  expect((await summary(app, id)).paused).toMatchObject({ who: "admin token", why: "phone" });
  await ask(app, id, "resume");
  await reaches(app, id, "maint");
});

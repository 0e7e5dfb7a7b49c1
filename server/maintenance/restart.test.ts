// The app goes away in each phase, politely and by kill -9, and goes on from what it finds.
import { expect, onTestFinished, test } from "vitest";
import { APP_PORT } from "#lab/configs.ts";
import { startHoldProxy } from "#lab/hold-proxy.ts";
import { until } from "#lab/net.ts";
import { tempDir } from "#server/store/testing/temp-dir.ts";
import { startChild } from "#server/testing/child.ts";
import { ADMIN_TOKEN } from "#server/testing.ts";
import {
  arrive,
  ask,
  bitsOf,
  cookieOf,
  reaches,
  record,
  restOf,
  SRV1,
  start,
  startApp,
  startStage,
  summary,
} from "./testing/stage.ts";

test("[M91] kill -9 in each phase, and a start again: nothing is lost, nobody loses their session", async () => {
  const stage = await startStage();
  const dir = tempDir();
  onTestFinished(() => dir[Symbol.dispose]());
  const lbs = Object.entries(stage.addresses).flatMap(([name, address]) => ["--lb", `${name}=${address}`]);
  const args = [...lbs, "--listen", "127.0.0.1:0", "--data", dir.path, "--poll", "100"];
  let child = startChild({ args, env: { DRAINBOARD_ADMIN_TOKEN: ADMIN_TOKEN } });
  let app = restOf(await child.listening());
  async function killed(): Promise<void> {
    child.process.kill("SIGKILL");
    expect(await child.ended).toBe("SIGKILL");
    child = startChild({ args, env: { DRAINBOARD_ADMIN_TOKEN: ADMIN_TOKEN } });
    app = restOf(await child.listening());
  }
  await until("observed", async () => (await app.rest("GET", "/api/v1/fleet")).body.servers.length > 0);
  const person = await arrive(stage.lbs[0].port(APP_PORT), 400, cookieOf(SRV1));

  const id = await start(app, { quiet: "2s" });
  await killed();
  await until("drained on both", async () => (await bitsOf(stage)).every((bits) => bits === 8));
  expect((await summary(app, id)).phase).toBe("draining");
  await person.leave();
  await reaches(app, id, "quiet");
  await killed();
  await reaches(app, id, "maint");
  await killed();
  expect((await summary(app, id)).phase).toBe("maint");
  expect(await bitsOf(stage)).toEqual([1, 1]);
  await ask(app, id, "ready");
  await killed();
  await until("ready is shown", async () => (await bitsOf(stage)).every((bits) => bits === 0));
  await Promise.all([0, 1].map((i) => arrive(stage.lbs[i]!.port(APP_PORT), 100, cookieOf(SRV1))));
  await reaches(app, id, "done");
  expect(person.lost()).toBe(0);
  const lines = await record(app, id);
  expect(lines.filter((line) => line.includes("The app was started again")).length).toBe(4);
  child.process.kill("SIGTERM");
  expect(await child.ended).toBe(0);
}, 60_000);

test("[M4] kill -9 between saving and sending, in a run with a server that waits: each command reaches HAProxy once", async () => {
  const stage = await startStage();
  const proxy = await startHoldProxy(stage.lbs[0].adminSocket);
  onTestFinished(() => proxy.stop());
  const dir = tempDir();
  onTestFinished(() => dir[Symbol.dispose]());
  const lbs = ["--lb", `lb1=${proxy.path}`, "--lb", `lb2=${stage.addresses.lb2}`];
  const args = [...lbs, "--listen", "127.0.0.1:0", "--data", dir.path, "--poll", "100"];
  const launch = () => startChild({ args, env: { DRAINBOARD_ADMIN_TOKEN: ADMIN_TOKEN } });
  let child = launch();
  let app = restOf(await child.listening());
  const SRV2 = "APP1/SRV2";
  const phases = async (id: string) => (await summary(app, id)).servers.map((one) => one.phase);
  /** Saved as sent, but HAProxy has never seen it. */
  async function killedBeforeSending(): Promise<void> {
    child.process.kill("SIGKILL");
    expect(await child.ended).toBe("SIGKILL");
    proxy.drop();
    child = launch();
    app = restOf(await child.listening());
  }
  await until("observed", async () => (await app.rest("GET", "/api/v1/fleet")).body.servers.length > 0);

  proxy.hold();
  const id = await start(app, { servers: [SRV1, SRV2], quiet: "2s" });
  expect(await proxy.untilHeld()).toContain(`${SRV1} state drain`);
  await killedBeforeSending();
  await until("drained on both", async () => (await bitsOf(stage)).every((bits) => bits === 8));
  expect((await phases(id))[1]).toBe("queued");
  proxy.hold();
  expect(await proxy.untilHeld()).toContain(`${SRV1} state maint`);
  await killedBeforeSending();
  await reaches(app, id, "maint");
  expect(await bitsOf(stage)).toEqual([1, 1]);
  expect([await phases(id), await bitsOf(stage, SRV2)]).toEqual([
    ["maint", "queued"],
    [0, 0],
  ]);
  await ask(app, id, "ready", { servers: [SRV1], direct: true });
  await until("ready is shown", async () => (await bitsOf(stage)).every((bits) => bits === 0));
  proxy.hold();
  await Promise.all(stage.lbs.map((lb) => arrive(lb.port(APP_PORT), 100, cookieOf(SRV1))));
  expect(await proxy.untilHeld()).toContain(`${SRV2} state drain`);
  await killedBeforeSending();
  await reaches(app, id, "maint", SRV2);
  const carriedOut = proxy.carriedOut().map(({ line }) => line.replace("set server ", ""));
  expect(carriedOut).toEqual([
    ...["drain", "maint", "ready"].map((adminState) => `${SRV1} state ${adminState}`),
    ...["drain", "maint"].map((adminState) => `${SRV2} state ${adminState}`),
  ]);
}, 90_000);

test("stopped and started in drain and in maint: it goes on, commands are not repeated, closed ones are kept", async () => {
  const stage = await startStage();
  using dir = tempDir();
  const first = await startApp(stage, { dataDir: dir.path });
  const person = await arrive(stage.lbs[0].port(APP_PORT), 300, cookieOf(SRV1));
  const id = await start(first, { quiet: "1s" });
  await until("drained on both", async () => (await bitsOf(stage)).every((bits) => bits === 8));
  await first.stop();
  const second = await startApp(stage, { dataDir: dir.path });
  expect((await summary(second, id)).phase).toBe("draining");
  await person.leave();
  await reaches(second, id, "maint");
  await second.stop();
  const third = await startApp(stage, { dataDir: dir.path });
  await until("seen again", async () => (await summary(third, id)).servers[0]!.sessionsComplete);
  await ask(third, id, "ready", { direct: true });
  await Promise.all([0, 1].map((i) => arrive(stage.lbs[i]!.port(APP_PORT), 100, cookieOf(SRV1))));
  await reaches(third, id, "done");
  const sent = (await third.app.store.audit.list({ limit: 200, server: SRV1 }))
    .filter((row) => row.kind === "intent" && row.action === "server:set-state" && row.lb === "lb1")
    .map((row) => row.command?.split(" ").at(-1));
  expect(sent.reverse()).toEqual(["drain", "maint", "ready"]);
  expect(person.lost()).toBe(0);
  await third.stop();
  const fourth = await startApp(stage, { dataDir: dir.path });
  expect((await fourth.rest("GET", "/api/v1/maintenances?open=true")).body).toEqual([]);
  expect((await fourth.rest("GET", "/api/v1/maintenances")).body).toMatchObject([{ id, phase: "done" }]);
  expect(fourth.app.maintenances.recent().map((job) => job.id)).toEqual([id]);
});

// What the engine does when its own side fails: a disk that is full, a stored job that is broken.
import { expect, test, vi } from "vitest";
import { ask as askHaproxy, until } from "#lab/net.ts";
import { newMaintenance } from "#lib/maintenance/job.ts";
import { baseOptions } from "#lib/maintenance/testing/world.ts";
import { StoreError } from "#server/store/errors.ts";
import { openStore } from "#server/store/store.ts";
import { tempDir } from "#server/store/testing/temp-dir.ts";
import { bitsOf, reaches, SRV1, start, startApp, startStage, summary } from "./testing/stage.ts";

const full = () => Promise.reject(new StoreError("write-failed", "the disk is full"));

test("[M4] a job that cannot be saved sends nothing; it goes on when the disk has room again", async () => {
  const stage = await startStage();
  const app = await startApp(stage);
  const { maintenances } = app.app.store;
  const failed = await Promise.all([
    vi.spyOn(maintenances, "save").mockImplementationOnce(full),
    app.rest("POST", "/api/v1/maintenances", { servers: [SRV1] }),
  ]);
  expect([failed[1].status, failed[1].body.detail]).toEqual([500, "the disk is full"]);
  expect((await app.rest("GET", "/api/v1/maintenances?open=true")).body).toEqual([]);

  const id = await start(app, {});
  const save = vi.spyOn(maintenances, "save").mockImplementation(full);
  await reaches(app, id, "draining");
  await until("it tried again and again", () => save.mock.calls.length > 6);
  const bits = await bitsOf(stage);
  save.mockRestore();
  await reaches(app, id, "maint");
  // Either the first save came before the disk was full, or nothing was sent meanwhile.
  expect([
    [0, 0],
    [8, 8],
  ]).toContainEqual(bits);
});

test("[M95] a start that could not be saved is not saved a moment later: it does not begin after a restart", async () => {
  const stage = await startStage();
  using dir = tempDir();
  const app = await startApp(stage, { dataDir: dir.path });
  const { maintenances } = app.app.store;
  vi.spyOn(maintenances, "save").mockImplementationOnce(async () => {
    // Long enough for several observations, each of which would step the job and save it.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    return full();
  });
  const refused = await app.rest("POST", "/api/v1/maintenances", { servers: [SRV1] });
  expect(refused.status).toBe(500);
  await app.stop();
  const store = await openStore({ dataDir: dir.path });
  expect(await store.maintenances.list({ limit: 10 })).toEqual([]);
  await store.close();
});

test("[M91] an end that could not be saved is saved when the disk has room: it does not go on after a restart", async () => {
  const stage = await startStage();
  const app = await startApp(stage);
  const id = await start(app, { quiet: "1m" });
  await until("drained", async () => (await bitsOf(stage)).every((bits) => bits === 8));
  await until("confirmed", async () => {
    const cells = (await summary(app, id)).servers[0]!.perLoadBalancer;
    return cells.every((cell) => cell.confirmed === "drain");
  });
  const { maintenances } = app.app.store;
  const save = vi.spyOn(maintenances, "save").mockImplementation(full);
  await askHaproxy(stage.lbs[0].adminSocket, `set server ${SRV1} state ready`);
  await reaches(app, id, "overridden");
  expect((await maintenances.get(id))?.closedAtMs).toBeNull();
  save.mockRestore();
  await until("its end is on the disk", async () => (await maintenances.get(id))?.closedAtMs !== null);
});

test("[M6] an audit that cannot be written: nothing is sent, and it is asked for again", async () => {
  const stage = await startStage();
  const app = await startApp(stage);
  const { audit } = app.app.store;
  const real = audit.intent.bind(audit);
  const intent = vi
    .spyOn(audit, "intent")
    .mockImplementation((facts) => (facts.action === "server:set-state" ? full() : real(facts)));
  const id = await start(app, {});
  await until("it tried on both", () => intent.mock.calls.length > 6, 15_000);
  expect(await bitsOf(stage)).toEqual([0, 0]);
  expect((await summary(app, id)).phase).toBe("draining");
  intent.mockRestore();
  await reaches(app, id, "maint");
});

test("a stored job that is broken keeps neither the app nor the other jobs from going on", async () => {
  const stage = await startStage();
  using dir = tempDir();
  const store = await openStore({ dataDir: dir.path });
  const job = (id: string, server: string) =>
    newMaintenance(
      { id, reason: "", startedBy: "mira", servers: [server], options: { ...baseOptions, quietMs: 1_000 } },
      Date.now(),
    );
  await store.maintenances.save({ ...job("m-broken", "APP1/SRV2"), servers: null as never }, [], Date.now());
  const half = job("m-half", "APP1/SRV3");
  await store.maintenances.save({ ...half, options: null as never }, [], Date.now());
  await store.maintenances.save(job("m-good", SRV1), [], Date.now());
  await store.close();
  const app = await startApp(stage, { dataDir: dir.path });
  await until(
    "the good one goes on",
    async () => (await app.app.store.maintenances.get("m-good"))?.servers[0]?.phase === "maint",
  );
  expect(await bitsOf(stage)).toEqual([1, 1]);
  expect((await app.rest("GET", "/api/v1/maintenances")).body).toMatchObject([{ id: "m-good" }]);
  expect(app.app.maintenances.recent().map((one) => one.id)).toEqual(["m-good"]);
});

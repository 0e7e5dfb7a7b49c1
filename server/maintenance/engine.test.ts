// What the engine does when its own side fails: a disk that is full, a stored job that is broken.
import { expect, test, vi } from "vitest";
import { ask as askHaproxy, until } from "#lab/net.ts";
import { newMaintenance } from "#lib/maintenance/job.ts";
import { baseOptions } from "#lib/maintenance/testing/world.ts";
import { addSomeone } from "#server/auth/testing/someone.ts";
import { StoreError } from "#server/store/errors.ts";
import { openStore } from "#server/store/store.ts";
import { tempDir } from "#server/store/testing/temp-dir.ts";
import { ask, bitsOf, reaches, record, SRV1, start, startApp, startStage, stop, summary } from "./testing/stage.ts";

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
    // Each of these observations would step the job and save it.
    for (let i = 0; i < 5; i++) await app.app.fleet.pollNow(["lb1", "lb2"]);
    return full();
  });
  const refused = await app.rest("POST", "/api/v1/maintenances", { servers: [SRV1] });
  expect(refused.status).toBe(500);
  await app.stop();
  const store = await openStore({ dataDir: dir.path });
  expect(await store.maintenances.list({ limit: 10 })).toEqual({ jobs: [], unreadable: [] });
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
  const words = (id: string) => expect.stringMatching(new RegExp(`^Maintenance ${id} of mira .*cannot read`));
  const listed = (await app.rest("GET", "/api/v1/maintenances?open=true")).body;
  expect(listed.find((one: { id: string }) => one.id === "m-half")).toMatchObject({
    phase: "failed",
    unreadable: words("m-half"),
    servers: [{ server: "APP1/SRV3", phase: "failed", note: words("m-half") }],
  });
  expect(listed.find((one: { id: string }) => one.id === "m-broken")).toMatchObject({
    unreadable: words("m-broken"),
    servers: [],
  });
  expect(app.app.maintenances.recent().map((one) => one.id)).toEqual(["m-broken", "m-half", "m-good"]);

  // Its server stays claimed until somebody lets go of it.
  const taken = await app.rest("POST", "/api/v1/maintenances", { servers: ["APP1/SRV3"] });
  expect([taken.status, taken.body.detail]).toEqual([409, expect.stringContaining("m-half")]);
  const back = await app.rest("POST", "/api/v1/maintenances/m-half/stop", JSON.parse('{"then":"ready"}'));
  expect([back.status, back.body.detail]).toEqual([409, expect.stringContaining("can only be let go of")]);
  const told: string[] = [];
  app.app.maintenances.onChange((summary) => told.push(summary.id));
  await stop(app, "m-half", "leave");
  expect(told).toContain("m-half");
  expect((await app.app.store.audit.list({ limit: 1 }))[0]).toMatchObject({
    ...{ action: "maintenance:stop", outcome: "done", target: "APP1/SRV3" },
  });
  expect((await app.rest("GET", "/api/v1/servers/APP1/SRV3")).body).toMatchObject({ maintenanceId: null });
  const { actor } = await addSomeone(app.app.store, { name: "kim", role: "viewer" });
  const call = { actor, requestId: "r", via: "rest", remoteAddress: null } as const;
  const leave = JSON.parse('{"then":"leave"}');
  await expect(app.app.maintenances.request(call, "m-broken", "stop", leave)).rejects.toMatchObject({
    code: "not-allowed",
  });
  expect((await app.rest("GET", "/api/v1/maintenances/m-broken")).status).toBe(200);
});

test("a request that cannot be saved changes nothing, and says so in one sentence", async () => {
  const stage = await startStage();
  const app = await startApp(stage);
  const id = await start(app, { quiet: "5m" });
  await reaches(app, id, "quiet");
  const { maintenances } = app.app.store;
  const disk = new StoreError("write-failed", "could not be saved", new Error("database or disk is full"));
  const save = vi.spyOn(maintenances, "save").mockRejectedValue(disk);
  const told: string[] = [];
  app.app.maintenances.onChange((summary) => told.push(summary.servers[0]!.phase));
  const [stopped, patched] = await Promise.all([
    app.rest("POST", `/api/v1/maintenances/${id}/stop`, JSON.parse('{"then":"leave"}')),
    app.rest("PATCH", `/api/v1/maintenances/${id}`, { deadline: "1h" }),
  ]);
  const detail = `Nothing was changed: maintenance ${id} could not be saved (database or disk is full). Make room on the data directory's disk, or make it writable, and try again.`;
  expect([stopped.status, stopped.body.detail]).toEqual([500, detail]);
  expect([patched.status, patched.body.detail]).toEqual([500, detail]);
  expect(await summary(app, id)).toMatchObject({ phase: "quiet", options: { deadlineMs: null } });
  save.mockRestore();
  await app.app.fleet.pollNow(["lb1", "lb2"]);
  await until("it is saved again", async () => (await maintenances.get(id))?.servers[0]?.phase === "quiet");
  expect(told).not.toContain("stopped");
  const lines = await record(app, id);
  expect(lines.filter((line) => /Stopped|Changed/.test(line))).toEqual([]);
  await ask(app, id, "pause");
  expect((await summary(app, id)).paused).toMatchObject({ who: "admin token" });
});

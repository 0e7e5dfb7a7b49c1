// Minimum, quiet window and what happens after a reload: set while the app runs, in effect at once, the file wins.
import { expect, test } from "vitest";
import { until } from "#lab/net.ts";
import type { BackendSettings } from "#lib/wire/settings.ts";
import { SRV1, startApp, startStage } from "#server/maintenance/testing/stage.ts";
import { tempDir } from "#server/store/testing/temp-dir.ts";
import type { TestApp } from "#server/testing.ts";

const URL = "/api/v1/settings/backends";

async function list(app: TestApp): Promise<BackendSettings> {
  return (await app.rest("GET", URL)).body;
}

async function of(app: TestApp, backend: string) {
  const { backends } = await list(app);
  return backends.find((one) => one.backend === backend);
}

test("a minimum and a window count for the next change and the next plan, in every browser, and after a restart", async () => {
  const stage = await startStage();
  using dir = tempDir();
  const app = await startApp(stage, { dataDir: dir.path });
  expect(await of(app, "APP1")).toMatchObject({
    minimum: { value: 2, source: "default", isEditable: true },
    quiet: { value: "30s", source: "default", isEditable: true },
    isKnown: true,
  });
  const socket = app.socket();
  let changes = 0;
  socket.on("fleet:changed", () => changes++);
  await socket.emitWithAck("fleet:subscribe", { kind: "fleet" });
  const set = await app.rest("PUT", `${URL}/APP1`, { minimum: 3, quiet: "1m30s" });
  expect(set.status, set.text).toBe(200);
  expect(set.body).toMatchObject({
    minimum: { value: 3, source: "settings" },
    quiet: { value: "1m30s", source: "settings" },
  });
  await until("browsers are told", () => changes === 1);
  const answer = await socket.emitWithAck("fleet:subscribe", { kind: "fleet" });
  expect(answer).toMatchObject({ ok: true, value: { minimums: { APP1: 3 } } });
  const guarded = await app.rest("PUT", `/api/v1/servers/${SRV1}/admin-state`, { adminState: "drain" });
  expect(guarded.status).toBe(409);
  expect(guarded.body.findings.map((one: { code: string }) => one.code)).toContain("below-minimum");
  const plan = await app.rest("POST", "/api/v1/maintenances", { servers: [SRV1], dryRun: true });
  expect(plan.body).toMatchObject({ quietSec: 90, quietWhy: "The settings say so for APP1." });
  expect((await app.rest("GET", "/api/v1/fleet?backend=APP1")).body.backends[0].minimum).toBe(3);
  const audited = (await app.app.store.audit.list({ limit: 20 })).find((one) => one.action === "backend:set");
  expect(audited).toMatchObject({
    target: "APP1",
    before: "default",
    after: "minimum 3, quiet 1m30s",
    outcome: "done",
  });
  await app.stop();
  const again = await startApp(stage, { dataDir: dir.path });
  expect(await of(again, "APP1")).toMatchObject({ minimum: { value: 3 }, quiet: { value: "1m30s" } });
  expect((await again.rest("PUT", `${URL}/APP1`, { minimum: null, quiet: null })).status).toBe(200);
  expect(await of(again, "APP1")).toMatchObject({
    minimum: { value: 2, source: "default" },
    quiet: { source: "default" },
  });
  expect(await again.app.store.backendSettings.all()).toEqual([]);
});

test("the configuration file wins, is shown as such, and is not overwritten; only what it says is closed", async () => {
  const stage = await startStage();
  const app = await startApp(stage, { backends: { APP1: { minimum: 1 } }, afterReload: "re-apply" });
  expect(await list(app)).toMatchObject({
    afterReload: { value: "re-apply", source: "config file", isEditable: false },
    backends: expect.arrayContaining([
      expect.objectContaining({ backend: "APP1", minimum: { value: 1, source: "config file", isEditable: false } }),
    ]),
  });
  const refused = await app.rest("PUT", `${URL}/APP1`, { minimum: 3, quiet: "5s" });
  expect([refused.status, refused.body.code]).toEqual([409, "conflict"]);
  expect(refused.body.detail).toContain("set in the configuration file");
  expect((await app.rest("PUT", `${URL}/APP1`, { quiet: "5s" })).status).toBe(200);
  expect((await app.rest("PUT", "/api/v1/settings/after-reload", { afterReload: "ask" })).status).toBe(409);
});

test("after a reload: what is set here counts for the next reload", async () => {
  const stage = await startStage();
  const app = await startApp(stage);
  expect((await list(app)).afterReload).toEqual({ value: "ask", source: "default", isEditable: true });
  const set = await app.rest("PUT", "/api/v1/settings/after-reload", { afterReload: "re-apply" });
  expect(set.body).toEqual({ value: "re-apply", source: "settings", isEditable: true });
  const drained = await app.rest("PUT", `/api/v1/servers/${SRV1}/admin-state`, { adminState: "drain", override: true });
  expect(drained.status, drained.text).toBe(200);
  await stage.lbs[0].restart();
  await until("it is drained again", async () => (await stage.lbs[0].adminBits(SRV1)) === 8);
});

test("what is no setting is refused in a sentence, and a backend nobody has is unknown", async () => {
  const stage = await startStage();
  const app = await startApp(stage);
  for (const body of [
    {},
    { minimum: -1 },
    { minimum: 1.5 },
    { quiet: "30" },
    { quiet: "2d" },
    { minimum: "2" },
    { other: 1 },
  ]) {
    const reply = await app.rest("PUT", `${URL}/APP1`, body);
    expect([reply.status, reply.body.code], JSON.stringify(body)).toEqual([400, "malformed"]);
  }
  expect((await app.rest("PUT", `${URL}/NONE`, { minimum: 1 })).body.code).toBe("unknown-name");
  expect((await app.rest("PUT", `${URL}/constructor`, { minimum: 1 })).body.code).toBe("unknown-name");
});

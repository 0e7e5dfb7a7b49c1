// A drain or maint set by a click, and a reload: asked, set again or left, as configured; never ready, never against a person.
import { expect, test, vi } from "vitest";
import { APP_PORT } from "#lab/configs.ts";
import { ask as askHaproxy, until } from "#lab/net.ts";
import { visit } from "#lab/origins.ts";
import type { LostState } from "#lib/wire/events.ts";
import { addSomeone } from "#server/auth/testing/someone.ts";
import { tempDir } from "#server/store/testing/temp-dir.ts";
import type { TestApp } from "#server/testing.ts";
import { bitsOf, cookieOf, reaches, SRV1, start, startApp, startStage, stop, summary } from "./testing/stage.ts";

const PATH = "/api/v1/servers/APP1/SRV1/admin-state";
const lostOf = async (app: TestApp): Promise<LostState[]> => (await app.rest("GET", "/api/v1/lost-states")).body;

async function set(app: TestApp, adminState: string): Promise<void> {
  const reply = await app.rest("PUT", PATH, { adminState, override: true });
  expect(reply.status, reply.text).toBe(200);
}

test("ask: the notice says what was lost and survives the app; re-apply sets it again on that load balancer, audited", async () => {
  const stage = await startStage();
  using dir = tempDir();
  const first = await startApp(stage, { dataDir: dir.path });
  await set(first, "drain");
  await first.stop();
  await stage.lbs[0].restart();
  const app = await startApp(stage, { dataDir: dir.path });
  const socket = app.socket();
  const told: LostState[][] = [];
  socket.on("states:lost", (lost) => told.push(lost));
  const lost = await until("it is noticed", async () => (await lostOf(app))[0] ?? null);
  expect(lost).toMatchObject({ lb: "lb1", server: SRV1, was: "drain", now: "ready", who: "admin token" });
  expect(await bitsOf(stage)).toEqual([0, 8]);
  expect(await socket.emitWithAck("fleet:subscribe", { kind: "fleet" })).toMatchObject({
    ok: true,
    value: { lost: [lost] },
  });
  await visit(stage.lbs[0].port(APP_PORT), "/", cookieOf(SRV1));
  const answer = { lb: "lb1", server: SRV1, answer: "re-apply" } as const;
  expect(await socket.emitWithAck("states:answer", answer)).toMatchObject({ ok: true, value: { lost: [] } });
  expect(await bitsOf(stage)).toEqual([8, 8]);
  await until("pages are told", () => told.at(-1)?.length === 0);
  const [outcome] = await app.app.store.audit.list({ limit: 1, server: SRV1 });
  expect(outcome).toMatchObject({
    kind: "outcome",
    outcome: "done",
    lb: "lb1",
    reason: expect.stringMatching(/sessions? came in meanwhile/),
  });
  const again = await app.rest("POST", "/api/v1/lost-states", answer);
  expect([again.status, again.body.code]).toEqual([404, "unknown-name"]);
});

test("ask: keep leaves it ready, and a viewer may not answer", async () => {
  const stage = await startStage();
  const app = await startApp(stage);
  await set(app, "maint");
  await stage.lbs[1].restart();
  await until("it is noticed", async () => (await lostOf(app)).length === 1);
  const { actor } = await addSomeone(app.app.store, { name: "kim", role: "viewer" });
  const call = { actor, requestId: "r", via: "rest", remoteAddress: null } as const;
  expect((await app.rest("POST", "/api/v1/lost-states", { lb: "lb2", server: SRV1, answer: "maybe" })).status).toBe(
    400,
  );
  await expect(app.app.keptStates.answer(call, "lb2", SRV1, "keep")).rejects.toMatchObject({ code: "not-allowed" });
  await expect(app.app.keptStates.answer(call, "lb2", SRV1, "re-apply")).rejects.toMatchObject({ code: "not-allowed" });
  const kept = await app.rest("POST", "/api/v1/lost-states", { lb: "lb2", server: SRV1, answer: "keep" });
  expect([kept.status, kept.body]).toEqual([200, []]);
  expect(await bitsOf(stage)).toEqual([1, 0]);
  expect((await app.app.store.audit.list({ limit: 5, server: SRV1 })).map((row) => row.action)).toContain(
    "states:keep",
  );
});

test("re-apply: set again by the app, with the number of sessions that came in meanwhile; ready is never set", async () => {
  const stage = await startStage();
  const app = await startApp(stage, { afterReload: "re-apply" });
  await set(app, "drain");
  await stage.lbs[0].restart();
  await until("drained again", async () => (await stage.lbs[0].adminBits(SRV1)) === 8);
  const outcome = await until(
    "it is audited",
    async () =>
      (await app.app.store.audit.list({ limit: 5, server: SRV1 })).find(
        (row) => row.actorName === "after a reload" && row.kind === "outcome",
      ) ?? null,
  );
  expect(outcome).toMatchObject({
    ...{ outcome: "done", lb: "lb1", before: "ready", after: "drain" },
    reason: expect.stringMatching(
      /^drain set by admin token was lost in a reload of lb1; \d+ sessions? came in meanwhile$/,
    ),
  });
  await set(app, "ready");
  await askHaproxy(stage.lbs[0].adminSocket, `set server ${SRV1} state drain`);
  await stage.lbs[0].restart();
  await until("seen", () => app.app.fleet.poller("lb1")?.row(SRV1)?.adminBits === 0);
  expect(await lostOf(app)).toEqual([]);
  expect(await bitsOf(stage)).toEqual([0, 0]);
});

test("leave: nothing is sent or asked; another tool's ready and a maintenance's server are nobody's loss", async () => {
  const stage = await startStage();
  const app = await startApp(stage, { afterReload: "leave" });
  await set(app, "drain");
  await stage.lbs[0].restart();
  await until("it is said", async () =>
    (await app.app.store.audit.list({ limit: 5 })).some((row) => row.action === "states:lost"),
  );
  expect(await bitsOf(stage)).toEqual([0, 8]);
  expect(await lostOf(app)).toEqual([]);

  const asking = await startApp(stage, { afterReload: "ask" });
  await set(asking, "drain");
  await askHaproxy(stage.lbs[1].adminSocket, `set server ${SRV1} state ready`);
  await until("seen", () => asking.app.fleet.poller("lb2")?.row(SRV1)?.adminBits === 0);
  await stage.lbs[1].restart();
  await set(asking, "ready");
  expect(await lostOf(asking)).toEqual([]);
  const id = await start(asking, {});
  await reaches(asking, id, "maint");
  await stage.lbs[0].restart();
  await until("maint again", async () => (await stage.lbs[0].adminBits(SRV1)) === 1);
  expect(await lostOf(asking)).toEqual([]);
});

test("what a stopped maintenance left in maint is asked about too when a reload takes it", async () => {
  const stage = await startStage();
  const app = await startApp(stage);
  const id = await start(app, {});
  await reaches(app, id, "maint");
  await stop(app, id, "leave");
  expect(await lostOf(app)).toEqual([]);
  await stage.lbs[1].restart();
  const lost = await until("it is noticed", async () => (await lostOf(app))[0] ?? null);
  expect(lost).toMatchObject({ lb: "lb2", server: SRV1, was: "maint", now: "ready", who: "admin token" });
  expect(await bitsOf(stage)).toEqual([1, 0]);
});

test("a command that HAProxy takes only after stop and leave is asked about too", async () => {
  const stage = await startStage();
  const app = await startApp(stage);
  const client = app.app.fleet.poller("lb1")!.client;
  const send = client.send.bind(client);
  const [isHeld, goesOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  vi.spyOn(client, "send").mockImplementationOnce(async (command) => {
    isHeld.resolve();
    await goesOn.promise;
    return send(command);
  });
  const id = await start(app, { quiet: "5m" });
  await isHeld.promise;
  await until(
    "lb2 has its drain",
    async () => (await summary(app, id)).servers[0]!.perLoadBalancer[1]?.confirmed === "drain",
  );
  await stop(app, id, "leave");
  goesOn.resolve();
  await until(
    "lb1 has it too",
    async () => (await summary(app, id)).servers[0]!.perLoadBalancer[0]?.confirmed === "drain",
  );
  expect(await bitsOf(stage)).toEqual([8, 8]);
  await Promise.all(stage.lbs.map((lb) => lb.restart()));
  await until("both are noticed", async () => (await lostOf(app)).length === 2);
});

test("what an overridden maintenance left in drain elsewhere is asked about too; what somebody set instead is theirs", async () => {
  const stage = await startStage();
  const app = await startApp(stage);
  const id = await start(app, { quiet: "5m" });
  await reaches(app, id, "quiet");
  await askHaproxy(stage.lbs[0].adminSocket, `set server ${SRV1} state maint`);
  await reaches(app, id, "overridden");
  expect(await bitsOf(stage)).toEqual([1, 8]);
  await Promise.all(stage.lbs.map((lb) => lb.restart()));
  const lost = await until("it is noticed", async () => (await lostOf(app))[0] ?? null);
  expect(lost).toMatchObject({ lb: "lb2", server: SRV1, was: "drain", now: "ready", who: "admin token" });
  await until("lb1 answers again", () => app.app.fleet.poller("lb1")?.row(SRV1)?.adminBits === 0);
  expect((await lostOf(app)).map((one) => one.lb)).toEqual(["lb2"]);
});

test("a click on a server that waits in a run, or on a load balancer that a maintenance leaves alone, is asked about", async () => {
  const stage = await startStage();
  const app = await startApp(stage);
  const id = await start(app, { servers: [SRV1, "APP1/SRV2"], quiet: "5m", loadBalancers: ["lb1"], override: true });
  await reaches(app, id, "quiet");
  const click = async (server: string, lb: string) => {
    const input = { adminState: "drain", override: true, loadBalancers: [lb] };
    const reply = await app.rest("PUT", `/api/v1/servers/${server}/admin-state`, input);
    expect(reply.status, reply.text).toBe(200);
  };
  await click(SRV1, "lb2");
  await click("APP1/SRV2", "lb1");
  await Promise.all(stage.lbs.map((lb) => lb.restart()));
  const lost = await until("both are noticed", async () => {
    const all = await lostOf(app);
    return all.length === 2 ? all.map((one) => `${one.lb} ${one.server}`).sort() : null;
  });
  expect(lost).toEqual(["lb1 APP1/SRV2", `lb2 ${SRV1}`]);
});

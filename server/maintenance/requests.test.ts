// What people may not ask, and what two of them ask at once. Nothing is ever started by half.
import { expect, onTestFinished, test } from "vitest";
import { haproxyBinary } from "#lab/binaries.ts";
import { APP_PORT, appConfig } from "#lab/configs.ts";
import { startHaproxy } from "#lab/haproxy.ts";
import { until } from "#lab/net.ts";
import { startOrigin } from "#lab/origins.ts";
import { addSomeone } from "#server/auth/testing/someone.ts";
import { startTestApp, type TestApp } from "#server/testing.ts";
import { ask, bitsOf, reaches, SRV1, start, startApp, startStage, stop, summary } from "./testing/stage.ts";

/** Also without the reason of a refusal nothing of it may be left behind. */
async function nothingStarted(app: TestApp): Promise<void> {
  expect((await app.rest("GET", "/api/v1/maintenances")).body).toEqual([]);
  const rows = await app.app.store.audit.list({ limit: 100 });
  expect(rows.filter((row) => row.action === "server:set-state")).toEqual([]);
}

test("waiting for a maintenance whose asker is gone already ends at once, and leaves nothing behind", async () => {
  const stage = await startStage();
  const app = await startApp(stage);
  const id = await start(app, { quiet: "5m" });
  const ended = await app.app.maintenances.wait(id, "done", 3_600_000, AbortSignal.abort());
  expect(ended).toMatchObject({ id, reached: false });
});

test("[M95] each bad start gets a status, a code and one sentence, and nothing is started", async () => {
  const stage = await startStage();
  const app = await startApp(stage);
  const bad: [body: unknown, status: number, code: string, words: RegExp][] = [
    [{}, 400, "malformed", /servers: write a list/],
    [{ servers: [] }, 400, "malformed", /name at least one/],
    [{ servers: ["APP1"] }, 400, "malformed", /BACKEND\/SERVER/],
    [
      { servers: ["APP1/NOPE"] },
      404,
      "unknown-name",
      /No load balancer has a server APP1\/NOPE; APP1 has SRV1, SRV2 and SRV3/,
    ],
    [{ servers: ["NOPE/SRV1"] }, 404, "unknown-name", /there are the backends APP1 and API/],
    [{ servers: [SRV1], loadBalancers: ["lb9"] }, 404, "unknown-name", /no load balancer "lb9"; there are lb1 and lb2/],
    [{ servers: [SRV1, SRV1] }, 400, "malformed", /APP1\/SRV1 is in the list twice/],
    [{ servers: [SRV1], quiet: "abc" }, 400, "malformed", /quiet window: "abc" is not a span of time/],
    [{ servers: [SRV1], quiet: "-1s" }, 400, "malformed", /"-1s" is not a span of time/],
    [{ servers: [SRV1], quiet: "0" }, 400, "malformed", /"0" is not a span of time/],
    [{ servers: [SRV1], quiet: "0s" }, 400, "malformed", /must be from 1s to 24h/],
    [{ servers: [SRV1], quiet: 30 }, 400, "malformed", /write it as text/],
    [{ servers: [SRV1], quiet: "30s", deadline: "10s" }, 400, "malformed", /shorter than the quiet window/],
    [{ servers: [SRV1], deadline: "5s" }, 400, "malformed", /shorter than this backend's quiet window of 30 s/],
    [{ servers: [SRV1], concurrency: 0 }, 400, "malformed", /at least 1 server/],
    [{ servers: [SRV1], concurrency: 1.5 }, 400, "malformed", /whole number/],
    [{ servers: [SRV1], atDeadline: "end-sessions" }, 400, "malformed", /needs a deadline/],
    [{ servers: [SRV1], atDeadline: "explode", deadline: "5m" }, 400, "malformed", /wait, end-sessions, return/],
    [{ servers: [SRV1], qiet: "3s" }, 400, "malformed", /"qiet" is not known here/],
    [{ servers: [SRV1], loadBalancers: [] }, 400, "malformed", /name at least one/],
    [[], 400, "malformed", /object/],
    ["{", 400, "malformed", /not valid JSON/],
    [
      { servers: ["APP1/SRV1", "APP1/SRV2", "APP1/SRV3"], concurrency: 3 },
      409,
      "guard",
      /without any server for new users/,
    ],
  ];
  for (const [body, status, code, words] of bad) {
    for (const dryRun of [false, true]) {
      const isObject = typeof body === "object" && !Array.isArray(body);
      // A plan shows what must be confirmed; only a start refuses it.
      if (dryRun && (!isObject || code === "guard")) continue;
      const reply = await app.rest("POST", "/api/v1/maintenances", dryRun ? { ...(body as object), dryRun } : body);
      expect([reply.status, reply.body.code], reply.text).toEqual([status, code]);
      expect(reply.headers["content-type"]).toBe("application/problem+json");
      expect(reply.body.detail).toMatch(words);
    }
  }
  await nothingStarted(app);
  for (const [method, path] of [
    ["GET", ""],
    ["GET", "/wait"],
    ["GET", "/record"],
    ["POST", "/ready"],
    ["PATCH", ""],
  ] as const) {
    const reply = await app.rest(
      method,
      `/api/v1/maintenances/m-none${path}`,
      method === "PATCH" ? { quiet: "5s" } : undefined,
    );
    expect([reply.status, reply.body.code], `${method} ${path}`).toEqual([404, "unknown-name"]);
  }
});

test("[M97] a dry run says what a start would send, and does nothing", async () => {
  const stage = await startStage();
  const app = await startApp(stage, { backends: { APP1: { quietMs: 45_000 } } });
  const reply = await app.rest("POST", "/api/v1/maintenances", { servers: [SRV1], dryRun: true });
  expect(reply.status).toBe(200);
  expect(reply.body).toMatchObject({
    plan: [{ lb: "lb1", steps: [{ line: "set server APP1/SRV1 state drain" }, {}, {}, {}] }, { lb: "lb2" }],
    undo: [{ lb: "lb1", lines: ["set server APP1/SRV1 state ready"] }, {}],
    impact: [{ backend: "APP1", takingNow: 3, takingThen: 2, minimum: 2 }],
    warnings: [],
    ...{ quietSec: 45, quietWhy: "The configuration file says so for APP1.", script: expect.stringContaining("socat") },
  });
  await nothingStarted(app);
});

test("two starts at once: one begins, the other is told who has it; so is every later one", async () => {
  const stage = await startStage();
  const app = await startApp(stage);
  const body = { servers: [SRV1], quiet: "1m", reason: "kernel" };
  const both = await Promise.all([1, 2].map(() => app.rest("POST", "/api/v1/maintenances", body)));
  expect(both.map((reply) => reply.status).sort()).toEqual([201, 409]);
  const id = both.find((reply) => reply.status === 201)?.body.id;
  for (const reply of [both.find((one) => one.status === 409)!, await app.rest("POST", "/api/v1/maintenances", body)]) {
    expect(reply.body.code).toBe("conflict");
    expect(reply.body.detail).toMatch(
      new RegExp(`^APP1/SRV1 is in maintenance ${id} of admin token, for \\d+ s now\\.$`),
    );
  }
  expect((await app.rest("GET", "/api/v1/maintenances?open=true")).body.length).toBe(1);
});

test("[M71] requests that do not fit are refused with a sentence and change nothing; stop goes back", async () => {
  const stage = await startStage();
  const app = await startApp(stage);
  const id = await start(app, { quiet: "1m" });
  const bad: [path: string, body: unknown, status: number, words: RegExp][] = [
    ["/ready", {}, 409, /To break off before its turn, stop it/],
    ["/ready", { servers: ["APP1/SRV2"] }, 404, /not in maintenance/],
    ["/resume", {}, 409, /It is not paused/],
    ["/stop", {}, 400, /write ready .* or leave/],
    ["/pause", { why: "x" }, 400, /"why" is not known here/],
  ];
  for (const [path, body, status, words] of bad) {
    const reply = await app.rest("POST", `/api/v1/maintenances/${id}${path}`, body);
    expect(reply.status, reply.text).toBe(status);
    expect(reply.body.detail).toMatch(words);
  }
  for (const [patch, words] of [
    [{}, /nothing to change/],
    [{ deadline: "1s" }, /shorter than the quiet window|has been draining/],
    [{ quiet: "abc" }, /not a span of time/],
  ] as const) {
    const reply = await app.rest("PATCH", `/api/v1/maintenances/${id}`, patch);
    expect([reply.status, reply.body.code]).toEqual([400, "malformed"]);
    expect(reply.body.detail).toMatch(words);
  }
  await until("drained on both", async () => (await bitsOf(stage)).every((bits) => bits === 8));
  const wait = await app.rest("GET", `/api/v1/maintenances/${id}/wait?until=maint&timeout=1`);
  expect(wait.body).toMatchObject({ reached: false, id });
  const late = app.rest("GET", `/api/v1/maintenances/${id}/wait?until=done&timeout=20`);
  await stop(app, id, "ready");
  await reaches(app, id, "stopped");
  expect((await late).body).toMatchObject({ reached: false, phase: "stopped" });
  expect(await bitsOf(stage)).toEqual([0, 0]);
  const again = await app.rest("POST", `/api/v1/maintenances/${id}/pause`);
  expect(again.status).toBe(409);
  expect(again.body.detail).toMatch(/is over; start another one/);
});

test("[M70] stop and leave: drain stays, and the note says where", async () => {
  const stage = await startStage();
  const app = await startApp(stage);
  const id = await start(app, { quiet: "1m" });
  await until("drained on both", async () => (await bitsOf(stage)).every((bits) => bits === 8));
  await until("confirmed", async () =>
    (await summary(app, id)).servers[0]!.perLoadBalancer.every((cell) => cell.confirmed),
  );
  await stop(app, id, "leave");
  const over = await reaches(app, id, "stopped");
  expect(over.servers[0]!.note).toMatch(/left as it is: drain on lb1 and drain on lb2/);
  expect(await bitsOf(stage)).toEqual([8, 8]);
  await start(app, { quiet: "1m" });
});

test("a viewer and an operator of other backends are refused, and it is audited", async () => {
  const stage = await startStage();
  const app = await startApp(stage);
  const { app: parts } = app;
  const call = async (facts: { name: string; role: "viewer" | "operator"; backends: string[] | null }) => ({
    actor: (await addSomeone(parts.store, facts)).actor,
    ...{ requestId: "r", via: "rest" as const, remoteAddress: null },
  });
  const viewer = await call({ name: "kim", role: "viewer", backends: null });
  const otherTeam = await call({ name: "lee", role: "operator", backends: ["API"] });
  for (const one of [viewer, otherTeam])
    await expect(parts.maintenances.start(one, { servers: [SRV1] })).rejects.toMatchObject({ code: "not-allowed" });
  const id = await start(app, { quiet: "1m" });
  await expect(parts.maintenances.request(viewer, id, "pause", {})).rejects.toMatchObject({ code: "not-allowed" });
  const rows = await parts.store.audit.list({ action: "maintenance:*", limit: 100 });
  const denied = rows.filter((row) => row.outcome === "denied");
  expect(denied.map((row) => [row.action, row.actorName])).toEqual([
    ["maintenance:pause", "kim"],
    ["maintenance:start", "lee"],
    ["maintenance:start", "kim"],
  ]);
});

test("over the socket: plan, start, pause and stop, and what changed is told to both pages", async () => {
  const stage = await startStage();
  const app = await startApp(stage);
  const [mine, other] = [app.socket(), app.socket()];
  const seen: (string | null)[] = [];
  other.on("maintenance:changed", (_at, job) => seen.push(job.paused?.who ?? null));
  await Promise.all([mine, other].map((one) => one.emitWithAck("fleet:subscribe", { kind: "server", id: SRV1 })));
  const preview = await mine.emitWithAck("maintenance:plan", { servers: [SRV1] });
  expect(preview).toMatchObject({
    ok: true,
    value: { quietSec: 30, quietWhy: expect.stringContaining("HAPROXY_SESSION") },
  });
  const started = await mine.emitWithAck("maintenance:start", { servers: [SRV1], quiet: "1m" });
  if (!started.ok) throw new Error(started.problem.detail);
  const paused = await mine.emitWithAck("maintenance:request", started.value.id, { kind: "pause", reason: "phone" });
  expect(paused).toMatchObject({ ok: true, value: { paused: { why: "phone" } } });
  await until("the other page knows", () => seen.includes("admin token"));
  const wrong = await mine.emitWithAck("maintenance:request", started.value.id, { kind: "explode" } as never);
  expect(wrong).toMatchObject({ ok: false, problem: { code: "malformed" } });
  const again = await other.emitWithAck("fleet:subscribe", { kind: "fleet" });
  expect(again).toMatchObject({ ok: true, value: { maintenances: [{ id: started.value.id }] } });
  const elsewhere = await other.emitWithAck("fleet:subscribe", { kind: "server", id: "APP1/SRV2" });
  expect(elsewhere).toMatchObject({ ok: true, value: { maintenances: [] } });
});

test("a server that only one load balancer has is taken out there alone", async () => {
  const origins = await Promise.all([startOrigin("one"), startOrigin("two")]);
  const lab = (count: number) =>
    startHaproxy({
      ...{ bin: haproxyBinary().bin, ports: [APP_PORT], defaults: ["timeout check 5s"] },
      config: (context) => appConfig(context, origins.slice(0, count)),
    });
  const [lb1, lb2] = await Promise.all([lab(2), lab(1)]);
  onTestFinished(async () => {
    await Promise.all([lb1.dispose(), lb2.dispose()]);
    await Promise.all(origins.map((one) => one.stop()));
  });
  const app = await startTestApp({ loadBalancers: { lb1: lb1.adminSocket, lb2: lb2.adminSocket } });
  await until("up", () => app.app.fleet.views().every((view) => view.servers.every((row) => row.status === "UP")));
  const wrong = await app.rest("POST", "/api/v1/maintenances", { servers: ["APP1/SRV2"], loadBalancers: ["lb2"] });
  expect([wrong.status, wrong.body.detail]).toEqual([404, 'Load balancer "lb2" has no server APP1/SRV2; lb1 has it.']);
  const id = await start(app, { servers: ["APP1/SRV2"] });
  await reaches(app, id, "maint", "APP1/SRV2");
  expect((await summary(app, id)).servers[0]!.perLoadBalancer.map((cell) => cell.lb)).toEqual(["lb1"]);
  await ask(app, id, "ready", { direct: true });
});

test("what a maintenance does is audited on behalf of who started it, under its id", async () => {
  const stage = await startStage();
  const app = await startApp(stage);
  const id = await start(app, { quiet: "1m" });
  await expect.poll(() => bitsOf(stage)).toEqual([8, 8]);
  const { audit } = app.app.store;
  const commands = async () => {
    const rows = await audit.list({ maintenance: id, action: "server:set-state", limit: 9 });
    return rows.filter((row) => row.kind === "outcome");
  };
  await expect.poll(async () => (await commands()).length).toBe(2);
  for (const row of await commands())
    expect(row).toMatchObject({ onBehalfOf: "admin token", actorKind: "system", via: "system", outcome: "done" });
  const started = await audit.list({ maintenance: id, action: "maintenance:start", actor: "Admin Token", limit: 9 });
  expect(started.map((row) => row.kind)).toEqual(["outcome"]);
});

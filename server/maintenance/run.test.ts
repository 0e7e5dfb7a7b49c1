// A whole maintenance on two real HAProxies with people on them.
import { expect, test } from "vitest";
import { APP_PORT } from "#lab/configs.ts";
import { until } from "#lab/net.ts";
import { openTunnel } from "#lab/origins.ts";
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

test("drain, quiet, maint, your turn, ready, done: nobody loses their session, the record tells the story", async () => {
  const stage = await startStage();
  const app = await startApp(stage);
  const ports = stage.lbs.map((lb) => lb.port(APP_PORT));
  // Reading takes longer than six polls: almost every sample counts nobody.
  const people = await Promise.all(
    [0, 1, 2, 3, 4, 5].map((i) => arrive(ports[i % 2]!, 700 + 40 * i, cookieOf(i < 4 ? SRV1 : "APP1/SRV2"))),
  );
  const socket = app.socket();
  const told: string[] = [];
  socket.on("maintenance:changed", (_at, job) => told.push(job.servers[0]!.phase));
  const answer = await socket.emitWithAck("fleet:subscribe", { kind: "fleet" });
  expect(answer).toMatchObject({ ok: true, value: { maintenances: [] } });

  const id = await start(app, { quiet: "2s", reason: "kernel" });
  await reaches(app, id, "draining");
  expect((await app.rest("GET", "/api/v1/servers/APP1/SRV1")).body).toMatchObject({
    maintenanceId: id,
    claim: { who: "admin token", reason: "kernel", since: expect.any(Number) },
  });
  // A naive rule would have taken the first zero.
  await until("people came back in drain", () => people.slice(0, 4).every((one) => one.visits() >= 3));
  expect((await summary(app, id)).phase).toBe("draining");
  for (const one of people.slice(0, 4)) await one.leave();

  const wait = app.rest("GET", `/api/v1/maintenances/${id}/wait?until=maint&timeout=20`);
  await reaches(app, id, "maint");
  expect((await wait).body).toMatchObject({ reached: true, id, phase: "maint" });
  expect(await bitsOf(stage)).toEqual([1, 1]);
  expect(people.map((one) => one.lost())).toEqual([0, 0, 0, 0, 0, 0]);

  await ask(app, id, "ready");
  await reaches(app, id, "returning");
  await until("ready is shown", async () => (await bitsOf(stage)).every((bits) => bits === 0));
  const newcomers = await Promise.all([0, 1, 0, 1, 0, 1].map((i) => arrive(ports[i]!, 150)));
  const done = await reaches(app, id, "done");
  expect(done.closedAt).not.toBeNull();
  expect(await bitsOf(stage)).toEqual([0, 0]);
  expect([...people, ...newcomers].map((one) => one.lost())).toEqual(Array(12).fill(0));

  const lines = await record(app, id);
  const story = [
    /^person: Started by admin token: APP1\/SRV1 \(kernel\)/,
    /^phase: Draining APP1\/SRV1 on lb1, lb2/,
    /^command: lb\d: set server APP1\/SRV1 state drain: done/,
    /^phase: No sessions on APP1\/SRV1/,
    /^command: lb\d: set server APP1\/SRV1 state maint: done/,
    /^phase: Your turn/,
    /^command: lb\d: set server APP1\/SRV1 state drain: done/,
    /^command: lb\d: set server APP1\/SRV1 state ready: done/,
    /^phase: /,
  ];
  let at = -1;
  for (const line of story) {
    at = lines.findIndex((text, i) => i > at && line.test(text));
    expect(at, `${line} in\n${lines.join("\n")}`).toBeGreaterThan(-1);
  }
  for (const format of ["json", "csv", "md"]) {
    const file = await app.rest("GET", `/api/v1/maintenances/${id}/record?format=${format}`);
    expect(file.text).toContain("set server APP1/SRV1 state maint");
    expect(file.headers["content-disposition"]).toBe(`attachment; filename="maintenance-${id}.${format}"`);
  }
  const audit = await app.app.store.audit.list({ limit: 1_000 });
  expect(audit.filter((row) => row.action === "maintenance:start").map((row) => row.kind)).toEqual([
    "outcome",
    "intent",
  ]);
  expect(audit.find((row) => row.kind === "intent" && row.action === "maintenance:start")?.detail).toMatchObject({
    plan: [{ lb: "lb1", steps: expect.any(Array) }, { lb: "lb2" }],
  });
  const sets = audit.filter((row) => row.action === "server:set-state");
  expect(sets.every((row) => row.actorKind === "system" && row.via === "system")).toBe(true);
  expect(sets.filter((row) => row.kind === "outcome" && row.outcome !== "done")).toEqual([]);
  const phases = told.filter((phase, i) => phase !== told[i - 1]);
  expect(phases.slice(-5)).toEqual(["draining", "quiet", "maint", "returning", "done"]);
  expect((await app.rest("GET", "/api/v1/servers/APP1/SRV1")).body).toMatchObject({ maintenanceId: null, claim: null });
});

test("[M13] somebody who comes during quiet takes it back to draining, with the time", async () => {
  const stage = await startStage();
  const app = await startApp(stage);
  const person = await arrive(stage.lbs[1].port(APP_PORT), null, cookieOf(SRV1));
  const id = await start(app, { quiet: "3s" });
  await reaches(app, id, "quiet");
  await person.visit();
  await reaches(app, id, "draining");
  const lines = await record(app, id);
  expect(lines).toContainEqual(expect.stringMatching(/^arrival: A session arrived on lb2: back to draining/));
  await reaches(app, id, "maint");
  expect(person.lost()).toBe(0);
});

test("a rolling run of four never goes below its minimum, and each has its turn", async () => {
  const stage = await startStage({ servers: 4 });
  const app = await startApp(stage, { backends: { APP1: { minimum: 3 } } });
  let least = 4;
  app.app.fleet.onPublish((_lb, { after }) => {
    const ready = after.servers.filter((row) => row.backend === "APP1" && row.adminBits === 0);
    least = Math.min(least, ready.length);
  });
  const servers = [1, 2, 3, 4].map((n) => `APP1/SRV${n}`);
  const two = await app.rest("POST", "/api/v1/maintenances", { servers, concurrency: 2 });
  expect(two.status).toBe(409);
  expect(two.body).toMatchObject({ code: "guard", findings: [{ code: "below-minimum" }] });
  const id = await start(app, { servers, concurrency: 1 });
  for (const server of servers) {
    await reaches(app, id, "maint", server);
    await ask(app, id, "ready", { servers: [server], direct: server !== SRV1 });
    const visitors = await Promise.all(stage.lbs.map((lb) => arrive(lb.port(APP_PORT), 50, cookieOf(server))));
    await reaches(app, id, "done", server);
    for (const one of visitors) await one.leave();
  }
  expect(least).toBe(3);
  expect((await summary(app, id)).phase).toBe("done");
});

test("[M36] the deadline ends endless WebSockets, after maint, and counts them again", async () => {
  const stage = await startStage();
  const app = await startApp(stage);
  const tunnels = await Promise.all(stage.lbs.map((lb) => openTunnel(lb.port(APP_PORT), "/socket", cookieOf(SRV1))));
  expect(tunnels.map((one) => one.origin)).toEqual(["origin1", "origin1"]);
  const id = await start(app, { deadline: "2s", atDeadline: "end-sessions" });
  await reaches(app, id, "maint");
  expect(stage.origins[0]!.tunnels()).toBe(0);
  const words = /^command: lb1: shutdown session ID.*1 tunnel ended\. 1 before, 0 after/;
  await until("the record has it", async () => (await record(app, id)).some((line) => words.test(line)));
  const after = await until("both are audited", async () => {
    const audit = await app.app.store.audit.list({ limit: 100, server: SRV1 });
    const ended = audit.filter((row) => row.action === "sessions:end" && row.kind === "outcome");
    return ended.length === 2 && ended.map((row) => row.after);
  });
  expect(after).toEqual(["0 sessions", "0 sessions"]);
});

test("[M35] [M38] the deadline with an endless WebSocket: wait stays in drain, return goes back, the WebSocket lives", async () => {
  const stage = await startStage();
  const app = await startApp(stage);
  await openTunnel(stage.lbs[0].port(APP_PORT), "/socket", cookieOf(SRV1));
  const id = await start(app, { deadline: "1s", atDeadline: "wait" });
  await until("it is said", async () =>
    (await record(app, id)).some((line) => line.startsWith("deadline: 1 session left")),
  );
  const patched = await app.rest("PATCH", `/api/v1/maintenances/${id}`, { deadline: "5s", atDeadline: "return" });
  expect(patched.status, patched.text).toBe(200);
  const over = await reaches(app, id, "stopped");
  expect(over.phase).toBe("stopped");
  expect(await bitsOf(stage)).toEqual([0, 0]);
  expect(stage.origins[0]!.tunnels()).toBe(1);
});

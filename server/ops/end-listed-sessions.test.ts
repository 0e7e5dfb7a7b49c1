// Sessions of one server on real HAProxies: listed over load balancers and old workers, chosen ones ended, nobody else's.
import { describe, expect, onTestFinished, test } from "vitest";
import { haproxyBinaries } from "#lab/binaries.ts";
import { APP_PORT } from "#lab/configs.ts";
import { until } from "#lab/net.ts";
import { openTunnel, visit } from "#lab/origins.ts";
import type { EndSessionsResult, SessionRow, SessionsReport } from "#lib/wire/sessions.ts";
import { cookieOf, SRV1, type Stage, startApp, startStage } from "#server/maintenance/testing/stage.ts";
import { type FakeHaproxy, startFake } from "#server/runtime/testing/fake-haproxy.ts";
import { fakeModel, modelServer } from "#server/runtime/testing/fake-model.ts";
import { startTestApp, type TestApp } from "#server/testing.ts";

const SRV2 = "APP1/SRV2";
const path = (server = SRV1) => `/api/v1/servers/${server}/sessions`;

async function report(app: Pick<TestApp, "rest">, server = SRV1): Promise<SessionsReport> {
  const reply = await app.rest("GET", `${path(server)}?as=report`);
  expect(reply.status, reply.text).toBe(200);
  return reply.body;
}

/** Once as many are listed: an answer is shared for a moment. */
function listed(app: Pick<TestApp, "rest">, count: number, server = SRV1): Promise<SessionRow[]> {
  let seen: unknown;
  return until(`${count} sessions of ${server}`, async () => {
    const { sessions } = await report(app, server);
    seen = sessions;
    return sessions.length === count && sessions;
  }).catch((error: Error) => {
    throw new Error(`${error.message}; seen ${JSON.stringify(seen)}`);
  });
}

async function end(app: Pick<TestApp, "rest">, body: object, server = SRV1): Promise<EndSessionsResult> {
  const reply = await app.rest("POST", `${path(server)}/end`, body);
  expect(reply.status, reply.text).toBe(200);
  return reply.body;
}

async function tunnels(stage: Stage, lb: 0 | 1, count: number, server = SRV1): Promise<void> {
  for (let i = 0; i < count; i++) await openTunnel(stage.lbs[lb].port(APP_PORT), "/socket", cookieOf(server));
}

const open = (stage: Stage) => stage.origins.map((origin) => origin.tunnels());

describe.each(haproxyBinaries())("HAProxy $version", ({ bin, version }) => {
  test("listed over both load balancers; ended by name, by kind, by age, all; other servers keep theirs", async () => {
    const stage = await startStage({ bin, defaults: ["timeout check 5s", "log 127.0.0.1:9 local0", "option httplog"] });
    const app = await startApp(stage);
    await tunnels(stage, 0, 2);
    await tunnels(stage, 1, 3);
    await tunnels(stage, 1, 2, SRV2);
    const held = visit(stage.lbs[0].port(APP_PORT), "/hold?secret=1", cookieOf(SRV1)).catch(() => null);
    const rows = await listed(app, 6);
    const request = rows.find((row) => row.kind === "http")!;
    expect(request).toMatchObject({ lb: "lb1", pid: await stage.lbs[0].pid(), frontend: "www", isOldWorker: false });
    expect(request.path).toBe(Number(version) >= 3.2 ? "/hold" : null);
    expect(request.client).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(await stage.lbs[0].ask("show sess")).toContain(`${request.id}: `);
    for (const row of rows.filter((one) => one.kind === "tunnel")) {
      expect(row.expiresInSec).toBeGreaterThan(3_500);
      expect(row.idleSec).toBeLessThan(60);
    }
    const plain = await app.rest("GET", path());
    expect(plain.body).toHaveLength(6);
    expect(plain.headers["drainboard-incomplete"]).toBeUndefined();

    const wrong = await app.rest("POST", `${path()}/end`, { all: true, expectCount: 2 });
    expect([wrong.status, wrong.body.code]).toEqual([409, "state-changed"]);
    expect(open(stage)).toEqual([5, 2, 0]);

    const one = rows.find((row) => row.lb === "lb2")!;
    expect(await end(app, { ids: [one.key], expectCount: 1 })).toMatchObject({
      ...{ found: 1, ended: 1, remain: 0, loadBalancers: [{ lb: "lb2", outcome: "done" }] },
    });
    await until("it ended", () => open(stage).join() === "4,2,0");
    const another = (await listed(app, 5)).find((row) => row.lb === "lb2")!;
    // as a script has it that read show sess itself
    expect(await end(app, { ids: [another.id], expectCount: 1 })).toMatchObject({ ended: 1 });

    expect(await end(app, { olderThanSec: 10_000, expectCount: 0 })).toMatchObject({ found: 0, ended: 0, remain: 0 });
    // A request that only just began is waited for: it may be somebody else's by the time it is named.
    expect(await end(app, { kind: "http", expectCount: 1 })).toMatchObject({ found: 1, ended: 1, remain: 0 });
    await held;
    expect(await end(app, { kind: "tunnel", olderThanSec: 0, loadBalancers: ["lb1"], expectCount: 2 })).toMatchObject({
      ...{ found: 2, ended: 2, remain: 0 },
    });
    await until("only one is left", () => open(stage).join() === "1,2,0");
    const last = await end(app, { all: true, expectCount: 1, reason: "patches" });
    expect(last).toMatchObject({ found: 1, ended: 1, remain: 0 });
    await until("none is left", () => open(stage).join() === "0,2,0");

    const audit = await app.app.store.audit.list({ action: "sessions:end", limit: 50 });
    expect(audit.filter((row) => row.outcome === "denied")).toHaveLength(1);
    expect(audit[0]).toMatchObject({
      ...{ kind: "outcome", outcome: "done", target: SRV1, lb: "lb2", before: "1 session" },
      ...{ after: "1 session ended, 0 remain", command: `shutdown sessions server ${SRV1}` },
    });
  });

  test("old workers: their sessions are listed as such, and ended without touching those of the new process", async () => {
    const stage = await startStage({ bin, masterWorker: true });
    const app = await startApp(stage);
    await tunnels(stage, 0, 3);
    const oldPid = await stage.lbs[0].pid();
    await stage.lbs[0].reload();
    await tunnels(stage, 0, 1);
    await until(
      "the old ones are seen",
      async () => (await report(app)).sessions.filter((row) => row.isOldWorker).length === 3,
    );
    const rows = await listed(app, 4);
    const old = rows.filter((row) => row.isOldWorker);
    expect(new Set(old.map((row) => row.pid))).toEqual(new Set([oldPid]));
    expect(await end(app, { ids: [old[0]!.key], expectCount: 1 })).toMatchObject({ found: 1, ended: 1 });
    await until("one ended", () => open(stage).join() === "3,0,0");
    expect(await end(app, { kind: "tunnel", expectCount: 3 })).toMatchObject({ found: 3, ended: 3, remain: 0 });
    await until("all ended", () => open(stage).join() === "0,0,0");
  });

  test("while other servers' sessions come and go by the hundred, only the chosen ones end", async () => {
    const stage = await startStage({ bin });
    const app = await startApp(stage);
    const port = stage.lbs[0].port(APP_PORT);
    await tunnels(stage, 0, 150);
    await tunnels(stage, 0, 5, SRV2);
    let isOn = true;
    let failed = 0;
    let answered = 0;
    const churn = Array.from({ length: 6 }, async (_, i) => {
      while (isOn) {
        const seen = await visit(port, "/", cookieOf(i % 2 === 0 ? SRV2 : "APP1/SRV3")).catch(() => null);
        if (seen?.status === 200) answered++;
        else failed++;
      }
    });
    onTestFinished(() => {
      isOn = false;
    });
    for (let left = 150; left > 135; left -= 5) {
      const some = (await listed(app, left)).slice(0, 5);
      const result = await end(app, { ids: some.map((row) => row.key), expectCount: 5 });
      expect(result).toMatchObject({ found: 5, ended: 5 });
    }
    // more than one line to HAProxy holds
    expect(await end(app, { kind: "tunnel", expectCount: 135 })).toMatchObject({ found: 135, ended: 135, remain: 0 });
    isOn = false;
    await Promise.all(churn);
    expect(answered).toBeGreaterThan(50);
    expect(failed).toBe(0);
    await until("only the others are left", () => open(stage).join() === "0,5,0");
  });
});

interface FakeStage {
  app: TestApp;
  fake: FakeHaproxy;
  model: ReturnType<typeof fakeModel>;
  /** lines of the next answers to `show sess`; the last one stays */
  answers: string[][];
  asked: () => string[];
  ends: () => string[];
}

/** A HAProxy whose lists of sessions are written by the test. */
async function fakeStage(facts: { scur?: number; version?: string } = {}): Promise<FakeStage> {
  const { scur = 1, ...rest } = facts;
  const model = fakeModel([modelServer("APP1", "SRV1", { scur }), modelServer("APP1", "SRV2")], rest);
  const answers: string[][] = [[]];
  const fake = await startFake((line) => {
    if (!line.includes("show sess")) {
      return line.startsWith("shutdown") ? { kind: "reply", text: "\n" } : model.script(line);
    }
    const next = answers.length > 1 ? answers.shift() : answers[0];
    return { kind: "reply", text: `${model.answer("show info")}${(next ?? []).map((one) => `${one}\n`).join("")}\n` };
  });
  onTestFinished(() => fake.stop());
  const app = await startTestApp({ loadBalancers: { lb1: fake.address.kind === "unix" ? fake.address.path : "" } });
  const lines = (start: string) => () => fake.lines.filter((line) => line.includes(start));
  return { app, fake, model, answers, asked: lines("show sess"), ends: lines("shutdown") };
}

const line = (id: string, client: string, age: string, server = "SRV1") =>
  `${id}: proto=tcpv4 src=${client} fe=www be=APP1 srv=${server} ts=00 age=${age} calls=2 rq[f=0h,i=0,an=00h,ax=] rp[f=0h,i=0,an=00h,ax=] scf=[8,0h,fd=1,rex=1h,wex=] scb=[8,0h,fd=2,rex=1h,wex=] exp=1h`;

describe("an id that is used again", () => {
  test("by another client of the same server before anything is sent: nothing is", async () => {
    const stage = await fakeStage();
    stage.answers.splice(0, 1, [line("0xaa", "10.0.0.1:1000", "5m3s")]);
    const [row] = (await report(stage.app)).sessions;
    stage.answers.splice(0, 1, [line("0xaa", "10.0.0.9:2000", "0s")]);
    expect(await end(stage.app, { ids: [row!.key], expectCount: 1 })).toMatchObject({ found: 0, ended: 0, remain: 0 });
    expect(stage.ends()).toEqual([]);
  });

  test("between the count and the command: compared again, and nothing is sent", async () => {
    const stage = await fakeStage();
    const mine = line("0xaa", "10.0.0.1:1000", "5m3s");
    stage.answers.splice(0, 1, [mine]);
    const [row] = (await report(stage.app)).sessions;
    stage.answers.splice(0, 1, [mine], [line("0xaa", "10.0.0.1:1000", "1s")]);
    expect(await end(stage.app, { ids: [row!.key], expectCount: 1 })).toMatchObject({ found: 1, ended: 1 });
    expect(stage.ends()).toEqual([]);
  });

  test("by another server, on a HAProxy that lists all servers at once", async () => {
    const stage = await fakeStage({ version: "2.6.12" });
    stage.answers.splice(0, 1, [line("0xaa", "10.0.0.1:1000", "5m3s")]);
    const [row] = (await report(stage.app)).sessions;
    stage.answers.splice(0, 1, [line("0xaa", "10.0.0.1:1000", "5m4s", "SRV2")]);
    expect(await end(stage.app, { ids: [row!.key], expectCount: 1 })).toMatchObject({ found: 0 });
    expect(await end(stage.app, { ids: ["0xaa"], expectCount: 1 })).toMatchObject({ found: 0 });
    expect(stage.ends()).toEqual([]);
  });
});

describe("how often HAProxy is asked", () => {
  test("everybody who asks at once gets one answer", async () => {
    const stage = await fakeStage();
    const all = await Promise.all(Array.from({ length: 12 }, () => report(stage.app)));
    expect(all).toHaveLength(12);
    expect(stage.asked()).toHaveLength(1);
  });

  test("[W11] a page that follows is told what changes, and asking stops when it leaves", async () => {
    const stage = await fakeStage();
    const socket = stage.app.socket();
    const told: SessionsReport[] = [];
    socket.on("sessions:listed", (one) => told.push(one));
    const first = await new Promise<SessionsReport>((resolve, reject) => {
      socket.emit("sessions:follow", { server: SRV1 }, (result) =>
        result.ok ? resolve(result.value) : reject(new Error(result.problem.detail)),
      );
    });
    expect(first).toMatchObject({ server: SRV1, total: 0, complete: true });
    stage.answers.splice(0, 1, [line("0xaa", "10.0.0.1:1000", "3s")]);
    await until("it is told", () => told.some((one) => one.total === 1 && one.counts.tunnel === 1));
    socket.emit("sessions:unfollow");
    // The one question that may be under way, then two intervals without another: nobody looks any more.
    await until(
      "it is not asked any more",
      async () => {
        const before = stage.asked().length;
        await new Promise((resolve) => setTimeout(resolve, 6_500));
        return stage.asked().length === before;
      },
      30_000,
    );
  }, 40_000);

  test("a busy process is not asked, unless somebody insists", async () => {
    const stage = await fakeStage({ scur: 30_000 });
    const refused = await stage.app.rest("GET", path());
    expect([refused.status, refused.body.code]).toEqual([409, "guard"]);
    expect(refused.body.detail).toContain("lb1 has 30000 sessions open");
    expect((await report(stage.app)).loadBalancers).toMatchObject([{ lb: "lb1", count: null, reason: "too-busy" }]);
    const stopped = await stage.app.rest("POST", `${path()}/end`, { kind: "tunnel", expectCount: 3 });
    expect([stopped.status, stopped.body.code]).toEqual([409, "guard"]);
    expect(stage.asked()).toEqual([]);
    expect((await stage.app.rest("GET", `${path()}?force=true`)).status).toBe(200);
    expect(stage.asked()).toHaveLength(1);
  });
});

test.each([
  [{ expectCount: 1 }, /in one way/],
  [{ all: true, kind: "http", expectCount: 1 }, /in one way/],
  [{ ids: ["0x1"], olderThanSec: 3, expectCount: 1 }, /in one way/],
  [{ all: true }, /expectCount/],
  [{ kind: "sctp", expectCount: 1 }, /http, tunnel, tcp/],
  [{ ids: [], expectCount: 0 }, /at least one/],
  [{ ids: ["0x1;show info"], expectCount: 1 }, /key/],
  [{ all: true, expectCount: 1, loadBalancers: ["lb9"] }, /lb9/],
])("%j is refused with a sentence", async (body, sentence) => {
  const stage = await fakeStage();
  const reply = await stage.app.rest("POST", `${path()}/end`, body);
  expect(reply.status, reply.text).toBeLessThan(500);
  expect(reply.status).toBeGreaterThanOrEqual(400);
  expect(reply.body.detail).toMatch(sentence);
  expect(stage.ends()).toEqual([]);
});

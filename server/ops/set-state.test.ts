// Ready, drain and maint over REST on real HAProxy: what HAProxy itself shows afterwards, what the guard says, and what
// stands in the audit.
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { haproxyBinaries } from "#lab/binaries.ts";
import { APP_PORT, appConfig } from "#lab/configs.ts";
import { type LabContext, type LabHaproxy, type LabOptions, startHaproxy } from "#lab/haproxy.ts";
import { until } from "#lab/net.ts";
import { openTunnel, startOrigin, visit } from "#lab/origins.ts";
import { startTestApp, type TestApp } from "#server/testing.ts";

const bins = haproxyBinaries();
const SRV1 = "/api/v1/servers/APP1/SRV1/admin-state";

async function haproxy(options: Partial<LabOptions> = {}): Promise<LabHaproxy> {
  const origins = [await startOrigin("one"), await startOrigin("two"), await startOrigin("three")];
  const lab = await startHaproxy({
    ports: [APP_PORT],
    // The origins live in this process: on a busy machine they answer late, and that is not what is tested.
    defaults: ["timeout check 10s"],
    config: (context) => appConfig(context, origins),
    ...options,
  });
  onTestFinished(async () => {
    await lab.dispose();
    await Promise.all(origins.map((origin) => origin.stop()));
  });
  return lab;
}

async function auditOf(app: TestApp) {
  const rows = await app.app.store.audit.list({ limit: 100 });
  return rows.filter((row) => row.action === "server:set-state").reverse();
}

describe.each(bins)("HAProxy $version", ({ bin }) => {
  test("drain, maint and ready: HAProxy shows it before the answer says done, and the audit has each step", async () => {
    const lab = await haproxy({ bin });
    const app = await startTestApp({ loadBalancers: { lb1: lab.adminSocket } });
    const bits = { drain: 0x08, maint: 0x01, ready: 0x00 };
    let before = "ready";
    for (const adminState of ["drain", "maint", "ready"] as const) {
      const reply = await app.rest("PUT", SRV1, { adminState, reason: "patching" });
      expect(reply.status, reply.text).toBe(200);
      expect(await lab.adminBits("APP1/SRV1")).toBe(bits[adminState]);
      expect(reply.body.outcomes).toEqual([{ lb: "lb1", outcome: "done", before, after: adminState, message: "" }]);
      const [intent, outcome] = (await auditOf(app)).slice(-2);
      const facts = {
        requestId: reply.body.requestId,
        actorName: "admin token",
        via: "rest",
        target: "APP1/SRV1",
        lb: "lb1",
        before,
        command: `set server APP1/SRV1 state ${adminState}`,
        reason: "patching",
      };
      expect(intent).toMatchObject({ ...facts, kind: "intent", outcome: null, after: null });
      expect(outcome).toMatchObject({ ...facts, kind: "outcome", outcome: "done", after: adminState, answer: "\n" });
      expect(outcome?.intentSeq).toBe(intent?.seq);
      before = adminState;
    }
  });

  test("two load balancers: all of them, or the one that is named; the same again is done again without harm", async () => {
    const [one, two] = await Promise.all([haproxy({ bin }), haproxy({ bin })]);
    const app = await startTestApp({
      loadBalancers: { lb1: one.adminSocket, lb2: `tcp://127.0.0.1:${two.adminPort}` },
    });
    const both = () => Promise.all([one.adminBits("APP1/SRV1"), two.adminBits("APP1/SRV1")]);
    for (let i = 0; i < 2; i++) {
      const reply = await app.rest("PUT", SRV1, { adminState: "drain" });
      expect(reply.body.outcomes.map((each: { outcome: string }) => each.outcome)).toEqual(["done", "done"]);
      expect(await both()).toEqual([8, 8]);
    }
    await app.rest("PUT", SRV1, { adminState: "ready", loadBalancers: ["lb2"] });
    expect(await both()).toEqual([8, 0]);
    const server = await app.rest("GET", "/api/v1/servers/APP1/SRV1");
    expect(server.body).toMatchObject({
      adminState: "split",
      perLoadBalancer: { lb1: { adminState: "drain" }, lb2: { adminState: "ready" } },
    });
  });

  test("guards: each says its numbers, sends nothing, and gives way to override", async () => {
    const origins = await Promise.all(["a", "b", "c"].map((name) => startOrigin(name)));
    onTestFinished(() => Promise.all(origins.map((origin) => origin.stop())).then(() => undefined));
    const lab = await haproxy({
      bin,
      config: (context) =>
        guardConfig(
          context,
          origins.map((origin) => origin.port),
        ),
    });
    await Promise.all([
      lab.ask("set server MIX/DRAINED state drain"),
      lab.ask("set server BASE/B3 state maint"),
      lab.ask("set server RAMP/B state maint"),
    ]);
    await lab.ask("set server RAMP/B state ready");
    const app = await startTestApp({ loadBalancers: { lb1: lab.adminSocket } });
    const put = (server: string, adminState: string, more = {}) =>
      app.rest("PUT", `/api/v1/servers/${server}/admin-state`, { adminState, ...more });
    const row = (server: string) => app.app.fleet.view().servers.get(server);
    await until("checks are over", () => row("MIX/DOWN")?.opState === "down" && row("MIX/A")?.opState === "up");

    const port = lab.port(APP_PORT);
    const tunnel = await openTunnel(port, "/q", ["S=c"]);
    const held = [visit(port, "/hold", ["S=a"]), visit(port, "/hold", ["S=a"])];
    onTestFinished(async () => {
      tunnel.close();
      await until("held requests came through", () => {
        for (const origin of origins) origin.release();
        return Promise.race([Promise.allSettled(held), new Promise((done) => setTimeout(done, 50, false))]).then(
          Boolean,
        );
      });
    });
    await until("a request waits", () => (row("QUEUE/A")?.queue ?? 0) === 1 && (row("QUEUE/C")?.sessions ?? 0) === 1);

    const cases: [string, string, string, RegExp][] = [
      ["MIX/A", "drain", "last-server", /A is the last server of MIX on lb1 that takes new users/],
      ["SPARE/A", "drain", "last-server", /only B \(backup\) takes new users of SPARE on lb1/],
      ["RAMP/A", "drain", "below-minimum", /with 1 of 3 taking new users \(1 more still ramping\), .* minimum of 2/],
      ["QUEUE/A", "drain", "queue", /1 request waits in the queue of A on lb1 \(maxconn 1\)/],
      ["QUEUE/C", "maint", "sessions-left", /C has 1 session on lb1/],
      ["BASE/B1", "drain", "trackers", /FOLLOW\/F1 tracks BASE\/B1 on lb1/],
    ];
    for (const [server, adminState, code, sentence] of cases) {
      const reply = await put(server, adminState);
      expect(reply.status, `${server}: ${reply.text}`).toBe(409);
      expect(reply.body).toMatchObject({ code: "guard", detail: expect.stringMatching(sentence) });
      expect(reply.body.findings.map((one: { code: string }) => one.code)).toEqual([code]);
      expect(await lab.adminBits(server)).toBe(0);
    }
    const denied = await auditOf(app);
    expect(denied.map((one) => [one.kind, one.outcome, one.target])).toEqual(
      cases.map(([server]) => ["event", "denied", server]),
    );

    const blocked = await put("FOLLOW/F3", "ready", { override: true });
    expect(blocked.status).toBe(409);
    expect(blocked.body.detail).toMatch(/FOLLOW\/F3 follows BASE\/B3 on lb1 .* Set BASE\/B3 ready instead/);

    for (const [server, adminState, code] of cases) {
      const reply = await put(server, adminState, { override: true });
      expect(reply.status, `${server}: ${reply.text}`).toBe(200);
      expect(await lab.adminBits(server)).toBe(adminState === "drain" ? 8 : 1);
      const intent = (await auditOf(app)).findLast((one) => one.kind === "intent");
      expect(intent).toMatchObject({ target: server, detail: { findings: [{ code }] } });
    }
  });

  test("an agent check that disagrees: warned of, and a state it takes back is not called done", async () => {
    const agent = createServer((socket) => socket.on("error", () => socket.destroy()).end("ready\n"));
    await new Promise<void>((resolve) => agent.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => new Promise((resolve) => agent.close(() => resolve())));
    const { port } = agent.address() as AddressInfo;
    const config = () =>
      [
        "backend AGENT",
        `  server A 127.0.0.1:9 agent-check agent-port ${port} agent-addr 127.0.0.1 agent-inter 400`,
        "  server B 127.0.0.1:9",
        "  server C 127.0.0.1:9",
      ].join("\n");
    const lab = await haproxy({ bin, config });
    const app = await startTestApp({ loadBalancers: { lb1: lab.adminSocket } });
    await until("the agent was heard", () => app.app.fleet.poller("lb1")?.row("AGENT/A")?.agentStatus !== "");
    const path = "/api/v1/servers/AGENT/A/admin-state";
    const warned = await app.rest("PUT", path, { adminState: "drain" });
    expect(warned.body).toMatchObject({ code: "guard", findings: [{ code: "agent" }] });
    const reply = await app.rest("PUT", path, { adminState: "drain", override: true });
    expect(reply.status, reply.text).toBe(422);
    expect(reply.body.outcomes[0]).toMatchObject({ outcome: "refused", before: "ready", after: "ready" });
    expect(reply.body.detail).toMatch(/something else sets it back \(an agent check/);
    expect(await lab.adminBits("AGENT/A")).toBe(0);
  });

  test("a socket of level operator or user: refused with the line of haproxy.cfg to change", async () => {
    const lab = await haproxy({ bin });
    const app = await startTestApp({ loadBalancers: { lb1: lab.operatorSocket, lb2: lab.userSocket } });
    for (const [lb, level] of [
      ["lb1", "operator"],
      ["lb2", "user"],
    ]) {
      const reply = await app.rest("PUT", SRV1, { adminState: "drain", loadBalancers: [lb], override: true });
      expect(reply.status).toBe(409);
      expect(reply.body.detail).toContain(`The socket of ${lb} has level ${level}`);
      expect(reply.body.detail).toMatch(/In haproxy\.cfg, section global, write "level admin"/);
    }
    expect(await lab.adminBits("APP1/SRV1")).toBe(0);
  });

  test("a reload between command and look: the lost state is not called done", async () => {
    const lab = await haproxy({ bin, masterWorker: true });
    const app = await startTestApp({ loadBalancers: { lb1: lab.adminSocket } });
    const client = app.app.fleet.poller("lb1")!.client;
    const send = client.send.bind(client);
    vi.spyOn(client, "send").mockImplementationOnce(async (command) => {
      const answer = await send(command);
      await lab.reload();
      return answer;
    });
    const reply = await app.rest("PUT", SRV1, { adminState: "drain" });
    expect(reply.status, reply.text).toBe(422);
    expect(reply.body.detail).toMatch(/HAProxy took it, then was reloaded and shows ready\. Try again\./);
    expect((await app.rest("PUT", SRV1, { adminState: "drain" })).status).toBe(200);
    expect(await lab.adminBits("APP1/SRV1")).toBe(8);
  });

  test("HAProxy frozen during the command: unknown, said and audited, and resolved by looking", async () => {
    const lab = await haproxy({ bin });
    const app = await startTestApp({
      loadBalancers: { lb1: lab.adminSocket },
      runtimeLimits: { replyTimeoutMs: 300 },
    });
    const { audit } = app.app.store;
    const intent = audit.intent.bind(audit);
    vi.spyOn(audit, "intent").mockImplementationOnce(async (facts) => {
      const seq = await intent(facts);
      await lab.freeze();
      return seq;
    });
    const reply = await app.rest("PUT", SRV1, { adminState: "drain" });
    expect(reply.status, reply.text).toBe(502);
    expect(reply.body).toMatchObject({
      code: "outcome-unknown",
      outcomes: [{ lb: "lb1", outcome: "unknown", after: null }],
    });
    expect(reply.body.detail).toMatch(/Sent, but lb1 could not be asked what became of it/);
    expect((await auditOf(app)).map((one) => [one.kind, one.outcome])).toEqual([
      ["intent", null],
      ["outcome", "unknown"],
    ]);
    const again = await app.rest("PUT", SRV1, { adminState: "drain" });
    expect([again.status, again.body.code]).toEqual([502, "unreachable"]);
    lab.thaw();
    const resolved = await until(
      "it is resolved",
      async () => (await auditOf(app)).find((one) => one.outcome === "done" || one.outcome === "refused") ?? null,
    );
    const shown = (await lab.adminBits("APP1/SRV1")) === 8 ? "drain" : "ready";
    expect(resolved).toMatchObject({
      kind: "event",
      requestId: reply.body.requestId,
      outcome: shown === "drain" ? "done" : "refused",
      after: shown,
      answer: `Looked again: lb1 shows ${shown}.`,
    });
  });

  test("a load balancer that stopped: the other one is done, the stopped one is named", async () => {
    const [one, two] = await Promise.all([haproxy({ bin }), haproxy({ bin })]);
    const app = await startTestApp({ loadBalancers: { lb1: one.adminSocket, lb2: two.adminSocket } });
    await two.stop();
    const reply = await app.rest("PUT", SRV1, { adminState: "drain" });
    expect(reply.status, reply.text).toBe(200);
    expect(reply.body.outcomes).toMatchObject([{ lb: "lb1", outcome: "done" }]);
    expect(reply.body.findings).toMatchObject([
      { code: "not-live", lb: "lb2", severity: "note", message: expect.stringContaining("lb2 does not answer") },
    ]);
    expect(await one.adminBits("APP1/SRV1")).toBe(8);
    const alone = await app.rest("PUT", SRV1, { adminState: "ready", loadBalancers: ["lb2"] });
    expect([alone.status, alone.body.code]).toEqual([502, "unreachable"]);
  });
});

test("expect: a state that changed meanwhile is refused with 409 and nothing is sent", async () => {
  const lab = await haproxy();
  const app = await startTestApp({ loadBalancers: { lb1: lab.adminSocket } });
  await lab.ask("set server APP1/SRV1 state drain");
  const reply = await app.rest("PUT", SRV1, { adminState: "maint", expect: "ready" });
  expect([reply.status, reply.body.code]).toEqual([409, "state-changed"]);
  expect(reply.body.detail).toBe("APP1/SRV1 is drain now, not ready. Nothing was sent; look again.");
  expect(await lab.adminBits("APP1/SRV1")).toBe(8);
  expect((await app.rest("PUT", SRV1, { adminState: "maint", expect: "drain" })).status).toBe(200);
});

test("two changes of one server at once: one after the other, and the second one's before is true", async () => {
  const lab = await haproxy();
  const app = await startTestApp({ loadBalancers: { lb1: lab.adminSocket } });
  const replies = await Promise.all([
    app.rest("PUT", SRV1, { adminState: "drain" }),
    app.rest("PUT", SRV1, { adminState: "maint" }),
    app.rest("PUT", SRV1, { adminState: "ready" }),
  ]);
  expect(replies.map((reply) => reply.status)).toEqual([200, 200, 200]);
  const rows = await auditOf(app);
  expect(rows.map((row) => row.kind)).toEqual(["intent", "outcome", "intent", "outcome", "intent", "outcome"]);
  const outcomes = rows.filter((row) => row.kind === "outcome");
  expect(outcomes[0]?.before).toBe("ready");
  expect(outcomes[1]?.before).toBe(outcomes[0]?.after);
  expect(outcomes[2]?.before).toBe(outcomes[1]?.after);
});

/** Backends in which one thing each stands against taking a server out. */
function guardConfig(context: LabContext, [a, b, c]: number[]): string {
  const check = "check inter 200 fastinter 100 rise 1 fall 1";
  return `
frontend www
  bind 127.0.0.1:${context.port(APP_PORT)}
  default_backend QUEUE
backend MIX
  option httpchk GET /health
  server A 127.0.0.1:${a} ${check}
  server DRAINED 127.0.0.1:${b} ${check}
  server WEIGHTLESS 127.0.0.1:${b} weight 0 ${check}
  server DOWN 127.0.0.1:1 ${check}
  server TRACKS 127.0.0.1:${c} track BASE/B3
backend SPARE
  server A 127.0.0.1:${a}
  server B 127.0.0.1:${b} backup
backend RAMP
  option httpchk GET /health
  server A 127.0.0.1:${a} ${check}
  server B 127.0.0.1:${b} slowstart 60s ${check}
  server C 127.0.0.1:${c} ${check}
backend QUEUE
  timeout queue 60s
  cookie S insert indirect nocache
  server A 127.0.0.1:${a} maxconn 1 cookie a
  server B 127.0.0.1:${b} cookie b
  server C 127.0.0.1:${c} cookie c
  server D 127.0.0.1:${c} cookie d
backend BASE
  option httpchk GET /health
  server B1 127.0.0.1:${a} ${check}
  server B2 127.0.0.1:${b} ${check}
  server B3 127.0.0.1:${c} ${check}
  server B4 127.0.0.1:${c} ${check}
  server B5 127.0.0.1:${c} ${check}
backend FOLLOW
  server F1 127.0.0.1:${a} track BASE/B1
  server F3 127.0.0.1:${c} track BASE/B3
`;
}

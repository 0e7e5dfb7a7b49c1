// Why a server is not empty, on real HAProxies of every version: each cause with its count, beside what HAProxy itself lists.
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { haproxyBinaries } from "#lab/binaries.ts";
import { type LabHaproxy, type LabOptions, startHaproxy } from "#lab/haproxy.ts";
import { until } from "#lab/net.ts";
import { type Origin, openTunnel, startOrigin, visit } from "#lab/origins.ts";
import type { Diagnosis, DiagnosisCode } from "#lib/wire/diagnosis.ts";
import { startTestApp, type TestApp } from "#server/testing.ts";

const COOKIE = ["SRV=s1"];

async function startAgent(says: string): Promise<number> {
  const agent = createServer((socket) => socket.on("error", () => socket.destroy()).end(`${says}\n`));
  await once(agent.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => void agent.close());
  return (agent.address() as AddressInfo).port;
}

interface Lab {
  lb: LabHaproxy;
  origin: Origin;
  app: TestApp;
  diagnosis: (server: string) => Promise<Diagnosis[]>;
  drain: (server: string, adminState?: string) => Promise<void>;
  /** lines of `show sess` for the server, as HAProxy says */
  listed: (server: string) => Promise<number>;
}

async function start(bin: string, options: Partial<LabOptions> = {}): Promise<Lab> {
  const agentPort = await startAgent("up");
  const origin = await startOrigin("origin");
  onTestFinished(() => origin.stop());
  const lb = await startHaproxy({
    ...{ bin, ports: ["app", "h2", "tcp"], defaults: ["timeout queue 60s"] },
    config: (context) =>
      [
        "frontend www",
        `  bind 127.0.0.1:${context.port("app")}`,
        `  bind 127.0.0.1:${context.port("h2")} proto h2`,
        "  use_backend STICK if { path_beg /stick }",
        "  use_backend RULE if { path_beg /rule }",
        "  use_backend FORCED if { path_beg /forced }",
        "  use_backend SMALL if { path_beg /small }",
        "  default_backend APP",
        "frontend raw",
        `  bind 127.0.0.1:${context.port("tcp")}`,
        "  mode tcp",
        "  default_backend TCP",
        ...backends(`${origin.address}:${origin.port}`, agentPort),
      ].join("\n"),
    ...options,
  });
  onTestFinished(() => lb.dispose());
  const masters = lb.masterSocket === null ? {} : { masters: { lb1: lb.masterSocket } };
  const app = await startTestApp({ loadBalancers: { lb1: lb.adminSocket }, ...masters });
  return {
    ...{ lb, origin, app },
    async diagnosis(server) {
      const reply = await app.rest("GET", `/api/v1/servers/${server}/diagnosis`);
      expect(reply.status, reply.text).toBe(200);
      return reply.body;
    },
    async drain(server, adminState = "drain") {
      const reply = await app.rest("PUT", `/api/v1/servers/${server}/admin-state`, { adminState, override: true });
      expect(reply.status, reply.text).toBe(200);
    },
    async listed(server) {
      const [be, srv] = server.split("/");
      return (await lb.ask("show sess")).split("\n").filter((line) => line.includes(` be=${be} srv=${srv} `)).length;
    },
  };
}

const backends = (origin: string, agentPort: number) => [
  "backend APP",
  "  cookie SRV insert indirect nocache",
  `  server SRV1 ${origin} cookie s1`,
  `  server SRV2 ${origin} cookie s2`,
  "backend STICK",
  "  stick-table type string len 20 size 1k expire 1h",
  "  stick on hdr(x-user)",
  `  server SRV1 ${origin}`,
  "backend RULE",
  "  use-server SRV1 if TRUE",
  `  server SRV1 ${origin}`,
  `  server SRV2 ${origin}`,
  "backend FORCED",
  "  cookie SRV insert indirect nocache",
  "  force-persist if TRUE",
  `  server SRV1 ${origin} cookie s1`,
  "backend SMALL",
  "  http-request set-path /hold",
  "  cookie SRV insert indirect nocache",
  `  server SRV1 ${origin} cookie s1 maxconn 1`,
  "backend TCP",
  "  mode tcp",
  `  server SRV1 ${origin}`,
  "backend AGENT",
  `  server SRV1 ${origin} check inter 300 agent-check agent-port ${agentPort} agent-inter 200`,
  "backend TRACK",
  `  server SRV1 ${origin} track AGENT/SRV1`,
];

function counts(causes: readonly Diagnosis[]): Partial<Record<DiagnosisCode, number>> {
  return Object.fromEntries(causes.filter((one) => one.count !== null).map((one) => [one.code, one.count]));
}

/** The causes, once all that was done is seen. */
async function shows(
  lab: Lab,
  server: string,
  expected: Partial<Record<DiagnosisCode, number | undefined>>,
): Promise<Diagnosis[]> {
  let seen: unknown;
  return until(`${server}: ${JSON.stringify(expected)}`, async () => {
    const causes = await lab.diagnosis(server);
    seen = counts(causes);
    return Object.entries(expected).every(([code, n]) => counts(causes)[code as DiagnosisCode] === n) && causes;
  }).catch((error: Error) => {
    throw new Error(`${error.message}; seen ${JSON.stringify(seen)}`);
  });
}

function openTcp(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, "127.0.0.1", resolve).on("error", reject);
    onTestFinished(() => void socket.destroy());
  });
}

describe.each(haproxyBinaries())("HAProxy $version", ({ bin }) => {
  test("requests, tunnels, HTTP/2, keep-alive, cookie users; the counts add up to show sess", async () => {
    const lab = await start(bin);
    const port = lab.lb.port("app");
    const held = visit(port, "/hold", COOKIE).catch(() => null);
    for (let i = 0; i < 2; i++) await openTunnel(port, "/socket", COOKIE);
    const http2 = connectHttp2(`http://127.0.0.1:${lab.lb.port("h2")}`);
    http2.on("error", () => undefined);
    onTestFinished(() => void http2.destroy());
    for (let i = 0; i < 3; i++) {
      const stream = http2.request({ ":path": "/hold", cookie: COOKIE[0] });
      stream.on("error", () => undefined);
      stream.end();
    }
    await until("all are there", async () => (await lab.listed("APP/SRV1")) === 6);
    const before = await shows(lab, "APP/SRV1", { requests: 1, http2: 3, tunnels: 2, "not-draining": 1 });
    expect(before.find((one) => one.code === "tunnels")?.detail).toMatch(/timeouts end the last one in/);
    expect(before.filter((one) => one.count === null).map((one) => one.code)).toEqual([
      ...["check-cookie-options", "check-stripped-cookies", "check-session-timeout"],
    ]);
    await lab.drain("APP/SRV1");
    // The second in which it was drained counts for neither.
    const drainedAt = Math.floor(Date.now() / 1_000);
    await until("another second", () => Math.floor(Date.now() / 1_000) > drainedAt);
    for (let i = 0; i < 4; i++) await visit(port, "/", COOKIE);
    const after = await shows(lab, "APP/SRV1", { "cookie-users": 4, requests: 1, http2: 3, tunnels: 2 });
    expect(counts(after)["not-draining"]).toBeUndefined();
    expect(after.find((one) => one.code === "cookie-users")?.detail).toContain("SRV=s1");
    lab.origin.release();
    await held;
    const idle = await until("connections are idle", async () => {
      const line = (await lab.lb.ask("show servers conn APP")).split("\n");
      const at = line[0]!.replace("# ", "").split(" ").indexOf("idle_cur");
      const count = Number(line.find((one) => one.startsWith("APP/SRV1"))?.split(" ")[at]);
      return count > 0 && (await lab.listed("APP/SRV1")) === 2 && count;
    });
    await shows(lab, "APP/SRV1", { "keep-alive": idle, tunnels: 2, requests: undefined, http2: undefined });
    expect(counts(await lab.diagnosis("APP/SRV2")).tunnels).toBeUndefined();
  });

  test("TCP sessions, stick-table entries and clearing them, a use-server rule, force-persist in maint, a queue", async () => {
    const lab = await start(bin);
    const port = lab.lb.port("app");
    for (let i = 0; i < 3; i++) await openTcp(lab.lb.port("tcp"));
    await until("they are there", async () => (await lab.listed("TCP/SRV1")) === 3);
    await shows(lab, "TCP/SRV1", { "tcp-sessions": 3 });

    const stick = (user: string) => fetch(`http://127.0.0.1:${port}/stick`, { headers: { "x-user": user } });
    for (const user of ["ann", "bob"]) expect((await stick(user)).status).toBe(200);
    await shows(lab, "STICK/SRV1", { "stick-entries": 2 });
    const cleared = await lab.app.rest("POST", "/api/v1/servers/STICK/SRV1/stick-entries/clear", { expectCount: 2 });
    expect(cleared.body.outcomes, cleared.text).toMatchObject([
      { lb: "lb1", outcome: "done", before: "2 entries", after: "0 entries" },
    ]);
    expect(await lab.lb.ask("show table STICK")).toContain("used:0");
    await shows(lab, "STICK/SRV1", { "stick-entries": undefined });
    const rows = await lab.app.app.store.audit.list({ action: "server:clear-stick", limit: 10 });
    expect(rows[0]).toMatchObject({
      kind: "outcome",
      outcome: "done",
      command: "clear table STICK data.server_id eq 1",
    });

    await lab.drain("RULE/SRV1");
    await lab.drain("FORCED/SRV1", "maint");
    const nowSec = Math.floor(Date.now() / 1_000);
    await until("another second", () => Math.floor(Date.now() / 1_000) > nowSec);
    for (let i = 0; i < 3; i++) expect((await visit(port, "/rule")).status).toBe(200);
    for (let i = 0; i < 2; i++) expect((await visit(port, "/forced", COOKIE)).status).toBe(200);
    const rule = await shows(lab, "RULE/SRV1", { "persist-rule": 3 });
    expect(rule.find((one) => one.code === "check-persist-rules")?.commands[0]).toContain("force|ignore");
    const forced = await shows(lab, "FORCED/SRV1", { "persist-rule": 2 });
    expect(forced.find((one) => one.code === "persist-rule")?.detail).toContain("option persist or force-persist");

    const waiting = [1, 2, 3].map(() => visit(port, "/small/hold", COOKIE).catch(() => null));
    await shows(lab, "SMALL/SRV1", { queue: 2, requests: 1 });
    expect(await lab.listed("SMALL/SRV1")).toBe(3);
    await until("all were answered", async () => {
      lab.origin.release();
      return (await lab.listed("SMALL/SRV1")) === 0;
    });
    await Promise.all(waiting);
  });

  test("an agent, a server that follows another one, weight 0 instead of drain", async () => {
    const lab = await start(bin);
    await shows(lab, "TRACK/SRV1", { tracking: 1 });
    await shows(lab, "AGENT/SRV1", { agent: 1, trackers: 1 });
    const weight = await lab.app.rest("PUT", "/api/v1/servers/APP/SRV1/weight", { weight: "0" });
    expect(weight.status, weight.text).toBe(200);
    await shows(lab, "APP/SRV1", { "weight-zero": 1, "not-draining": 1 });
    expect(counts(await lab.diagnosis("APP/SRV2"))["weight-zero"]).toBeUndefined();
  });

  test("what an old process holds after a reload is counted by itself", async () => {
    const lab = await start(bin, { masterWorker: true });
    for (let i = 0; i < 2; i++) await openTunnel(lab.lb.port("app"), "/socket", COOKIE);
    await until("they are there", async () => (await lab.listed("APP/SRV1")) === 2);
    await lab.lb.reload();
    await openTunnel(lab.lb.port("app"), "/socket", COOKIE);
    await shows(lab, "APP/SRV1", { "old-workers": 2, tunnels: 1, "old-workers-unseen": undefined });
  });
});

test("without a master CLI a reload leaves what nobody can see, and how to look by hand", async () => {
  const { bin } = haproxyBinaries().at(-1)!;
  const lab = await start(bin);
  const pid = await lab.lb.pid();
  await lab.lb.reload();
  await until("the reload is seen", () => lab.app.app.fleet.views()[0]?.head.process?.pid !== pid);
  const causes = await shows(lab, "APP/SRV1", { "old-workers-unseen": 1 });
  expect(causes.find((one) => one.code === "check-old-workers")?.commands[0]).toMatch(/^ps /);
});

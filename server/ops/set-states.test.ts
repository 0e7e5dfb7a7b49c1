// Every server of a machine as one action, over REST on two real HAProxies: one look, one guard, one group in the audit,
// and what each HAProxy itself shows afterwards.
import { describe, expect, onTestFinished, test } from "vitest";
import { haproxyBinaries } from "#lab/binaries.ts";
import { FAST_CHECK } from "#lab/configs.ts";
import { type LabHaproxy, type LabOptions, startHaproxy } from "#lab/haproxy.ts";
import { until } from "#lab/net.ts";
import { type Origin, startOrigin } from "#lab/origins.ts";
import type { ServerOutcome } from "#lib/wire/commands.ts";
import { addSomeone } from "#server/auth/testing/someone.ts";
import { startTestApp, type TestApp } from "#server/testing.ts";

const HOST1 = "127.0.0.31";
const HOST2 = "127.0.0.32";
const AT_HOST1 = ["APP1/SRV1", "API/a1", "FOLLOW/f1", "LATE/l1"];
const adminState = (host: string) => `/api/v1/hosts/${host}/admin-state`;

interface Stage {
  lbs: readonly [LabHaproxy, LabHaproxy];
  app: TestApp;
  bits(id: string): Promise<number[]>;
}

/** f1 follows a server on its own machine, l1 one on the other machine. */
function config([one, two]: readonly Origin[]): string {
  const at1 = `${one?.address}:${one?.port}`;
  const at2 = `${two?.address}:${two?.port}`;
  return [
    "backend APP1\n option httpchk GET /health",
    ` server SRV1 ${at1} ${FAST_CHECK}\n server SRV2 ${at2} ${FAST_CHECK}`,
    `backend API\n server a1 ${at1}\n server a2 ${at2}`,
    `backend FOLLOW\n server f1 ${at1} track APP1/SRV1\n server f2 ${at2} track APP1/SRV2`,
    `backend LATE\n server l1 ${at1} track APP1/SRV2\n server l2 ${at2}\n server l3 ${at2}`,
  ].join("\n");
}

async function startStage(options: Partial<LabOptions> = {}): Promise<Stage> {
  const origins = await Promise.all([HOST1, HOST2].map((address) => startOrigin(address, { address })));
  const start = () => startHaproxy({ defaults: ["timeout check 10s"], config: () => config(origins), ...options });
  const lbs = await Promise.all([start(), start()] as const);
  onTestFinished(async () => {
    await Promise.all(lbs.map((lb) => lb.dispose()));
    await Promise.all(origins.map((origin) => origin.stop()));
  });
  const app = await startTestApp({ loadBalancers: { lb1: lbs[0].adminSocket, lb2: lbs[1].adminSocket } });
  await until("checks passed", () =>
    ["lb1", "lb2"].every((lb) => app.app.fleet.poller(lb)?.row("APP1/SRV2")?.status === "UP"),
  );
  return { lbs, app, bits: (id) => Promise.all(lbs.map((lb) => lb.adminBits(id))) };
}

const told = (outcomes: readonly ServerOutcome[]) =>
  outcomes.map(({ server, lb, outcome, after }) => `${server} ${lb} ${outcome} ${after}`).toSorted();

describe.each(haproxyBinaries())("HAProxy $version", ({ bin }) => {
  test("drain and ready of a machine: every server at the address on both load balancers, one group in the audit", async () => {
    const { app, bits } = await startStage({ bin });
    const drained = await app.rest("PUT", adminState(HOST1), { adminState: "drain", reason: "new kernel" });
    expect(drained.status, drained.text).toBe(200);
    const all = (state: string) =>
      AT_HOST1.flatMap((id) => ["lb1", "lb2"].map((lb) => `${id} ${lb} done ${state}`)).toSorted();
    expect(told(drained.body.outcomes)).toEqual(all("drain"));
    for (const id of AT_HOST1)
      expect(
        (await bits(id)).map((one) => one & 0x09),
        id,
      ).toEqual([8, 8]);
    for (const id of ["APP1/SRV2", "API/a2", "FOLLOW/f2", "LATE/l2"]) expect(await bits(id), id).toEqual([0, 0]);

    const rows = (await app.app.store.audit.list({ limit: 100 })).filter((row) => row.action === "server:set-state");
    expect(new Set(rows.map((row) => row.requestId))).toEqual(new Set([drained.body.requestId]));
    const intents = rows.filter((row) => row.kind === "intent");
    const outcomes = rows.filter((row) => row.kind === "outcome");
    expect(intents.map((row) => `${row.target} ${row.lb}`).toSorted()).toEqual(
      AT_HOST1.flatMap((id) => [`${id} lb1`, `${id} lb2`]).toSorted(),
    );
    expect(outcomes.every((row) => row.outcome === "done" && row.reason === "new kernel")).toBe(true);
    expect(intents[0]?.detail).toMatchObject({ group: { kind: "host", host: HOST1 } });
    expect(Math.max(...intents.map((row) => row.seq))).toBeLessThan(Math.min(...outcomes.map((row) => row.seq)));

    const ready = await app.rest("PUT", adminState(HOST1), { adminState: "ready", expect: "drain" });
    expect(ready.status, ready.text).toBe(200);
    expect(told(ready.body.outcomes)).toEqual(all("ready"));
    for (const id of AT_HOST1) expect(await bits(id), id).toEqual([0, 0]);
  });
});

test("one guard over all backends: the price of all of them together, nothing sent, and it gives way to override", async () => {
  const { app, bits } = await startStage();
  const socket = app.socket();
  const servers = ["APP1/SRV1", "APP1/SRV2", "API/a1"];
  const refused = await socket.emitWithAck("servers:set-state", { servers, adminState: "drain" });
  expect(refused).toMatchObject({ ok: false, problem: { code: "guard", status: 409 } });
  const findings = refused.ok ? [] : (refused.problem.findings ?? []);
  expect(findings.filter((one) => one.lb === "lb1" && one.severity === "confirm").map((one) => one.message)).toEqual([
    expect.stringMatching(/^SRV1 and SRV2 are the last servers of APP1 on lb1 .* error \(503\)/),
    expect.stringMatching(/^FOLLOW\/f1 tracks APP1\/SRV1 on lb1/),
    expect.stringMatching(/^FOLLOW\/f2 and LATE\/l1 track APP1\/SRV2 on lb1/),
  ]);
  for (const id of servers) expect(await bits(id)).toEqual([0, 0]);
  const rows = await app.app.store.audit.list({ action: "server:set-state", limit: 10 });
  expect(rows.map((row) => [row.kind, row.outcome, row.target])).toEqual([["event", "denied", null]]);

  const done = await socket.emitWithAck("servers:set-state", { servers, adminState: "drain", override: true });
  expect(done.ok).toBe(true);
  for (const id of servers) expect(await bits(id)).toEqual([8, 8]);
});

test("a load balancer that stopped: done on the other one, and told for each server", async () => {
  const { app, lbs } = await startStage();
  await lbs[1].stop();
  const reply = await app.rest("PUT", adminState(HOST2), { adminState: "drain", override: true });
  expect(reply.status, reply.text).toBe(200);
  const of = (lb: string) => reply.body.outcomes.filter((one: ServerOutcome) => one.lb === lb);
  expect(of("lb1").every((one: ServerOutcome) => one.outcome === "done")).toBe(true);
  expect(of("lb2")).toHaveLength(of("lb1").length);
  for (const one of of("lb2"))
    expect(one).toMatchObject({ outcome: "refused", isSent: false, message: "Nothing was sent: lb2 does not answer." });
  expect(await lbs[0].adminBits("API/a2")).toBe(8);
  const denied = await app.app.store.audit.list({ action: "server:set-state", outcome: "denied", limit: 20 });
  expect(denied.map((row) => [row.kind, row.lb, row.command])).toEqual(of("lb2").map(() => ["outcome", "lb2", null]));
});

test("a server that cannot be ready by itself is left out with its reason; the rest of the machine is set", async () => {
  const { app, bits } = await startStage();
  for (const host of [HOST1, HOST2])
    expect((await app.rest("PUT", adminState(host), { adminState: "drain", override: true })).status).toBe(200);
  const reply = await app.rest("PUT", adminState(HOST1), { adminState: "ready" });
  expect(reply.status, reply.text).toBe(200);
  const failed = reply.body.outcomes.filter((one: ServerOutcome) => one.outcome !== "done");
  expect(failed.map((one: ServerOutcome) => `${one.server} ${one.lb}`)).toEqual(["LATE/l1 lb1", "LATE/l1 lb2"]);
  expect(failed[0].message).toMatch(/^Nothing was sent: LATE\/l1 follows APP1\/SRV2 on lb1 .* Set APP1\/SRV2 ready/);
  for (const id of ["APP1/SRV1", "API/a1", "FOLLOW/f1"]) expect(await bits(id), id).toEqual([0, 0]);
});

test("refused as a whole: a state that changed, an address nobody has, a backend that is not allowed", async () => {
  const { app, bits, lbs } = await startStage();
  await lbs[0].ask("set server API/a1 state drain");
  const changed = await app.rest("PUT", adminState(HOST1), { adminState: "maint", expect: "ready", override: true });
  expect([changed.status, changed.body.code]).toEqual([409, "state-changed"]);
  expect(changed.body.detail).toBe(
    "API/a1 is in different states, not ready now. Nothing was sent to any of them; look again.",
  );
  expect(await bits("APP1/SRV1")).toEqual([0, 0]);

  const nobody = await app.rest("PUT", adminState("10.9.9.9"), { adminState: "drain" });
  expect([nobody.status, nobody.body.code]).toEqual([404, "unknown-name"]);
  expect(nobody.body.detail).toBe(`No server has the address 10.9.9.9; there are ${HOST1} and ${HOST2}.`);
  const port = await app.rest("PUT", adminState(`${HOST1}:80`), { adminState: "drain" });
  expect([port.status, port.body.detail]).toEqual([400, expect.stringContaining("without its port")]);

  const { cookie } = await addSomeone(app.app.store, { name: "limited", role: "operator", backends: ["APP1", "API"] });
  const limited = await app.rest("PUT", adminState(HOST1), { adminState: "drain" }, { cookie, origin: app.url });
  expect([limited.status, limited.body.code]).toEqual([403, "not-allowed"]);
  expect(limited.body.detail).toBe(
    "limited may not do this to FOLLOW and LATE: it needs role operator and these backends among the ones allowed.",
  );
  expect(await bits("APP1/SRV1")).toEqual([0, 0]);
});

// Load balancers that come and go while the app runs: polled at once, told to every browser, kept over a restart, never
// taken from under a maintenance.
import { writeFileSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { haproxyBinaries } from "#lab/binaries.ts";
import { type LabHaproxy, startHaproxy } from "#lab/haproxy.ts";
import { until } from "#lab/net.ts";
import { decodeSnapshot } from "#lib/wire/codec.ts";
import type { LoadBalancerSetting } from "#lib/wire/settings.ts";
import { newId, newSecret, sha256 } from "#server/auth/secrets.ts";
import { reaches, SRV1, start, startApp, startStage, stop } from "#server/maintenance/testing/stage.ts";
import { testCerts } from "#server/runtime/testing/certs.ts";
import { tempDir } from "#server/store/testing/temp-dir.ts";
import { startTestApp, type TestApp, type TestSocket } from "#server/testing.ts";

const URL = "/api/v1/settings/load-balancers";

async function haproxy(bin?: string, more = ""): Promise<LabHaproxy> {
  const lab = await startHaproxy({
    ...(bin === undefined ? {} : { bin }),
    config: () => `backend APP1\n  server SRV1 127.0.0.1:9\n${more}`,
  });
  onTestFinished(() => lab.dispose());
  return lab;
}

async function list(app: TestApp): Promise<LoadBalancerSetting[]> {
  return (await app.rest("GET", URL)).body.loadBalancers;
}

async function shown(socket: TestSocket): Promise<string[]> {
  const answer = await socket.emitWithAck("fleet:subscribe", { kind: "fleet" });
  if (!answer.ok) throw new Error(answer.problem.detail);
  return answer.value.loadBalancers.map((bytes) => decodeSnapshot(bytes).head.name);
}

const observed = (app: TestApp, name: string) =>
  until(
    `${name} is observed`,
    async () => (await list(app)).find((lb) => lb.name === name && lb.link === "live") ?? null,
  );

async function refusal(app: TestApp, method: string, path: string, body?: object): Promise<[number, string, string]> {
  const reply = await app.rest(method, path, body);
  return [reply.status, reply.body?.code, reply.body?.detail];
}

describe.each(haproxyBinaries())("HAProxy $version", ({ version, bin }) => {
  test("added in one place, it appears in every browser; removed, it vanishes; both are audited", async () => {
    const [first, second] = await Promise.all([haproxy(bin), haproxy(bin, "  server SRV2 127.0.0.1:9")]);
    const app = await startTestApp({ loadBalancers: { lb1: first.adminSocket } });
    const socket = app.socket();
    expect(await shown(socket)).toEqual(["lb1"]);
    let changes = 0;
    socket.on("fleet:changed", () => changes++);
    const added = await app.rest("POST", URL, { name: "lb2", address: second.adminSocket });
    expect([added.status, added.headers.location]).toEqual([201, `${URL}/lb2`]);
    await until("browsers are told", () => changes === 1);
    expect(await shown(socket)).toEqual(["lb1", "lb2"]);
    expect(await observed(app, "lb2")).toMatchObject({
      ...{
        address: second.adminSocket,
        master: null,
        tls: null,
        source: "settings",
        isEditable: true,
        warning: null,
        unusedWhy: null,
      },
      version: expect.stringMatching(new RegExp(`^${version.replace(".", "\\.")}`)),
      level: "admin",
    });
    const fleet = (await app.rest("GET", "/api/v1/fleet")).body;
    expect(fleet.servers.map((one: { id: string }) => one.id)).toEqual(["APP1/SRV1", "APP1/SRV2"]);
    const set = await app.rest("PUT", "/api/v1/servers/APP1/SRV2/admin-state", { adminState: "drain", override: true });
    expect(set.status, set.text).toBe(200);
    expect(await second.adminBits("APP1/SRV2")).toBe(8);
    expect((await app.rest("DELETE", `${URL}/lb2`)).status).toBe(204);
    await until("browsers are told", () => changes === 2);
    expect(await shown(socket)).toEqual(["lb1"]);
    expect((await list(app)).map(({ name, source }) => [name, source])).toEqual([["lb1", "command line"]]);
    // HAProxy itself is not touched by it
    expect(await second.adminBits("APP1/SRV2")).toBe(8);
    const rows = await app.app.store.audit.list({ limit: 20 });
    const told = rows.filter((row) => row.action.startsWith("load-balancer:") && row.kind === "outcome");
    expect(told.map(({ action, lb, before, after, outcome }) => [action, lb, before, after, outcome])).toEqual([
      ["load-balancer:remove", "lb2", second.adminSocket, null, "done"],
      ["load-balancer:add", "lb2", null, second.adminSocket, "done"],
    ]);
  });
});

test("it is kept over a restart, and a changed address is polled in its place", async () => {
  const [first, second] = await Promise.all([haproxy(), haproxy()]);
  using dir = tempDir();
  const before = await startTestApp({ dataDir: dir.path });
  for (const [name, lab] of [
    ["a", first],
    ["b", second],
  ] as const)
    expect((await before.rest("POST", URL, { name, address: lab.operatorSocket })).status).toBe(201);
  const changed = await before.rest("PUT", `${URL}/a`, { address: first.adminSocket });
  expect(changed.status, changed.text).toBe(200);
  await before.stop();
  const app = await startTestApp({ dataDir: dir.path });
  expect((await list(app)).map(({ name, address }) => [name, address])).toEqual([
    ["a", first.adminSocket],
    ["b", second.operatorSocket],
  ]);
  expect(await observed(app, "a")).toMatchObject({ level: "admin" });
});

test("one with a maintenance is neither removed nor changed: the refusal says which, and afterwards it works", async () => {
  const stage = await startStage();
  const app = await startApp({ ...stage, addresses: { lb1: stage.addresses.lb1 ?? "" }, masters: {} });
  expect((await app.rest("POST", URL, { name: "lb2", address: stage.addresses.lb2 })).status).toBe(201);
  await until("its servers are up", () =>
    app.app.fleet.views().every((view) => view.servers.length > 0 && view.servers.every((row) => row.status === "UP")),
  );
  const id = await start(app, { reason: "kernel" });
  await reaches(app, id, "maint");
  for (const [method, body] of [
    ["DELETE", undefined],
    ["PUT", { address: "/run/other.sock" }],
  ] as const) {
    const [status, code, detail] = await refusal(app, method, `${URL}/lb2`, body);
    expect([status, code]).toEqual([409, "conflict"]);
    expect(detail).toContain(`maintenance ${id} of admin token (${SRV1}) needs it`);
  }
  expect(app.app.fleet.poller("lb2")?.view.head.address).toBe(stage.addresses.lb2);
  await stop(app, id, "ready");
  await reaches(app, id, "stopped");
  await until("nothing is on its way", async () => (await app.rest("DELETE", `${URL}/lb2`)).status === 204);
});

test("[M33] one that is added while a server it carries is in maintenance joins it: its users are drained too", async () => {
  const stage = await startStage();
  const app = await startApp({ ...stage, addresses: { lb1: stage.addresses.lb1 ?? "" }, masters: {} });
  const id = await start(app, {});
  await reaches(app, id, "maint");
  expect(await stage.lbs[1].adminBits(SRV1)).toBe(0);
  expect((await app.rest("POST", URL, { name: "lb2", address: stage.addresses.lb2 })).status).toBe(201);
  await until("it is in maint there too", async () => ((await stage.lbs[1].adminBits(SRV1)) & 1) === 1);
  await reaches(app, id, "maint");
  await stop(app, id, "ready");
  await reaches(app, id, "stopped");
  expect(await stage.lbs[1].adminBits(SRV1)).toBe(0);
});

test("a drain of a click is forgotten with its load balancer, not reported as lost in a reload", async () => {
  const [first, second] = await Promise.all([haproxy(), haproxy()]);
  const app = await startTestApp({ loadBalancers: {} });
  await app.rest("POST", URL, { name: "lb1", address: first.adminSocket });
  await observed(app, "lb1");
  const set = await app.rest("PUT", "/api/v1/servers/APP1/SRV1/admin-state", { adminState: "drain", override: true });
  expect(set.status, set.text).toBe(200);
  await until(
    "nothing is on its way",
    async () => (await app.rest("PUT", `${URL}/lb1`, { address: second.adminSocket })).status === 200,
  );
  await observed(app, "lb1");
  await app.app.fleet.pollNow(["lb1"]);
  expect((await app.rest("GET", "/api/v1/lost-states")).body).toEqual([]);
  expect(await app.app.store.keptStates.all()).toEqual([]);
});

test("what the command line says is shown, wins, and is not edited here", async () => {
  const [first, second] = await Promise.all([haproxy(), haproxy()]);
  using dir = tempDir();
  const before = await startTestApp({ dataDir: dir.path });
  await before.rest("POST", URL, { name: "lb1", address: second.adminSocket });
  await before.rest("POST", URL, { name: "other", address: first.adminSocket });
  await before.stop();
  const app = await startTestApp({ dataDir: dir.path, loadBalancers: { lb1: first.adminSocket } });
  const all = await list(app);
  expect(all.map(({ name, source, isEditable, link }) => [name, source, isEditable, link])).toEqual([
    ["lb1", "command line", false, "live"],
    ["lb1", "settings", true, "unreachable"],
    ["other", "settings", true, "unreachable"],
  ]);
  expect(all[1]?.unusedWhy).toContain("its name is given by the command line");
  expect(all[2]?.unusedWhy).toContain("its socket is given by the command line");
  expect(app.app.fleet.pollers).toHaveLength(1);
  expect(await refusal(app, "PUT", `${URL}/lb1`, { address: "/run/new.sock" })).toEqual([
    409,
    "conflict",
    expect.any(String),
  ]);
  expect((await app.rest("DELETE", `${URL}/lb1`)).status).toBe(204);
  expect(app.app.fleet.pollers).toHaveLength(1);
  const [status, code, detail] = await refusal(app, "DELETE", `${URL}/lb1`);
  expect([status, code]).toEqual([409, "conflict"]);
  expect(detail).toContain("named by the command line; change it there");
  expect((await refusal(app, "DELETE", `${URL}/none`))[1]).toBe("unknown-name");
});

test("names and addresses are judged in the words of the command line; a second name or socket is a conflict", async () => {
  const lab = await haproxy();
  const app = await startTestApp({ loadBalancers: { lb1: lab.adminSocket } });
  const words = async (body: object) => (await refusal(app, "POST", URL, body)).slice(0, 3).join(" ");
  expect(await words({ name: "lb2", address: "haproxy:9999" })).toContain("write tcp://haproxy:9999");
  expect(await words({ name: "lb2", address: "/a", master: "m.sock" })).toContain("400 malformed");
  expect(await words({ name: "lb/2", address: "/a" })).toContain("400 malformed name: use letters");
  expect(await words({ name: "lb1", address: "/a" })).toContain("409 conflict");
  expect(await words({ name: "lb2", address: lab.adminSocket })).toContain(
    '409 conflict lb2: is the same socket as "lb1"',
  );
  expect(await words({ name: "lb2", address: "/a", tls: { ca: "/ca.pem" } })).toContain("is not tls://");
  expect(app.app.fleet.pollers).toHaveLength(1);
  expect(await app.app.store.loadBalancers.all()).toEqual([]);
});

test("two that want the same name at once: one gets it", async () => {
  const app = await startTestApp();
  const replies = await Promise.all(
    ["/run/a.sock", "/run/b.sock", "/run/c.sock"].map((address) => app.rest("POST", URL, { name: "lb1", address })),
  );
  expect(replies.map((reply) => reply.status).sort()).toEqual([201, 409, 409]);
  expect(await app.app.store.loadBalancers.all()).toHaveLength(1);
});

test("only an admin changes them, an operator reads them, and what was refused is audited", async () => {
  const lab = await haproxy();
  const app = await startTestApp({ loadBalancers: { lb1: lab.adminSocket } });
  const headersOf = async (role: "viewer" | "operator") => {
    const secret = newSecret();
    await app.app.store.tokens.add(sha256(secret), {
      ...{ id: newId(), name: role, role, backends: null, createdAt: Date.now(), expiresAt: null },
      ...{ createdBy: "test", prefix: "" },
    });
    return { authorization: `Bearer ${secret}` };
  };
  const [viewer, operator] = [await headersOf("viewer"), await headersOf("operator")];
  expect((await app.rest("GET", URL, undefined, operator)).status).toBe(200);
  expect((await app.rest("GET", URL, undefined, viewer)).status).toBe(403);
  const writes = [
    ["POST", URL, { name: "lb9", address: lab.operatorSocket }],
    ["POST", `${URL}/test`, { address: lab.operatorSocket }],
    ["PUT", `${URL}/lb1`, { address: "/run/x.sock" }],
    ["DELETE", `${URL}/lb1`, undefined],
    ["PUT", "/api/v1/settings/backends/APP1", { minimum: 1 }],
    ["PUT", "/api/v1/settings/after-reload", { afterReload: "leave" }],
  ] as const;
  for (const headers of [viewer, operator])
    for (const [method, path, body] of writes)
      expect((await app.rest(method, path, body, headers)).status, `${method} ${path}`).toBe(403);
  await until("refusals of both are in the audit", async () => {
    const rows = await app.app.store.audit.list({ limit: 100 });
    const denied = rows.filter((row) => row.outcome === "denied").map((row) => row.actorName);
    return ["viewer", "operator"].every((name) => denied.includes(name));
  });
  expect(app.app.fleet.pollers).toHaveLength(1);
});

test("TLS files are read when it connects: missing ones are told, and found without a restart", async () => {
  const lab = await startHaproxy({
    ports: ["tls"],
    config: (context) =>
      [
        "listen runtime-api",
        "  mode tcp",
        `  bind 127.0.0.1:${context.port("tls")} ssl crt ${testCerts.serverFile}`,
        `  server cli unix@${context.dir}/admin.sock`,
      ].join("\n"),
  });
  onTestFinished(() => lab.dispose());
  using dir = tempDir();
  const ca = `${dir.path}/ca.pem`;
  const app = await startTestApp();
  const body = { name: "lb1", address: `tls://127.0.0.1:${lab.port("tls")}`, tls: { ca } };
  expect((await app.rest("POST", URL, body)).status).toBe(201);
  const told = await until("it says what is missing", async () => (await list(app))[0]?.error ?? null);
  expect(told).toContain(`tls.ca ${ca} cannot be read (ENOENT)`);
  writeFileSync(ca, testCerts.ca);
  expect(await observed(app, "lb1")).toMatchObject({ tls: { ca }, error: null });
});

test("a way that is neither encrypted nor on this machine is told beside the load balancer", async () => {
  const app = await startTestApp({
    loadBalancers: { far: "tcp://192.0.2.1:9999", near: "tcp://127.0.0.1:9", safe: "tls://192.0.2.1:9443" },
    waitUntilObserved: false,
  });
  const { loadBalancers } = (await app.rest("GET", URL)).body as { loadBalancers: { name: string; warning: string }[] };
  const warnings = Object.fromEntries(loadBalancers.map((lb) => [lb.name, lb.warning]));
  expect(warnings).toEqual({
    far: expect.stringMatching(/anyone on that network can change HAProxy; .*tls:\/\/.*\.$/),
    near: null,
    safe: null,
  });
});

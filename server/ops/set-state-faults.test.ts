// What the real HAProxy will not do on demand, played by the scripted fake: lies, cut answers, names that would inject, an
// audit that cannot be written, and an app that dies between intent and outcome.
import { expect, onTestFinished, test, vi } from "vitest";
import { until } from "#lab/net.ts";
import { testCerts } from "#server/runtime/testing/certs.ts";
import { type FakeHaproxy, startFake } from "#server/runtime/testing/fake-haproxy.ts";
import { type FakeModel, fakeModel, modelServer } from "#server/runtime/testing/fake-model.ts";
import { StoreError } from "#server/store/errors.ts";
import { tempDir } from "#server/store/testing/temp-dir.ts";
import { startChild } from "#server/testing/child.ts";
import { ADMIN_TOKEN, startTestApp, type TestApp } from "#server/testing.ts";

const SRV1 = "/api/v1/servers/APP1/SRV1/admin-state";
const QUESTIONS = new Set(["show info;show stat -1 6 -1;show servers state", "show cli level", "show table"]);

interface Stage {
  model: FakeModel;
  fake: FakeHaproxy;
  address: string;
  /** lines that are not questions */
  sent(): string[];
}

async function stage(facts: Partial<FakeModel> = {}): Promise<Stage> {
  const servers = ["SRV1", "SRV2", "SRV3"].map((name) => modelServer("APP1", name));
  const model = fakeModel(servers, facts);
  const fake = await startFake(model.script);
  onTestFinished(() => fake.stop());
  const address = fake.address.kind === "unix" ? fake.address.path : "";
  return { model, fake, address, sent: () => fake.lines.filter((line) => !QUESTIONS.has(line)) };
}

async function auditOf(app: TestApp) {
  return (await app.app.store.audit.list({ limit: 100 })).filter((row) => row.action === "server:set-state").reverse();
}

/** `set` lines get this treatment, everything else the model's answer. */
function onSet(one: Stage, treat: (line: string) => ReturnType<FakeModel["script"]>): void {
  one.fake.script((line) => (line.startsWith("set ") ? treat(line) : one.model.script(line)));
}

test("a success that changed nothing is refused with a sentence, not called done", async () => {
  const one = await stage({ lies: true });
  const app = await startTestApp({ loadBalancers: { lb1: one.address } });
  const reply = await app.rest("PUT", SRV1, { adminState: "drain" });
  expect([reply.status, reply.body.code]).toEqual([422, "refused"]);
  expect(reply.body.detail).toBe(
    "APP1/SRV1 was not set to drain. lb1: HAProxy took it but shows ready: something else sets it back (an agent check, another tool).",
  );
  expect(one.sent()).toEqual(["set server APP1/SRV1 state drain"]);
  expect((await auditOf(app)).at(-1)).toMatchObject({ kind: "outcome", outcome: "refused", after: "ready" });
});

test("an answer that was cut though the state changed is done, by looking; it is not sent again", async () => {
  const one = await stage();
  const app = await startTestApp({ loadBalancers: { lb1: one.address } });
  onSet(one, (line) => ({ kind: "cut", text: one.model.answer(line), bytes: 0 }));
  const reply = await app.rest("PUT", SRV1, { adminState: "drain" });
  expect(reply.status, reply.text).toBe(200);
  expect(reply.body.outcomes).toMatchObject([{ outcome: "done", after: "drain" }]);
  expect(one.sent().length).toBe(1);
});

test("an answer that was cut and no change is refused: try again; it is not sent again by itself", async () => {
  const one = await stage();
  const app = await startTestApp({ loadBalancers: { lb1: one.address } });
  onSet(one, () => ({ kind: "cut", text: "\n", bytes: 0 }));
  const reply = await app.rest("PUT", SRV1, { adminState: "drain" });
  expect([reply.status, reply.body.outcomes[0].outcome]).toEqual([422, "refused"]);
  expect(reply.body.detail).toMatch(/HAProxy's answer was lost; it still shows ready\. Try again\./);
  expect(one.sent().length).toBe(1);
});

test("HAProxy's refusal is repeated in its own words", async () => {
  const one = await stage();
  const app = await startTestApp({ loadBalancers: { lb1: one.address } });
  onSet(one, () => ({ kind: "reply", text: "No such server.\n\n" }));
  const reply = await app.rest("PUT", SRV1, { adminState: "drain" });
  expect(reply.status).toBe(422);
  expect(reply.body.outcomes).toMatchObject([{ outcome: "refused", message: "HAProxy refused: No such server." }]);
  expect((await auditOf(app)).at(-1)).toMatchObject({ outcome: "refused", answer: "No such server.\n\n" });
});

test("permission that is lost after the level was read is a refusal that says what to change", async () => {
  const one = await stage();
  const app = await startTestApp({ loadBalancers: { lb1: one.address } });
  onSet(one, () => ({ kind: "reply", text: "Permission denied\n\n" }));
  const reply = await app.rest("PUT", SRV1, { adminState: "drain" });
  expect(reply.status).toBe(422);
  expect(reply.body.outcomes[0]).toMatchObject({ outcome: "refused", after: "ready" });
  expect(reply.body.detail).toMatch(/In haproxy\.cfg write: stats socket \S+ mode 660 level admin/);
});

test("unknown names are 404, with those that there are", async () => {
  const one = await stage();
  const app = await startTestApp({ loadBalancers: { lb1: one.address } });
  const server = await app.rest("PUT", "/api/v1/servers/APP1/SRV9/admin-state", { adminState: "drain" });
  expect([server.status, server.body.code]).toEqual([404, "unknown-name"]);
  expect(server.body.detail).toBe('backend "APP1" has no server of that name; it has SRV1, SRV2 and SRV3');
  const backend = await app.rest("PUT", "/api/v1/servers/NOPE/SRV1/admin-state", { adminState: "drain" });
  expect([backend.status, backend.body.detail]).toEqual([404, 'no load balancer has a backend "NOPE"; there are APP1']);
  const lb = await app.rest("PUT", SRV1, { adminState: "drain", loadBalancers: ["lb7"] });
  expect([lb.status, lb.body.detail]).toEqual([404, 'there is no load balancer "lb7"; there are lb1']);
  expect((await auditOf(app)).map((row) => [row.kind, row.outcome])).toEqual(Array(3).fill(["event", "denied"]));
  expect(one.sent()).toEqual([]);
});

test.each([
  ["SRV1%3Bshutdown%20sessions", "a semicolon"],
  ["SRV1%0Aset%20server%20APP1%2FSRV2%20state%20maint", "a line end"],
  ["SRV1%0D", "a carriage return"],
  ["SRV1%5C", "a backslash"],
  ["SRV1%20%3C%3C", "a payload"],
  ["SRV1%00", "NUL"],
  ["%231", "an id"],
  ["SRV%C3%A91", "a letter beyond ASCII"],
  ["SRV1%2FSRV2", "a slash"],
  ["SRV1%20state%20maint", "spaces"],
  ["%FF", "bytes that are no text"],
  ["A".repeat(600), "600 letters"],
])("the name %s (%s) is refused and never reaches the socket", async (name) => {
  const one = await stage();
  const app = await startTestApp({ loadBalancers: { lb1: one.address } });
  for (const path of [`/api/v1/servers/APP1/${name}/admin-state`, `/api/v1/servers/${name}/SRV1/admin-state`]) {
    const reply = await app.rest("PUT", path, { adminState: "maint", override: true });
    expect(reply.status).toBeGreaterThanOrEqual(400);
    expect(reply.status).toBeLessThan(500);
    expect(reply.body.detail).toEqual(expect.any(String));
  }
  expect((await app.rest("PUT", SRV1, { adminState: "maint", loadBalancers: ["lb1;x"] })).status).toBe(400);
  expect(one.sent()).toEqual([]);
  expect(one.fake.lines.every((line) => QUESTIONS.has(line))).toBe(true);
});

test.each([
  [{}, /adminState/],
  [{ adminState: "DRAIN" }, /adminState/],
  [{ adminState: "drain", loadBalancers: [] }, /loadBalancers/],
  [{ adminState: "drain", force: true }, /force/],
  [{ adminState: "drain", reason: "x".repeat(501) }, /reason/],
  [{ adminState: "drain", override: "yes" }, /override/],
  [[], /object/],
])("the body %j is malformed and nothing is sent", async (body, where) => {
  const one = await stage();
  const app = await startTestApp({ loadBalancers: { lb1: one.address } });
  const reply = await app.rest("PUT", SRV1, body);
  expect([reply.status, reply.body.code]).toEqual([400, "malformed"]);
  expect(reply.body.detail).toMatch(where);
  expect(one.sent()).toEqual([]);
});

test("an audit that cannot be written: nothing is sent, on any load balancer", async () => {
  const [one, two] = [await stage(), await stage()];
  const app = await startTestApp({ loadBalancers: { lb1: one.address, lb2: two.address } });
  const { audit } = app.app.store;
  const intent = audit.intent.bind(audit);
  // The disk is full at the second of two intents.
  vi.spyOn(audit, "intent")
    .mockImplementationOnce(intent)
    .mockRejectedValueOnce(new StoreError("write-failed", "The audit could not be written (disk full)."));
  const reply = await app.rest("PUT", SRV1, { adminState: "drain" });
  expect([reply.status, reply.body.code]).toEqual([500, "internal"]);
  expect(reply.body.detail).toContain("The audit could not be written (disk full)");
  expect([...one.sent(), ...two.sent()]).toEqual([]);
  expect((await auditOf(app)).map((row) => [row.kind, row.lb, row.outcome])).toEqual([
    ["intent", "lb1", null],
    ["outcome", "lb1", "denied"],
  ]);
  expect(await audit.openIntents()).toEqual([]);
});

test("the same over the socket: the sentence, and nothing is sent", async () => {
  const one = await stage();
  const app = await startTestApp({ loadBalancers: { lb1: one.address } });
  const failure = new StoreError("write-failed", "The audit could not be written (disk full).");
  vi.spyOn(app.app.store.audit, "intent").mockRejectedValueOnce(failure);
  const socket = app.socket();
  const answer = await socket.emitWithAck("server:set-state", { server: "APP1/SRV1", adminState: "drain" });
  expect(answer).toMatchObject({ ok: false, problem: { code: "internal", detail: failure.message } });
  expect(one.sent()).toEqual([]);
});

test("an outcome that cannot be written does not undo the answer, and is closed as unknown at the next start", async () => {
  const one = await stage();
  using dir = tempDir();
  const first = await startTestApp({ loadBalancers: { lb1: one.address }, dataDir: dir.path });
  vi.spyOn(first.app.store.audit, "outcome").mockRejectedValueOnce(new Error("disk full"));
  expect((await first.rest("PUT", SRV1, { adminState: "drain" })).status).toBe(200);
  await first.stop();
  const second = await startTestApp({ loadBalancers: { lb1: one.address }, dataDir: dir.path });
  expect((await auditOf(second)).map((row) => [row.kind, row.outcome])).toEqual([
    ["intent", null],
    ["outcome", "unknown"],
  ]);
});

test("the app is killed between intent and outcome: the next start closes it as unknown", async () => {
  const one = await stage();
  using dir = tempDir();
  onSet(one, (line) => {
    one.model.answer(line);
    return { kind: "hang" };
  });
  const child = startChild({
    args: ["--lb", `lb1=${one.address}`, "--data", dir.path, "--listen", "127.0.0.1:0"],
    env: { DRAINBOARD_ADMIN_TOKEN: ADMIN_TOKEN, DRAINBOARD_ADMIN_PASSWORD: "correct horse battery" },
  });
  const url = await child.listening();
  await until("it serves", async () => (await fetch(`${url}/readyz`)).ok);
  await until("lb1 is observed", async () => {
    const reply = await fetch(`${url}/api/v1/servers/APP1/SRV1`, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    return reply.ok;
  });
  const asked = fetch(`${url}${SRV1}`, {
    method: "PUT",
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify({ adminState: "drain" }),
  }).catch(() => null);
  await until("the command is on its way", () => one.sent().length > 0);
  child.process.kill("SIGKILL");
  expect(await child.ended).toBe("SIGKILL");
  await asked;

  onSet(one, one.model.script);
  const app = await startTestApp({ loadBalancers: { lb1: one.address }, dataDir: dir.path });
  expect(await auditOf(app)).toMatchObject([
    { kind: "intent", command: "set server APP1/SRV1 state drain" },
    { kind: "outcome", outcome: "unknown", detail: { why: "the app stopped before the answer was known" } },
  ]);
  expect((await app.rest("GET", "/api/v1/servers/APP1/SRV1")).body.adminState).toBe("drain");
  expect(one.sent()).toEqual(["set server APP1/SRV1 state drain"]);
});

test("a refused attempt of someone who may not is audited, and nothing is sent", async () => {
  const one = await stage();
  const app = await startTestApp({ loadBalancers: { lb1: one.address } });
  const made = await app.rest("POST", "/api/v1/tokens", { name: "wall", role: "viewer" });
  const reply = await app.rest("PUT", SRV1, { adminState: "drain" }, { authorization: `Bearer ${made.body.token}` });
  expect([reply.status, reply.body.code]).toEqual([403, "not-allowed"]);
  expect(reply.body.detail).toMatch(/^wall \(token\) may not do this to APP1: it needs role operator/);
  expect(await auditOf(app)).toMatchObject([
    { kind: "event", outcome: "denied", actorName: "wall", target: "APP1/SRV1", requestId: reply.body.requestId },
  ]);
  expect(one.sent()).toEqual([]);
});

test("tls:// with the certificates of the configuration: observed, and changed", async () => {
  const model = fakeModel([modelServer("APP1", "SRV1"), modelServer("APP1", "SRV2")]);
  const fake = await startFake(model.script, {
    listen: "tls",
    tls: { cert: testCerts.server, key: testCerts.server, ca: testCerts.ca, requestCert: true },
  });
  onTestFinished(() => fake.stop());
  const port = fake.address.kind === "tls" ? fake.address.port : 0;
  const app = await startTestApp({
    loadBalancers: { lb1: `tls://127.0.0.1:${port}` },
    tls: { lb1: { ca: testCerts.ca, cert: testCerts.client, key: testCerts.client } },
  });
  expect((await app.rest("PUT", SRV1, { adminState: "drain" })).status).toBe(200);
  expect(model.servers[0]?.adminBits).toBe(8);
});

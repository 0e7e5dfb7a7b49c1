// Whoever is removed, disabled, revoked, changed or over loses what is open: sockets with a reason, waiting requests with
// a problem. And what was on its way does nothing any more.
import { request } from "node:http";
import { describe, expect, onTestFinished, test } from "vitest";
import { until } from "#lab/net.ts";
import { newId, newToken, sha256 } from "#server/auth/secrets.ts";
import { addLogin, addSomeone, type Someone } from "#server/auth/testing/someone.ts";
import { startFake } from "#server/runtime/testing/fake-haproxy.ts";
import { fakeModel, modelServer } from "#server/runtime/testing/fake-model.ts";
import { startTestApp, type TestApp, type TestSocket } from "#server/testing.ts";

async function haproxy() {
  const model = fakeModel(["SRV1", "SRV2", "SRV3"].map((name) => modelServer("APP1", name)));
  const fake = await startFake(model.script);
  onTestFinished(() => fake.stop());
  const address = fake.address.kind === "unix" ? fake.address.path : "";
  return { model, fake, address, sent: () => fake.lines.filter((line) => !line.startsWith("show ")) };
}

interface Page {
  socket: TestSocket;
  endings: string[];
}

async function connected(app: TestApp, extraHeaders: Record<string, string>): Promise<Page> {
  const socket = app.socket({ extraHeaders: { origin: app.url, ...extraHeaders }, reconnection: false });
  const endings: string[] = [];
  socket.on("connection:ending", (reason) => endings.push(reason));
  await until("it is connected", () => socket.connected);
  return { socket, endings };
}

async function addToken(app: TestApp, expiresAt: number | null = null): Promise<{ id: string; token: string }> {
  const { token, prefix } = newToken("api");
  const id = newId();
  const facts = { id, name: "ci", role: "operator", backends: null, prefix, createdAt: 1, createdBy: "ann" } as const;
  await app.app.store.tokens.add(sha256(token), { ...facts, expiresAt });
  return { id, token };
}

const person = (id: string) => `/api/v1/people/${id}`;

describe("a person's open sockets end", () => {
  const ways: Record<string, { reason: string; act(app: TestApp, someone: Someone): Promise<unknown> }> = {
    "when removed": {
      reason: "signed-out",
      act: (app, { person: { id } }) => app.rest("DELETE", person(id)),
    },
    "when disabled": {
      reason: "signed-out",
      act: (app, { person: { id } }) => app.rest("PATCH", person(id), { isDisabled: true }),
    },
    "when the role changes": {
      reason: "access-changed",
      act: (app, { person: { id } }) => app.rest("PATCH", person(id), { role: "viewer" }),
    },
    "when the limit changes": {
      reason: "access-changed",
      act: (app, { person: { id } }) => app.rest("PATCH", person(id), { backends: ["team-a-*"] }),
    },
    "when signed out everywhere": {
      reason: "signed-out",
      act: (app, { cookie }) =>
        app.rest("POST", "/api/v1/account/sign-out-everywhere", undefined, { cookie, origin: app.url }),
    },
    "when a provider says another role": {
      reason: "access-changed",
      async act(app) {
        const req = { headers: {}, socket: { remoteAddress: "10.0.0.1" } } as Parameters<
          TestApp["app"]["auth"]["principal"]
        >[0];
        const grant = { role: "viewer", backends: null } as const;
        const outside = { issuer: "https://id.example", subject: "s1", name: "kim" };
        expect(await app.app.auth.signInExternal(req, "r", { ...outside, grant })).toMatchObject({ ok: true });
      },
    },
  };

  test.each(Object.entries(ways))("%s", async (_name, { reason, act }) => {
    const app = await startTestApp();
    const external = { issuer: "https://id.example", subject: "s1" };
    const someone = await addSomeone(app.app.store, { name: "kim", role: "operator", external });
    const [one, two] = [
      await connected(app, { cookie: someone.cookie }),
      await connected(app, { cookie: await addLogin(app.app.store, someone.person.id, Date.now()) }),
    ];
    const other = await connected(app, {
      cookie: (await addSomeone(app.app.store, { name: "lee", role: "viewer" })).cookie,
    });
    await act(app, someone);
    await until("both are ended", () => !one.socket.connected && !two.socket.connected);
    expect([one.endings, two.endings]).toEqual([[reason], [reason]]);
    expect(other.socket.connected).toBe(true);
  });

  test("and after a changed role the browser comes back as what the person is now", async () => {
    const app = await startTestApp();
    const someone = await addSomeone(app.app.store, { name: "kim", role: "operator" });
    const page = await connected(app, { cookie: someone.cookie });
    await app.rest("PATCH", person(someone.person.id), { role: "operator", backends: ["APP1"] });
    await until("it is ended", () => !page.socket.connected);
    page.socket.connect();
    const again = await page.socket.emitWithAck("fleet:subscribe", { kind: "fleet" });
    expect(again).toMatchObject({ ok: true, value: { me: { kind: "person", role: "operator", backends: ["APP1"] } } });
  });

  test("when the login runs out while the page is open", async () => {
    const app = await startTestApp();
    const someone = await addSomeone(app.app.store, { name: "kim", role: "viewer" });
    const cookie = await addLogin(app.app.store, someone.person.id, Date.now(), 1_000);
    const page = await connected(app, { cookie });
    await until("it is ended", () => !page.socket.connected);
    expect(page.endings).toEqual(["signed-out"]);
  });
});

test("sockets of a token and of a wall link end when it is revoked, those of a token when it expires", async () => {
  const app = await startTestApp();
  const token = await addToken(app);
  const short = await addToken(app, Date.now() + 1_000);
  const wall = (await app.rest("POST", "/api/v1/wall-links", { name: "noc" })).body;
  const pages = [
    await connected(app, { authorization: `Bearer ${token.token}` }),
    await connected(app, { cookie: `drainboard-wall=${wall.token}` }),
    await connected(app, { authorization: `Bearer ${short.token}` }),
  ];
  expect((await app.rest("DELETE", `/api/v1/tokens/${token.id}`)).status).toBe(204);
  expect((await app.rest("DELETE", `/api/v1/wall-links/${wall.id}`)).status).toBe(204);
  await until("all are ended", () => pages.every(({ socket }) => !socket.connected));
  expect(pages.map(({ endings }) => endings)).toEqual([["signed-out"], ["signed-out"], ["signed-out"]]);
});

describe("a waiting request ends", () => {
  async function waiting(expiresAt: number | null = null) {
    const { address } = await haproxy();
    const app = await startTestApp({ loadBalancers: { lb1: address } });
    const started = await app.rest("POST", "/api/v1/maintenances", { servers: ["APP1/SRV1"], quiet: "10m" });
    expect(started.status, started.text).toBe(201);
    const { id, token } = await addToken(app, expiresAt);
    const path = `/api/v1/maintenances/${started.body.id}/wait?until=done&timeout=120`;
    const wait = app.rest("GET", path, undefined, { authorization: `Bearer ${token}` });
    await until("the wait is on", async () => (await app.app.store.tokens.byId(id))?.lastUsedAt !== null);
    return { app, id, wait };
  }

  test("when the token is revoked", async () => {
    const { app, id, wait } = await waiting();
    await app.rest("DELETE", `/api/v1/tokens/${id}`);
    const reply = await wait;
    expect([reply.status, reply.body.code]).toEqual([401, "not-signed-in"]);
    expect(reply.body.detail).toBe("The token ci was revoked. Ask an admin for a new one.");
  });

  test("when the token expires", async () => {
    const { wait } = await waiting(Date.now() + 1_500);
    expect((await wait).body.detail).toBe("The token ci has expired. Ask an admin for a new one.");
  });

  test("when the person's role changes, with a word that asking again will do", async () => {
    const { address } = await haproxy();
    const app = await startTestApp({ loadBalancers: { lb1: address } });
    const { body } = await app.rest("POST", "/api/v1/maintenances", { servers: ["APP1/SRV1"], quiet: "10m" });
    const { person: kim, cookie } = await addSomeone(
      app.app.store,
      { name: "kim", role: "operator" },
      Date.now() - 120_000,
    );
    const wait = app.rest("GET", `/api/v1/maintenances/${body.id}/wait?timeout=120`, undefined, { cookie });
    await until("the wait is on", async () => (await app.app.store.people.byId(kim.id))?.lastSeenAt !== null);
    await app.rest("PATCH", person(kim.id), { role: "viewer" });
    expect(await wait).toMatchObject({
      status: 409,
      body: { code: "conflict", detail: expect.stringMatching(/Ask again\.$/) },
    });
  });
});

test("a command on an open socket goes by the store, not by what the connection knew", async () => {
  const { address, sent } = await haproxy();
  const app = await startTestApp({ loadBalancers: { lb1: address } });
  const { person: kim, cookie } = await addSomeone(app.app.store, { name: "kim", role: "operator" });
  const { socket } = await connected(app, { cookie });
  // Straight into the store: nobody tells the socket.
  await app.app.store.people.follow(kim.id, { role: "viewer", backends: null });
  const answer = await socket.emitWithAck("server:set-state", { server: "APP1/SRV1", adminState: "drain" });
  expect(answer).toMatchObject({ ok: false, problem: { code: "not-allowed" } });
  await app.app.store.people.remove(kim.id);
  const late = await socket
    .timeout(5_000)
    .emitWithAck("history:get", { servers: [], spanMs: 1_000, stepMs: 1_000 })
    .catch(() => null);
  expect(late === null || (!late.ok && late.problem.code === "not-signed-in")).toBe(true);
  expect(sent()).toEqual([]);
});

test("a command that waited for its turn while its person was removed does nothing", async () => {
  const { address, fake, model, sent } = await haproxy();
  const app = await startTestApp({ loadBalancers: { lb1: address } });
  const { person: kim, actor } = await addSomeone(app.app.store, { name: "kim", role: "operator" });
  fake.script((line) =>
    line.startsWith("set ") ? { kind: "reply", text: model.answer(line), delayMs: 500 } : model.script(line),
  );
  const first = app.rest("PUT", "/api/v1/servers/APP1/SRV1/admin-state", { adminState: "drain" });
  await until("the first is sent", () => sent().length === 1);
  // Past the door already, and in the queue of its server.
  const call = { actor, requestId: "r", via: "socket", remoteAddress: null } as const;
  const second = app.app.commands.setState(call, { server: "APP1/SRV1", adminState: "ready" });
  const refused = expect(second).rejects.toMatchObject({
    code: "not-signed-in",
    message: "kim was signed out, removed or revoked meanwhile; nothing was done.",
  });
  await app.rest("DELETE", person(kim.id));
  expect((await first).status).toBe(200);
  await refused;
  expect(sent()).toEqual(["set server APP1/SRV1 state drain"]);
  const [row] = await app.app.store.audit.list({ action: "server:set-state", outcome: "denied", limit: 1 });
  expect(row).toMatchObject({ actorName: "kim", target: "APP1/SRV1" });
});

test("a body that comes after its token was revoked is refused", async () => {
  const { address, sent } = await haproxy();
  const app = await startTestApp({ loadBalancers: { lb1: address } });
  const { id, token } = await addToken(app);
  const body = JSON.stringify({ adminState: "drain" });
  const status = await new Promise<number>((resolve, reject) => {
    const req = request({
      ...{ port: app.port, host: "127.0.0.1", method: "PUT", path: "/api/v1/servers/APP1/SRV1/admin-state" },
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json", "content-length": body.length },
    });
    req.on("response", (res) => resolve(res.resume().statusCode ?? 0)).on("error", reject);
    req.write(body.slice(0, 5));
    until("it is let in", async () => (await app.app.store.tokens.byId(id))?.lastUsedAt !== null)
      .then(() => app.rest("DELETE", `/api/v1/tokens/${id}`))
      .then(() => req.end(body.slice(5)), reject);
  });
  expect(status).toBe(401);
  expect(sent()).toEqual([]);
});

test("a command that was looking at the fleet while its person was removed sends nothing", async () => {
  const { address, fake, model, sent } = await haproxy();
  const app = await startTestApp({ loadBalancers: { lb1: address }, pollMs: 5_000 });
  const { person: kim, actor } = await addSomeone(app.app.store, { name: "kim", role: "operator" });
  let looks = 0;
  fake.script((line) => {
    looks++;
    return { kind: "reply", text: model.answer(line), delayMs: 500 };
  });
  const call = { actor, requestId: "r", via: "socket", remoteAddress: null } as const;
  const command = app.app.commands.setState(call, { server: "APP1/SRV1", adminState: "drain" });
  const refused = expect(command).rejects.toMatchObject({ code: "not-signed-in" });
  await until("it looks", () => looks > 0);
  await app.app.store.people.remove(kim.id);
  await refused;
  expect(sent()).toEqual([]);
});

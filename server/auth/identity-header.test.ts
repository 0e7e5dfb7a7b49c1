// The proxy in front says who it is: from its address only, checked with every request.
import { connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { until } from "#lab/net.ts";
import { startTestApp, type TestAppOptions } from "#server/testing.ts";
import type { IdentityHeader } from "./identity-header.ts";

const header: IdentityHeader = {
  from: ["127.0.0.1"],
  user: "x-remote-user",
  groups: "x-remote-groups",
  roles: [
    { group: "ops", role: "admin", backends: null },
    { group: "team-a", role: "operator", backends: ["team-a-*"] },
    { group: "staff", role: "viewer", backends: null },
  ],
};

async function start(config: Partial<IdentityHeader> | null = {}, options: TestAppOptions = {}) {
  const app = await startTestApp({
    ...options,
    ...(config === null ? {} : { identityHeader: { ...header, ...config } }),
  });
  const state = async (headers: Record<string, string>) =>
    (await app.rest("GET", "/auth/state", undefined, headers)).body;
  return { app, state };
}

const ann = { "x-remote-user": "ann", "x-remote-groups": "staff, ops" };

test("whom the proxy names is somebody, with the role of the groups, with every request anew", async () => {
  const { app, state } = await start();
  expect(await state(ann)).toMatchObject({ signedIn: true, kind: "person", name: "ann", role: "admin" });
  expect(await state({ ...ann, "x-remote-groups": "team-a" })).toMatchObject({
    role: "operator",
    backends: ["team-a-*"],
  });
  expect(await state({ ...ann, "x-remote-groups": "staff" })).toMatchObject({ role: "viewer" });
  expect(await state({ "x-remote-user": "bob", "x-remote-groups": "staff" })).toMatchObject({ name: "bob" });
  expect((await app.app.store.people.list()).map((one) => [one.name, one.role])).toEqual([
    ...[["ann", "viewer"] as const, ["bob", "viewer"] as const],
  ]);
  const rows = await app.app.store.audit.list({ limit: 10 });
  expect(rows.filter((row) => row.action === "auth:sign-in").map((row) => row.actorName)).toEqual([
    "bob",
    "ann",
    "ann",
    "ann",
  ]);
});

test.each([
  ["it is not configured", null, {}],
  ["the address is another one", { from: ["10.0.0.5", "192.0.2.0/24"] }, {}],
  ["only a forwarded address is the proxy's", { from: ["10.0.0.5"] }, { "x-forwarded-for": "10.0.0.5" }],
])("the header signs nobody in when %s", async (_name, config, more) => {
  const { state, app } = await start(config, { trustedProxies: ["127.0.0.1"] });
  expect(await state({ ...ann, ...more })).toMatchObject({ signedIn: false });
  const page = await app.rest("GET", "/api/v1/fleet", undefined, { ...ann, ...more });
  expect(page.status).toBe(401);
  expect(await app.app.store.people.list()).toEqual([]);
});

test("without the header there is nobody, unless a local account signed in", async () => {
  const { app, state } = await start({}, { adminPassword: "correct horse battery" });
  expect(await state({ "x-remote-groups": "ops" })).toMatchObject({ signedIn: false });
  expect(await state({ ...ann, "x-remote-user": " " })).toMatchObject({ signedIn: false });
  const cookie = await app.signIn();
  expect(await state({ cookie })).toMatchObject({ name: "admin" });
  // Behind the proxy the browser belongs to whom the proxy names now.
  expect(await state({ cookie, ...ann })).toMatchObject({ name: "ann" });
  expect(await state({ ...ann, authorization: "Bearer wrong" })).toMatchObject({ signedIn: false });
});

test.each([
  ["no group has a role", { ...ann, "x-remote-groups": "guests" }, "no-role"],
  ["there is no group", { "x-remote-user": "ann" }, "no-role"],
  ["a local account has the name", { ...ann, "x-remote-user": "Admin" }, "name-taken"],
  ["it is no name", { ...ann, "x-remote-user": "ann, admin" }, "name-taken"],
])("refused with a reason when %s", async (_name, headers, problem) => {
  const { app, state } = await start({}, { adminPassword: "correct horse battery" });
  expect(await state(headers)).toMatchObject({ signedIn: false, problem });
  const reply = await app.rest("GET", "/api/v1/fleet", undefined, headers);
  expect(reply).toMatchObject({ status: 401, body: { code: "not-signed-in" } });
  expect(reply.body.detail).toMatch(/Ask an admin/);
});

test("somebody who is disabled here stays out, whatever the proxy says", async () => {
  const { app, state } = await start({}, { adminPassword: "correct horse battery" });
  await state(ann);
  const person = await app.app.store.people.byName("ann");
  await app.app.store.people.change(person!.id, { disabledAt: 1 });
  expect(await state(ann)).toMatchObject({ signedIn: false, problem: "disabled" });
});

test("a header that stands there twice counts as none: the client may have written the first", async () => {
  const { app } = await start();
  const ask = async (lines: string) => {
    const socket = connect(app.port, "127.0.0.1");
    onTestFinished(() => void socket.destroy());
    let reply = "";
    socket.on("data", (chunk) => {
      reply += chunk.toString();
    });
    socket.write(`GET /auth/state HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${lines}\r\n`);
    await until("the answer is there", () => socket.closed);
    return reply;
  };
  expect(await ask("X-Remote-User: ann\r\nX-Remote-Groups: ops\r\n")).toContain('"signedIn":true');
  expect(await ask("X-Remote-User: ann\r\nX-Remote-User: ann\r\nX-Remote-Groups: ops\r\n")).toContain(
    '"signedIn":false',
  );
  expect(await ask("X-Remote-User: ann\r\nX-Remote-Groups: ops\r\nX-Remote-Groups: staff\r\n")).toContain(
    '"signedIn":false',
  );
});

test("a name in UTF-8 is read as such", async () => {
  const { state } = await start();
  const name = Buffer.from("Jürgen Müller", "utf8").toString("latin1");
  expect(await state({ ...ann, "x-remote-user": name })).toMatchObject({ name: "Jürgen Müller" });
});

test("a write needs our Origin, too: the proxy adds its header to the requests of other sites' pages", async () => {
  const { app } = await start();
  const put = (headers: Record<string, string>) =>
    app.rest("PUT", "/api/v1/servers/APP1/SRV1/admin-state", { adminState: "drain" }, { ...ann, ...headers });
  expect((await put({ origin: "http://evil.example" })).status).toBe(403);
  expect((await put({})).status).toBe(403);
  expect((await put({ origin: app.url })).body.code).toBe("unknown-name");
});

test("the socket: each is who the proxy named for it, and one who loses the role is cut", async () => {
  const { app } = await start({}, { adminPassword: "correct horse battery" });
  const open = async (user: string, groups: string) => {
    const socket = app.socket({
      extraHeaders: { "x-remote-user": user, "x-remote-groups": groups, origin: app.url },
      reconnection: false,
    });
    await until(`${user} is connected`, () => socket.connected);
    return socket;
  };
  const first = await open("ann", "ops");
  const second = await open("bob", "staff");
  const me = async (socket: typeof first) => {
    const reply = await socket.emitWithAck("fleet:subscribe", { kind: "fleet" });
    return reply.ok ? reply.value.me : null;
  };
  expect([await me(first), await me(second)]).toMatchObject([
    { name: "ann", role: "admin" },
    { name: "bob", role: "viewer" },
  ]);
  const bob = await app.app.store.people.byName("bob");
  await app.app.store.people.change(bob!.id, { disabledAt: 1 });
  await until("bob is cut", () => !second.connected);
  expect(first.connected).toBe(true);
});

/** On one connection of its own, exactly these lines. */
async function sendLines(port: number, lines: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  let reply = "";
  socket.on("data", (chunk) => {
    reply += chunk.toString();
  });
  socket.write(lines);
  await until("the answer is there", () => socket.closed);
  return reply;
}

test("signing out with a header that stands there twice raises nobody", async () => {
  const { app, state } = await start();
  await state({ ...ann, "x-remote-groups": "staff" });
  const lines = "X-Remote-User: ann\r\nX-Remote-Groups: ops\r\nX-Remote-Groups: staff\r\n";
  const reply = await sendLines(
    app.port,
    `POST /auth/sign-out HTTP/1.1\r\nhost: 127.0.0.1:${app.port}\r\norigin: ${app.url}\r\nconnection: close\r\n${lines}\r\n`,
  );
  expect(reply).toMatch(/^HTTP\/1\.1 204 /);
  expect((await app.app.store.people.byName("ann"))?.role).toBe("viewer");
});

test("what a request said counts once: an old open page does not give back the role that was taken since", async () => {
  const { app, state } = await start();
  const open = async (groups: string) => {
    const extraHeaders = { "x-remote-user": "ann", "x-remote-groups": groups, origin: app.url };
    const socket = app.socket({ extraHeaders, reconnection: false });
    const endings: string[] = [];
    socket.on("connection:ending", (reason) => endings.push(reason));
    await until("it is connected", () => socket.connected);
    return { socket, endings };
  };
  const old = await open("ops");
  expect(await state({ ...ann, "x-remote-groups": "staff" })).toMatchObject({ role: "viewer" });
  await until("the old page is cut", () => !old.socket.connected);
  expect(old.endings).toEqual(["access-changed"]);
  expect((await app.app.store.people.byName("ann"))?.role).toBe("viewer");

  const viewing = await open("staff");
  expect(await state({ ...ann, "x-remote-groups": "guests" })).toMatchObject({ signedIn: false, problem: "no-role" });
  await until("whoever has no role any more is cut", () => !viewing.socket.connected);
  expect(viewing.endings).toEqual(["signed-out"]);
  expect(await state({ ...ann, "x-remote-groups": "staff" })).toMatchObject({ signedIn: true, role: "viewer" });
});

test("an open page is believed as long as a login lasts, and no longer", async () => {
  const clock = { now: Date.now() };
  const { app } = await start({}, { now: () => clock.now });
  const extraHeaders = { "x-remote-user": "ann", "x-remote-groups": "ops", origin: app.url };
  const socket = app.socket({ extraHeaders, reconnection: false });
  await until("it is connected", () => socket.connected);
  clock.now += 12 * 3_600_000;
  await until("it is cut", () => !socket.connected);
});

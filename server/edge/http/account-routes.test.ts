import { expect, onTestFinished, test } from "vitest";
import { addLogin, addSomeone } from "#server/auth/testing/someone.ts";
import { ADMIN_TOKEN, PASSWORD, startEdge, type TestEdge } from "./testing/edge.ts";

const ACCOUNT = "/api/v1/account";

async function start(): Promise<TestEdge> {
  const edge = await startEdge();
  onTestFinished(() => edge[Symbol.asyncDispose]());
  return edge;
}

const signIn = (edge: TestEdge, password: string) =>
  edge.ask("/auth/sign-in", { method: "POST", headers: { origin: edge.baseUrl }, body: { name: "admin", password } });
const isIn = async (edge: TestEdge, cookie: string) =>
  (await edge.ask("/auth/state", { headers: { cookie } })).json.signedIn;

test("a new password takes the old one, ends the other logins and keeps this one", async () => {
  const edge = await start();
  const [mine, other] = [await edge.signIn(), await edge.signIn()];
  const change = (oldPassword: string, newPassword: string) =>
    edge.ask(`${ACCOUNT}/password`, {
      method: "PUT",
      headers: { cookie: mine, origin: edge.baseUrl },
      body: { oldPassword, newPassword },
    });
  expect(await change("wrong password", "another good one")).toMatchObject({
    ...{ status: 403, json: { code: "not-allowed", detail: expect.stringMatching(/^The old password is wrong/) } },
  });
  expect(await change(PASSWORD, "short")).toMatchObject({ status: 400, json: { code: "malformed" } });
  expect(await isIn(edge, other)).toBe(true);
  expect((await change(PASSWORD, "another good one")).status).toBe(204);
  expect([await isIn(edge, mine), await isIn(edge, other)]).toEqual([true, false]);
  expect((await signIn(edge, PASSWORD)).status).toBe(401);
  expect((await signIn(edge, "another good one")).status).toBe(204);
  const rows = await edge.store.audit.list({ action: "account:change-password", limit: 9 });
  expect(rows.filter((row) => row.kind !== "intent").map((row) => row.outcome)).toEqual(["done", "denied", "denied"]);
  expect(JSON.stringify(rows)).not.toMatch(/another good one|wrong password/);
});

test("guessing the old password from an open browser is slowed", async () => {
  const edge = await start();
  const cookie = await edge.signIn();
  const statuses = [];
  for (let guess = 0; guess < 7; guess++) {
    const body = { oldPassword: `guess ${guess}`, newPassword: "another good one" };
    statuses.push(
      (await edge.ask(`${ACCOUNT}/password`, { method: "PUT", headers: { cookie, origin: edge.baseUrl }, body }))
        .status,
    );
  }
  expect(statuses).toEqual([403, 403, 403, 403, 403, 429, 429]);
});

test("one's own logins: where, since when, which is this one; each can be ended, those of others cannot", async () => {
  const edge = await start();
  const now = edge.clock.now;
  const kim = await addSomeone(edge.store, { name: "kim", role: "viewer" }, now);
  const second = await addLogin(edge.store, kim.person.id, now + 1_000);
  const lee = await addSomeone(edge.store, { name: "lee", role: "viewer" }, now);
  edge.clock.now += 120_000;
  const list = async (cookie: string) => (await edge.ask(`${ACCOUNT}/logins`, { headers: { cookie } })).json;
  const mine = await list(kim.cookie);
  expect(mine).toMatchObject([
    { isThis: true, createdAt: now, lastSeenAt: edge.clock.now, remoteAddress: "127.0.0.1", userAgent: "a test" },
    { isThis: false, createdAt: now + 1_000, remoteAddress: null },
  ]);
  expect(JSON.stringify(mine)).not.toMatch(/hash|personId/);
  const end = (cookie: string, id: string) =>
    edge.ask(`${ACCOUNT}/logins/${id}`, { method: "DELETE", headers: { cookie, origin: edge.baseUrl } });
  expect((await end(lee.cookie, mine[1].id)).status).toBe(404);
  expect((await end(kim.cookie, mine[1].id)).status).toBe(204);
  expect([await isIn(edge, kim.cookie), await isIn(edge, second)]).toEqual([true, false]);
});

test("signing out everywhere ends all of one's logins, this one too, and nobody else's", async () => {
  const edge = await start();
  const kim = await addSomeone(edge.store, { name: "kim", role: "viewer" }, edge.clock.now);
  const lee = await addSomeone(edge.store, { name: "lee", role: "viewer" }, edge.clock.now);
  const second = await addLogin(edge.store, kim.person.id, edge.clock.now);
  const headers = { cookie: kim.cookie, origin: edge.baseUrl };
  const reply = await edge.ask(`${ACCOUNT}/sign-out-everywhere`, { method: "POST", headers });
  expect([reply.status, reply.headers["set-cookie"]?.[0]]).toEqual([204, expect.stringMatching(/^drainboard=; /)]);
  const still = await Promise.all([kim.cookie, second, lee.cookie].map((cookie) => isIn(edge, cookie)));
  expect(still).toEqual([false, false, true]);
});

test("a token has no account, and who signs in elsewhere has no password here", async () => {
  const edge = await start();
  const token = await edge.ask(ACCOUNT, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
  expect(token).toMatchObject({
    status: 403,
    json: { detail: expect.stringMatching(/this takes a person who signed in/) },
  });
  const external = { issuer: "https://id.example", subject: "1" };
  const facts = { name: "kim", role: "viewer", external, passwordHash: null } as const;
  const { cookie } = await addSomeone(edge.store, facts, edge.clock.now);
  expect((await edge.ask(ACCOUNT, { headers: { cookie } })).json).toMatchObject({ name: "kim", signsInWith: "openid" });
  const body = { oldPassword: "", newPassword: "another good one" };
  const headers = { cookie, origin: edge.baseUrl };
  expect(await edge.ask(`${ACCOUNT}/password`, { method: "PUT", headers, body })).toMatchObject({ status: 409 });
});

test("a sign-in with the old password that was being verified while it was changed does not stay", async () => {
  const edge = await start();
  const { id } = (await edge.store.people.byName("admin"))!;
  const { add } = edge.store.logins;
  edge.store.logins.add = async (login) => {
    edge.store.logins.add = add;
    await edge.store.people.setPassword(id, "$another", (await edge.store.people.byId(id))!.passwordHash!);
    await edge.store.logins.removeAll(id, null);
    await add(login);
  };
  expect((await signIn(edge, PASSWORD)).status).toBe(401);
  expect(await edge.store.logins.list(id, edge.clock.now)).toEqual([]);
});

test("changing the password by the old one loses against a reset link that is used meanwhile", async () => {
  const edge = await start();
  const { id } = (await edge.store.people.byName("admin"))!;
  const cookie = await edge.signIn();
  const { setPassword } = edge.store.people;
  edge.store.people.setPassword = async (...given) => {
    edge.store.people.setPassword = setPassword;
    await edge.store.resetLinks.put({ personId: id, hash: "link", expiresAt: edge.clock.now + 1_000 });
    expect(await edge.store.resetLinks.use("link", "$of-the-owner", edge.clock.now)).toBe(true);
    return setPassword(...given);
  };
  const reply = await edge.ask(`${ACCOUNT}/password`, {
    method: "PUT",
    headers: { cookie, origin: edge.baseUrl },
    body: { oldPassword: PASSWORD, newPassword: "of whoever stole it" },
  });
  expect(reply).toMatchObject({ status: 409, json: { code: "conflict" } });
  expect((await edge.store.people.byId(id))?.passwordHash).toBe("$of-the-owner");
});

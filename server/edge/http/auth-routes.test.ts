import { expect, onTestFinished, test } from "vitest";
import { sha256 } from "#server/auth/secrets.ts";
import { addSomeone } from "#server/auth/testing/someone.ts";
import { ADMIN_TOKEN, PASSWORD, startEdge, type TestEdge, type TestEdgeOptions } from "./testing/edge.ts";

const HOUR_MS = 3_600_000;

async function start(options?: TestEdgeOptions): Promise<TestEdge> {
  const edge = await startEdge(options);
  onTestFinished(() => edge[Symbol.asyncDispose]());
  return edge;
}

async function isIn(edge: TestEdge, headers: Record<string, string>): Promise<boolean> {
  return (await edge.ask("/auth/state", { headers })).json.signedIn;
}

function signIn(edge: TestEdge, name: string, password: string) {
  return edge.ask("/auth/sign-in", { method: "POST", headers: { origin: edge.baseUrl }, body: { name, password } });
}

test("sign in, be known, sign out, be unknown", async () => {
  const edge = await start();
  const reply = await signIn(edge, "Admin", PASSWORD);
  expect(reply.status).toBe(204);
  const [setCookie = ""] = reply.headers["set-cookie"] ?? [];
  expect(setCookie).toMatch(/^drainboard=[\w-]{43}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Lax$/);
  const cookie = setCookie.split(";")[0]!;
  const state = (await edge.ask("/auth/state", { headers: { cookie } })).json;
  expect(state).toEqual({
    ...{ signedIn: true, kind: "person", name: "admin", role: "admin", backends: null, needsSetup: false },
    ...{ oidc: null, problem: null },
  });
  const out = await edge.ask("/auth/sign-out", { method: "POST", headers: { cookie, origin: edge.baseUrl } });
  expect(out.headers["set-cookie"]?.[0]).toContain("drainboard=; Path=/; Max-Age=0;");
  expect(await isIn(edge, { cookie })).toBe(false);
  const actions = (await edge.store.audit.list({ limit: 9 })).map(
    (row) => `${row.action} ${row.outcome} ${row.actorName}`,
  );
  expect(actions).toEqual(["auth:sign-out done admin", "auth:sign-in done admin"]);
});

test("behind https the cookie is Secure and __Host-, and the plain one does not count", async () => {
  const edge = await start({ publicUrl: "https://board.example" });
  const cookie = await edge.signIn();
  expect(cookie).toMatch(/^__Host-drainboard=/);
  expect(await isIn(edge, { cookie })).toBe(true);
  expect(await isIn(edge, { cookie: cookie.replace("__Host-", "") })).toBe(false);
});

test("forged cookies and tokens are nobody", async () => {
  const edge = await start();
  const cookie = await edge.signIn();
  const value = cookie.split("=")[1]!;
  const forged: Record<string, string>[] = [
    { cookie: `drainboard=${value.slice(0, -1)}${value.endsWith("A") ? "E" : "A"}` },
    { cookie: `drainboard=${sha256(value)}` },
    { cookie: "drainboard=" },
    { cookie: "drainboard=' or '1'='1" },
    { cookie: `xdrainboard=${value}` },
    { authorization: `Bearer ${value}` },
    { authorization: "Bearer " },
    { authorization: `Bearer ${ADMIN_TOKEN} x` },
    { authorization: `Bearer ${ADMIN_TOKEN.toUpperCase()}` },
    { cookie: `drainboard=${ADMIN_TOKEN}` },
    { authorization: "Bearer wrong", cookie },
    { "x-forwarded-user": "admin", "x-forwarded-for": "127.0.0.1" },
  ];
  for (const headers of forged) expect(await isIn(edge, headers), JSON.stringify(headers)).toBe(false);
  expect(await isIn(edge, { cookie: `a=b; ${cookie}; c=d` })).toBe(true);
  expect(await isIn(edge, { authorization: `bearer ${ADMIN_TOKEN}` })).toBe(true);
  expect(await isIn(edge, { authorization: "Basic eDp5", cookie })).toBe(true);
});

test("a login slides: 12 hours after the last request it ends, after 30 days in any case", async () => {
  const edge = await start();
  const idle = { cookie: await edge.signIn() };
  const used = { cookie: await edge.signIn() };
  edge.clock.now += 11 * HOUR_MS;
  expect(await isIn(edge, used)).toBe(true);
  edge.clock.now += 1 * HOUR_MS;
  expect(await isIn(edge, idle)).toBe(false);
  for (let hours = 12; hours < 30 * 24 - 11; hours += 11) {
    expect(await isIn(edge, used), `after ${hours} h`).toBe(true);
    edge.clock.now += 11 * HOUR_MS;
  }
  edge.clock.now += 11 * HOUR_MS;
  expect(await isIn(edge, used)).toBe(false);
});

test("tokens of the store: role and limits come with them, revoking ends them at once", async () => {
  const edge = await start();
  const token = {
    id: "t1",
    name: "ci",
    role: "operator",
    backends: ["team-a-*"],
    createdAt: 0,
    createdBy: "admin",
    prefix: "",
    expiresAt: null,
  } as const;
  await edge.store.tokens.add(sha256("secret-of-ci"), { ...token, backends: [...token.backends] });
  const socket = { remoteAddress: "10.0.0.9" };
  const request = { headers: { authorization: "Bearer secret-of-ci" }, socket } as Parameters<
    typeof edge.auth.principal
  >[0];
  expect(await edge.auth.principal(request)).toEqual({
    ...{ kind: "token", id: "t1", name: "ci", role: "operator", backends: ["team-a-*"] },
  });
  await edge.store.tokens.revoke("t1", edge.clock.now);
  expect(await edge.auth.principal(request)).toBeNull();
});

test("wrong name and wrong password are the same answer, and are audited", async () => {
  const edge = await start();
  const [name, password] = [await signIn(edge, "nobody", PASSWORD), await signIn(edge, "admin", "wrong password")];
  expect(name).toMatchObject({ status: 401, json: { code: "not-signed-in" } });
  expect({ ...name.json, requestId: "" }).toEqual({ ...password.json, requestId: "" });
  const rows = await edge.store.audit.list({ limit: 9 });
  expect(rows.map((row) => [row.outcome, row.actorName, row.remoteAddress])).toEqual([
    ["denied", "admin", "127.0.0.1"],
    ["denied", "nobody", "127.0.0.1"],
  ]);
});

test("guessing is slowed with Retry-After; the wait ends and a right password clears it", async () => {
  const edge = await start();
  for (let guess = 0; guess < 5; guess++) expect((await signIn(edge, "admin", "wrong password")).status).toBe(401);
  const refused = await signIn(edge, "admin", PASSWORD);
  expect(refused).toMatchObject({ status: 429, json: { code: "too-many-requests", retryAfterSec: 1 } });
  expect(refused.headers["retry-after"]).toBe("1");
  edge.clock.now += 1_000;
  expect((await signIn(edge, "admin", PASSWORD)).status).toBe(204);
  expect((await signIn(edge, "admin", PASSWORD)).status).toBe(204);
});

test("a thousand guesses at once are no way around the throttle", async () => {
  const edge = await start();
  const guesses = Array.from({ length: 1_000 }, () => signIn(edge, "admin", "wrong password"));
  const statuses = (await Promise.all(guesses)).map((reply) => reply.status);
  expect(statuses.filter((status) => status === 401)).toHaveLength(5);
  expect(statuses.filter((status) => status === 429)).toHaveLength(995);
});

test("the set-up link makes one admin, once, and signs in", async () => {
  const edge = await start({ authOptions: { adminPassword: undefined } });
  const { auth, baseUrl, ask } = edge;
  expect((await ask("/auth/state")).json).toMatchObject({ signedIn: false, name: null, role: null, needsSetup: true });
  const link = new URL(auth.setupLink(baseUrl)!);
  expect(link.origin + link.pathname).toBe(`${baseUrl}/setup`);
  const code = link.searchParams.get("code")!;
  const setUp = (body: unknown) => ask("/auth/setup", { method: "POST", headers: { origin: baseUrl }, body });
  expect(await setUp({ code, password: "short" })).toMatchObject({ status: 400, json: { code: "malformed" } });
  expect(await setUp({ code, name: "<b>", password: PASSWORD })).toMatchObject({ status: 400 });
  expect(await setUp({ code: "wrong", password: PASSWORD })).toMatchObject({
    status: 403,
    json: { code: "not-allowed" },
  });
  const foreign = { origin: "http://evil.example" };
  const crossSite = await ask("/auth/setup", { method: "POST", headers: foreign, body: { code, password: PASSWORD } });
  expect(crossSite.status).toBe(403);
  const both = await Promise.all([1, 2].map((n) => setUp({ code, name: `Ann ${n}`, password: PASSWORD })));
  expect(both.map((reply) => reply.status).sort()).toEqual([204, 403]);
  const made = both.find((reply) => reply.status === 204)!;
  expect(await isIn(edge, { cookie: made.headers["set-cookie"]![0]!.split(";")[0]! })).toBe(true);
  expect(auth.setupLink(baseUrl)).toBeNull();
  expect((await ask("/auth/state")).json.needsSetup).toBe(false);
  const rows = (await edge.store.audit.list({ limit: 9 })).map((row) => `${row.action} ${row.outcome}`);
  expect(rows.filter((row) => row.startsWith("auth:")).toSorted()).toEqual([
    ...["auth:setup denied", "auth:setup denied", "auth:setup done"],
  ]);
});

test("a sign-in from another site's page is refused, whatever the password", async () => {
  const edge = await start();
  const body = { name: "admin", password: PASSWORD };
  for (const headers of [{ origin: "http://evil.example" }, {}] as Record<string, string>[]) {
    const reply = await edge.ask("/auth/sign-in", { method: "POST", headers, body });
    expect(reply.status).toBe(403);
    expect(reply.headers["set-cookie"]).toBeUndefined();
  }
});

test("signing in works while the audit cannot be written, and says so in the log", async () => {
  const edge = await start();
  edge.store.audit.event = async () => {
    throw new Error("disk full");
  };
  expect((await signIn(edge, "admin", PASSWORD)).status).toBe(204);
  expect(edge.log.join("")).toContain("disk full");
});

test("a login of somebody who signs in elsewhere does not slide: the groups are asked for again after 12 hours", async () => {
  const { ask, store, clock } = await start();
  const external = { issuer: "https://id.example", subject: "1" };
  const facts = { name: "kim", role: "operator", external, passwordHash: null } as const;
  const { cookie } = await addSomeone(store, facts, clock.now);
  for (let hour = 0; hour < 11; hour++) {
    clock.now += 3_600_000;
    expect((await ask("/auth/state", { headers: { cookie } })).json.signedIn, `after ${hour + 1} hours`).toBe(true);
  }
  clock.now += 3_600_000;
  expect((await ask("/auth/state", { headers: { cookie } })).json.signedIn).toBe(false);
});

test("a wall key with line ends in it is no key, whatever the browser has besides", async () => {
  const { ask } = await start();
  const link = await ask("/api/v1/wall-links", {
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    body: { name: "noc" },
  });
  const cookie = `drainboard-wall=${link.json.token}`;
  for (const key of ["%0a", "%0d%0aset-cookie:%20a=b", `${link.json.token}%0a`, `${link.json.token};%20Domain=x`]) {
    const reply = await ask(`/wall?key=${key}`, { headers: { cookie } });
    expect([reply.headers["set-cookie"], reply.json.page], key).toEqual([
      undefined,
      expect.stringMatching(/^\/not-all/),
    ]);
  }
});

import { expect, onTestFinished, test } from "vitest";
import { addSomeone } from "#server/auth/testing/someone.ts";
import { ADMIN_TOKEN, startEdge, type TestEdge, type TestEdgeOptions } from "./testing/edge.ts";

const TOKENS = "/api/v1/tokens";
const WALL_LINKS = "/api/v1/wall-links";
const bearer = { authorization: `Bearer ${ADMIN_TOKEN}` };

async function start(options?: TestEdgeOptions): Promise<TestEdge> {
  const edge = await startEdge(options);
  onTestFinished(() => edge[Symbol.asyncDispose]());
  return edge;
}

const asAdmin = (edge: TestEdge, method: string, path: string, body?: unknown, headers = {}) =>
  edge.ask(path, { method, headers: { ...bearer, ...headers }, body });

test("a token is shown once, stored hashed, recognisable, and listed with its last use", async () => {
  const edge = await start();
  const expiresAt = new Date(edge.clock.now + 60_000).toISOString();
  const made = await asAdmin(edge, "POST", TOKENS, { name: "ci", role: "operator", backends: ["team-a-*"], expiresAt });
  expect(made).toMatchObject({
    status: 201,
    json: {
      name: "ci",
      role: "operator",
      backends: ["team-a-*"],
      expiresAt: edge.clock.now + 60_000,
      isExpired: false,
    },
  });
  const { token, id, prefix } = made.json;
  expect(token).toMatch(/^drainboard_[\w-]{43}$/);
  expect(prefix).toBe(token.slice(0, 15));
  expect(made.json).toMatchObject({ createdBy: "admin token", lastUsedAt: null, lastUsedFrom: null });
  const state = await edge.ask("/auth/state", { headers: { authorization: `Bearer ${token}` } });
  expect(state.json).toMatchObject({ signedIn: true, kind: "token", name: "ci", backends: ["team-a-*"] });
  const { token: _secret, ...listed } = made.json;
  const list = await asAdmin(edge, "GET", TOKENS);
  expect(list.json).toEqual([{ ...listed, lastUsedAt: edge.clock.now, lastUsedFrom: "127.0.0.1" }]);
  const everything = JSON.stringify([await edge.store.audit.list({ limit: 100 }), edge.log, list.text]);
  expect(everything).not.toContain(token.slice(15));

  edge.clock.now += 60_000;
  const late = await edge.ask("/api/v1/account", { headers: { authorization: `Bearer ${token}` } });
  expect(late).toMatchObject({
    status: 401,
    json: { detail: "The token ci has expired. Ask an admin for a new one." },
  });
  expect((await asAdmin(edge, "GET", TOKENS)).json).toMatchObject([{ id, isExpired: true }]);
  expect((await asAdmin(edge, "DELETE", `${TOKENS}/${id}`)).status).toBe(204);
  expect((await asAdmin(edge, "GET", TOKENS)).json).toEqual([]);
  expect(await asAdmin(edge, "DELETE", `${TOKENS}/${id}`)).toMatchObject({
    status: 404,
    json: { code: "unknown-name" },
  });
  const rows = (await edge.store.audit.list({ action: "tokens:*", limit: 9 })).filter((row) => row.kind === "outcome");
  expect(rows.map((row) => [row.action, row.target, row.after])).toEqual([
    ["tokens:revoke", "ci", "revoked"],
    ["tokens:add", "ci", "operator of team-a-*"],
  ]);
});

test("the attempt with a token that is over is audited under its name", async () => {
  const edge = await start();
  const { json } = await asAdmin(edge, "POST", TOKENS, { name: "old", role: "admin" });
  await asAdmin(edge, "DELETE", `${TOKENS}/${json.id}`);
  await edge.ask(TOKENS, { headers: { authorization: `Bearer ${json.token}` } });
  const [row] = await edge.store.audit.list({ action: "request:refused", limit: 1 });
  expect(row).toMatchObject({ actorKind: "token", actorId: json.id, actorName: "old", outcome: "denied" });
});

test("the same Idempotency-Key makes one token and keeps its secret out of the store", async () => {
  const edge = await start();
  const body = { name: "ci", role: "viewer" };
  const first = await asAdmin(edge, "POST", TOKENS, body, { "idempotency-key": "k1" });
  const again = await asAdmin(edge, "POST", TOKENS, body, { "idempotency-key": "k1" });
  expect(again.json).toEqual({ ...first.json, token: null });
  expect((await asAdmin(edge, "GET", TOKENS)).json).toHaveLength(1);
});

test("a token with an end that has passed is refused with a sentence", async () => {
  const edge = await start();
  const reply = await asAdmin(edge, "POST", TOKENS, { name: "ci", role: "viewer", expiresAt: edge.clock.now });
  expect(reply).toMatchObject({ status: 400, json: { detail: expect.stringMatching(/has passed already/) } });
});

test("a wall link: the key goes into an HttpOnly cookie and out of the address; revoked, the screen is nobody", async () => {
  const edge = await start();
  const made = await asAdmin(edge, "POST", WALL_LINKS, { name: "noc" });
  const { token, url, id } = made.json;
  expect(token).toMatch(/^drainboard_wall_[\w-]{43}$/);
  expect(url).toBe(`${edge.baseUrl}/wall?key=${token}`);
  const opened = await edge.ask(url.slice(edge.baseUrl.length));
  expect([opened.status, opened.headers.location, opened.headers["referrer-policy"]]).toEqual([
    303,
    "/wall",
    "no-referrer",
  ]);
  const [setCookie = ""] = opened.headers["set-cookie"] ?? [];
  expect(setCookie).toMatch(/^drainboard-wall=[\w-]+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/);
  const headers = { cookie: setCookie.split(";")[0] ?? "", origin: edge.baseUrl };
  expect((await edge.ask("/auth/state", { headers })).json).toMatchObject({
    signedIn: true,
    kind: "wall",
    name: "noc",
  });
  expect((await edge.ask("/wall", { headers })).headers.location).toBe("/");
  expect((await edge.ask("/", { headers })).status).toBe(200);
  expect((await asAdmin(edge, "GET", WALL_LINKS)).json).toMatchObject([
    { id, lastSeenAt: edge.clock.now, lastSeenFrom: "127.0.0.1" },
  ]);
  expect(edge.log.join("")).not.toContain(token);

  await asAdmin(edge, "DELETE", `${WALL_LINKS}/${id}`);
  expect((await edge.ask("/auth/state", { headers })).json.signedIn).toBe(false);
  const again = await edge.ask(`/wall?key=${token}`);
  expect([again.status, again.headers["set-cookie"]]).toEqual([403, undefined]);
  expect(again.json.page).toMatch(/^\/not-allowed\?why=This%20wall%20link%20does%20not%20work/);
});

test("an API token is no wall key, and a wall key in a browser does not outrank the person who is signed in", async () => {
  const edge = await start();
  const { token } = (await asAdmin(edge, "POST", TOKENS, { name: "ci", role: "admin" })).json;
  expect((await edge.ask(`/wall?key=${token}`)).status).toBe(403);
  expect((await edge.ask("/auth/state", { headers: { cookie: `drainboard-wall=${token}` } })).json.signedIn).toBe(
    false,
  );
  const wall = (await asAdmin(edge, "POST", WALL_LINKS, { name: "noc" })).json;
  const { cookie } = await addSomeone(edge.store, { name: "kim", role: "operator" }, edge.clock.now);
  const both = `drainboard-wall=${wall.token}; ${cookie}`;
  expect((await edge.ask("/auth/state", { headers: { cookie: both } })).json).toMatchObject({ kind: "person" });
});

test("signing out of a screen forgets its key, too", async () => {
  const edge = await start();
  const wall = (await asAdmin(edge, "POST", WALL_LINKS, { name: "noc" })).json;
  const headers = { cookie: `drainboard-wall=${wall.token}`, origin: edge.baseUrl };
  const out = await edge.ask("/auth/sign-out", { method: "POST", headers });
  expect(out.headers["set-cookie"]?.join()).toMatch(/drainboard-wall=; Path=\/; Max-Age=0;/);
});

test("behind https the link is https and the cookie __Host-", async () => {
  const edge = await start({ publicUrl: "https://board.example" });
  const { url, token } = (await asAdmin(edge, "POST", WALL_LINKS, { name: "noc" })).json;
  expect(url).toBe(`https://board.example/wall?key=${token}`);
  const opened = await edge.ask(`/wall?key=${token}`);
  expect(opened.headers["set-cookie"]?.[0]).toMatch(/^__Host-drainboard-wall=.*; Secure$/);
});

test("nobody has the name of somebody else: neither a token nor a wall link of a person, nor a person of those", async () => {
  const edge = await start();
  expect((await asAdmin(edge, "POST", "/api/v1/people", { name: "Ann", role: "viewer" })).status).toBe(201);
  for (const [path, body] of [
    [TOKENS, { name: "ann ", role: "viewer" }],
    [WALL_LINKS, { name: "ANN" }],
    [TOKENS, { name: "Admin token", role: "viewer" }],
  ] as const)
    expect(await asAdmin(edge, "POST", path, body), path).toMatchObject({ status: 409, json: { code: "conflict" } });

  const { json: ci } = await asAdmin(edge, "POST", TOKENS, { name: "ci", role: "operator" });
  await asAdmin(edge, "POST", WALL_LINKS, { name: "tv" });
  for (const name of ["CI", "TV", "admin token"])
    expect(await asAdmin(edge, "POST", "/api/v1/people", { name, role: "viewer" }), name).toMatchObject({
      status: 409,
      json: { code: "conflict", detail: expect.stringContaining("Choose another name") },
    });

  const refused = await edge.ask(TOKENS, { headers: { authorization: `Bearer ${ci.token}` } });
  expect(refused.status).toBe(403);
  await asAdmin(edge, "DELETE", `${TOKENS}/${ci.id}`);
  expect((await asAdmin(edge, "POST", "/api/v1/people", { name: "CI", role: "viewer" })).status).toBe(201);
});

import { expect, onTestFinished, test } from "vitest";
import { addSomeone } from "#server/auth/testing/someone.ts";
import { ADMIN_TOKEN, PASSWORD, startEdge, type TestEdge } from "./testing/edge.ts";

const PEOPLE = "/api/v1/people";
const bearer = { authorization: `Bearer ${ADMIN_TOKEN}` };
const DAY_MS = 86_400_000;

async function start(): Promise<TestEdge> {
  const edge = await startEdge();
  onTestFinished(() => edge[Symbol.asyncDispose]());
  return edge;
}

const asAdmin = (edge: TestEdge, method: string, path: string, body?: unknown, headers = {}) =>
  edge.ask(path, { method, headers: { ...bearer, ...headers }, body });
const post = (edge: TestEdge, path: string, body: unknown) =>
  edge.ask(path, { method: "POST", headers: { origin: edge.baseUrl }, body });
const codeOf = (link: string) => new URL(link).searchParams.get("code");
const rowsOf = async (edge: TestEdge, action: string) => edge.store.audit.list({ action, limit: 50 });

test("an invited person chooses a password by the link, once, and is signed in", async () => {
  const edge = await start();
  const added = await asAdmin(edge, "POST", PEOPLE, { name: "Kim", role: "operator", backends: ["team-a-*"] });
  expect(added).toMatchObject({
    status: 201,
    json: { name: "Kim", role: "operator", backends: ["team-a-*"], signsInWith: "invited", isDisabled: false },
  });
  expect(added.json.link.url).toMatch(new RegExp(`^${edge.baseUrl}/reset\\?code=[\\w-]{43}$`));
  expect(added.json.link.expiresAt).toBe(edge.clock.now + DAY_MS);
  expect(JSON.stringify(await edge.store.resetLinks.list(edge.clock.now))).not.toContain(codeOf(added.json.link.url));
  const code = codeOf(added.json.link.url);

  expect(await post(edge, "/auth/sign-in", { name: "Kim", password: "" })).toMatchObject({ status: 400 });
  expect(await post(edge, "/auth/sign-in", { name: "Kim", password: "x" })).toMatchObject({ status: 401 });
  expect((await post(edge, "/auth/reset/check", { code })).json).toEqual({
    ...{ name: "Kim", isInvitation: true, expiresAt: added.json.link.expiresAt },
  });
  expect(await post(edge, "/auth/reset", { code, password: "short" })).toMatchObject({ status: 400 });
  const both = await Promise.all([1, 2].map((n) => post(edge, "/auth/reset", { code, password: `${PASSWORD} ${n}` })));
  expect(both.map((reply) => reply.status).sort()).toEqual([204, 403]);
  const cookie = both.find((reply) => reply.status === 204)?.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
  expect((await edge.ask("/auth/state", { headers: { cookie } })).json).toMatchObject({
    ...{ name: "Kim", role: "operator", backends: ["team-a-*"] },
  });
  expect(await post(edge, "/auth/reset/check", { code })).toMatchObject({ status: 403, json: { code: "not-allowed" } });
  const listed = await asAdmin(edge, "GET", PEOPLE);
  expect(listed.json.find((one: { name: string }) => one.name === "Kim")).toMatchObject({
    ...{ signsInWith: "password", linkExpiresAt: null, lastSeenAt: edge.clock.now },
  });
  expect(listed.text).not.toMatch(/argon2|passwordHash/);
});

test("a link ends after a day, when a newer one is made, and with the person", async () => {
  const edge = await start();
  const { json: kim } = await asAdmin(edge, "POST", PEOPLE, { name: "kim", role: "viewer" });
  const check = async (url: string) => (await post(edge, "/auth/reset/check", { code: codeOf(url) })).status;
  const newer = (await asAdmin(edge, "POST", `${PEOPLE}/${kim.id}/reset-link`)).json;
  expect([await check(kim.link.url), await check(newer.url)]).toEqual([403, 200]);
  edge.clock.now += DAY_MS;
  expect(await check(newer.url)).toBe(403);
  const third = (await asAdmin(edge, "POST", `${PEOPLE}/${kim.id}/reset-link`)).json;
  await asAdmin(edge, "PATCH", `${PEOPLE}/${kim.id}`, { isDisabled: true });
  expect(await check(third.url)).toBe(403);
  expect(await asAdmin(edge, "POST", `${PEOPLE}/${kim.id}/reset-link`)).toMatchObject({ status: 409 });
});

test("a reset by link ends the person's other logins", async () => {
  const edge = await start();
  const { person, cookie } = await addSomeone(edge.store, { name: "kim", role: "viewer" }, edge.clock.now);
  const link = (await asAdmin(edge, "POST", `${PEOPLE}/${person.id}/reset-link`)).json;
  expect((await edge.ask("/auth/state", { headers: { cookie } })).json.signedIn).toBe(true);
  expect((await post(edge, "/auth/reset", { code: codeOf(link.url), password: PASSWORD })).status).toBe(204);
  expect((await edge.ask("/auth/state", { headers: { cookie } })).json.signedIn).toBe(false);
});

test("guessing at links is slowed for the guesser, and a right link still works", async () => {
  const edge = await start();
  const { json: kim } = await asAdmin(edge, "POST", PEOPLE, { name: "kim", role: "viewer" });
  const guess = () => post(edge, "/auth/reset", { code: "x".repeat(43), password: PASSWORD });
  const statuses = [];
  for (let index = 0; index < 8; index++) statuses.push((await guess()).status);
  expect(statuses).toEqual([403, 403, 403, 403, 403, 429, 429, 429]);
  expect((await post(edge, "/auth/reset", { code: codeOf(kim.link.url), password: PASSWORD })).status).toBe(204);
});

test("the last admin who can sign in stays, also when two admins act on each other at once", async () => {
  const edge = await start();
  const [{ id: first }] = (await asAdmin(edge, "GET", PEOPLE)).json;
  for (const change of [{ role: "viewer" }, { isDisabled: true }]) {
    const refused = await asAdmin(edge, "PATCH", `${PEOPLE}/${first}`, change);
    expect(refused).toMatchObject({ status: 409, json: { code: "last-admin" } });
    expect(refused.json.detail).toBe("admin is the last admin who can sign in. Make somebody else an admin first.");
  }
  expect(await asAdmin(edge, "DELETE", `${PEOPLE}/${first}`)).toMatchObject({
    status: 409,
    json: { code: "last-admin" },
  });
  // An invited admin is none yet.
  await asAdmin(edge, "POST", PEOPLE, { name: "invited", role: "admin" });
  expect((await asAdmin(edge, "DELETE", `${PEOPLE}/${first}`)).status).toBe(409);

  const { person } = await addSomeone(edge.store, { name: "second", role: "admin" });
  const both = await Promise.all([
    asAdmin(edge, "DELETE", `${PEOPLE}/${first}`),
    asAdmin(edge, "PATCH", `${PEOPLE}/${person.id}`, { isDisabled: true }),
  ]);
  expect(both.map((reply) => reply.status >= 400).sort()).toEqual([false, true]);
  expect(await edge.store.people.hasAdmin()).toBe(true);
});

test("what cannot be: names taken or bad, a limited admin, people who are not there, a password in the body", async () => {
  const edge = await start();
  const bad: [unknown, number, RegExp][] = [
    [{ name: "ADMIN", role: "viewer" }, 409, /There is somebody named ADMIN already/],
    [{ name: "<b>", role: "viewer" }, 400, /must start with a letter or digit/],
    [{ name: "kim", role: "root" }, 400, /write one of viewer, operator, admin/],
    [{ name: "kim", role: "admin", backends: ["x"] }, 400, /an admin cannot be limited/],
    [{ name: "kim", role: "viewer", password: PASSWORD }, 400, /password/],
  ];
  for (const [body, status, sentence] of bad) {
    const reply = await asAdmin(edge, "POST", PEOPLE, body);
    expect([reply.status, reply.json.detail], JSON.stringify(body)).toEqual([status, expect.stringMatching(sentence)]);
  }
  for (const [method, path] of [
    ["PATCH", ""],
    ["DELETE", ""],
    ["POST", "/reset-link"],
  ] as const) {
    const reply = await asAdmin(
      edge,
      method,
      `${PEOPLE}/nobody${path}`,
      method === "PATCH" ? { role: "viewer" } : undefined,
    );
    expect(reply).toMatchObject({ status: 404, json: { code: "unknown-name" } });
  }
  const [{ id }] = (await asAdmin(edge, "GET", PEOPLE)).json;
  const limited = await asAdmin(edge, "PATCH", `${PEOPLE}/${id}`, { backends: ["x"] });
  expect(limited).toMatchObject({
    status: 400,
    json: { detail: expect.stringMatching(/is an admin and cannot be limited/) },
  });
});

test("a disabled person is out and cannot sign in; enabled again the old logins stay ended", async () => {
  const edge = await start();
  const { person, cookie } = await addSomeone(edge.store, { name: "kim", role: "viewer" }, edge.clock.now);
  const state = async () => (await edge.ask("/api/v1/fleet", { headers: { cookie } })).json;
  await asAdmin(edge, "PATCH", `${PEOPLE}/${person.id}`, { isDisabled: true });
  expect(await state()).toMatchObject({ code: "not-signed-in" });
  const enabled = await asAdmin(edge, "PATCH", `${PEOPLE}/${person.id}`, { isDisabled: false });
  expect(enabled.json).toMatchObject({ isDisabled: false });
  expect(await state()).toMatchObject({ code: "not-signed-in" });
});

test("changes of people are audited: who, from where, before and after; secrets are nowhere", async () => {
  const edge = await start();
  const { json: kim } = await asAdmin(edge, "POST", PEOPLE, { name: "kim", role: "viewer" });
  await asAdmin(edge, "PATCH", `${PEOPLE}/${kim.id}`, { role: "operator", backends: ["a", "b"] });
  await asAdmin(edge, "DELETE", `${PEOPLE}/${kim.id}`);
  const rows = (await rowsOf(edge, "people:*")).filter((row) => row.kind === "outcome").reverse();
  expect(
    rows.map(({ action, actorName, target, after, outcome, remoteAddress }) => [
      action,
      actorName,
      target,
      after,
      outcome,
      remoteAddress,
    ]),
  ).toEqual([
    ["people:add", "admin token", "kim", "viewer", "done", "127.0.0.1"],
    ["people:change", "admin token", "kim", "operator of a and b", "done", "127.0.0.1"],
    ["people:remove", "admin token", "kim", "removed", "done", "127.0.0.1"],
  ]);
  const all = JSON.stringify([await edge.store.audit.list({ limit: 100 }), edge.log]);
  expect(all).not.toContain(codeOf(kim.link.url));
});

test("the same Idempotency-Key adds nobody twice, and does not show the link again", async () => {
  const edge = await start();
  const headers = { "idempotency-key": "k1" };
  const first = await asAdmin(edge, "POST", PEOPLE, { name: "kim", role: "viewer" }, headers);
  const again = await asAdmin(edge, "POST", PEOPLE, { name: "kim", role: "viewer" }, headers);
  expect([first.status, again.status]).toEqual([201, 201]);
  expect(again.json).toEqual({ ...first.json, link: null });
});

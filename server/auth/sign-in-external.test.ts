// Somebody whom OpenID Connect or a proxy vouches for becomes a person of the store, and nobody else's account.
import { expect, onTestFinished, test } from "vitest";
import type { Role } from "#lib/auth/permissions.ts";
import { startEdge } from "#server/edge/http/testing/edge.ts";
import { addSomeone } from "./testing/someone.ts";

async function start() {
  const edge = await startEdge();
  onTestFinished(() => edge[Symbol.asyncDispose]());
  const req = { headers: { "user-agent": "a browser" }, socket: { remoteAddress: "10.0.0.7" } } as Parameters<
    typeof edge.auth.principal
  >[0];
  const state = async (cookie: string) =>
    (await edge.ask("/auth/state", { headers: { cookie: cookie.split(";")[0] ?? "" } })).json;
  return { ...edge, req, state };
}

const grant = (role: Role, backends: string[] | null = null) => ({ grant: { role, backends } });
const kim = { issuer: "https://id.example", subject: "s1", name: "kim@example.org", ...grant("operator") };

test("the first time adds the person, the next finds it by issuer and subject; role and limit follow the provider", async () => {
  const { auth, req, state, store } = await start();
  const first = await auth.signInExternal(req, "r1", { ...kim, ...grant("operator", ["team-a-*"]) });
  if (!first.ok) throw new Error(first.message);
  expect(await state(first.cookie)).toMatchObject({ name: kim.name, role: "operator", backends: ["team-a-*"] });
  const second = await auth.signInExternal(req, "r2", { ...kim, name: "renamed there", ...grant("viewer") });
  if (!second.ok) throw new Error(second.message);
  expect(second.actor.id).toBe(first.actor.id);
  // The first browser goes by the new role, too.
  expect(await state(first.cookie)).toMatchObject({ name: kim.name, role: "viewer", backends: null });
  expect((await store.people.list()).filter((one) => one.external !== null)).toHaveLength(1);
  const rows = await store.audit.list({ action: "auth:sign-in", actor: kim.name, limit: 9 });
  expect(rows.map((row) => [row.requestId, row.outcome, row.remoteAddress])).toEqual([
    ["r2", "done", "10.0.0.7"],
    ["r1", "done", "10.0.0.7"],
  ]);
});

test("two first sign-ins at once are one person", async () => {
  const { auth, req, store } = await start();
  const both = await Promise.all([auth.signInExternal(req, "r1", kim), auth.signInExternal(req, "r2", kim)]);
  expect(both.map((one) => one.ok)).toEqual([true, true]);
  expect((await store.people.list()).filter((one) => one.external !== null)).toHaveLength(1);
});

test.each(["admin", "ADMIN"])("the name %s of a person here is never taken over", async (name) => {
  const { auth, req, store } = await start();
  const refused = await auth.signInExternal(req, "r1", { ...kim, name, ...grant("viewer") });
  expect(refused).toMatchObject({ ok: false, why: "name" });
  expect((await store.people.byName("admin"))?.role).toBe("admin");
  expect((await store.audit.list({ action: "auth:sign-in", limit: 1 }))[0]).toMatchObject({ outcome: "denied" });
});

test("the same subject of another issuer is somebody else, and a name that cannot be shown is refused", async () => {
  const { auth, req } = await start();
  const one = await auth.signInExternal(req, "r1", kim);
  const other = await auth.signInExternal(req, "r2", { ...kim, issuer: "https://evil.example", name: "kim 2" });
  if (!one.ok || !other.ok) throw new Error("both are let in");
  expect(other.actor.id).not.toBe(one.actor.id);
  const hidden = await auth.signInExternal(req, "r3", { ...kim, subject: "s2", name: "\u202eadmin" });
  expect(hidden).toMatchObject({ ok: false, why: "name", message: expect.stringMatching(/must start with a letter/) });
});

test("a person who is disabled here stays out, whatever the provider says", async () => {
  const { auth, req, store } = await start();
  const external = { issuer: kim.issuer, subject: kim.subject };
  const { person } = await addSomeone(store, { name: "kim", role: "viewer", external });
  await store.people.change(person.id, { disabledAt: 1 });
  expect(await auth.signInExternal(req, "r1", { ...kim, ...grant("admin") })).toMatchObject({
    ok: false,
    why: "disabled",
  });
  expect((await store.people.byId(person.id))?.role).toBe("viewer");
});

test("an admin of the provider is never limited to backends", async () => {
  const { auth, req } = await start();
  const admin = await auth.signInExternal(req, "r1", { ...kim, ...grant("admin", ["x"]) });
  expect(admin).toMatchObject({ ok: true, actor: { role: "admin", backends: null } });
});

// [W10] The audit over the socket, and what the socket refuses in the audit.
import { expect, test } from "vitest";
import { until } from "#lab/net.ts";
import type { AuditEntry } from "#lib/wire/audit.ts";
import { newSecret, sha256 } from "#server/auth/secrets.ts";
import { startTestApp, type TestApp, type TestSocket } from "#server/testing.ts";

function rowsOf(socket: TestSocket): AuditEntry[] {
  const rows: AuditEntry[] = [];
  socket.on("audit:row", (_at, entry) => rows.push(entry));
  return rows;
}

async function tokenOf(app: TestApp, role: "viewer" | "operator"): Promise<string> {
  const token = newSecret();
  const facts = {
    id: role,
    name: `${role} token`,
    role,
    backends: null,
    createdAt: 1,
    expiresAt: null,
    createdBy: null,
    prefix: "",
  };
  await app.app.store.tokens.add(sha256(token), facts);
  return token;
}

const event = (app: TestApp, action: string) =>
  app.app.store.audit.event({
    ...{ at: Date.now(), requestId: "r", action, via: "system", detail: { long: "plan" } },
    actor: { kind: "system", id: "s", name: "sys" },
  });

test("a viewer who follows gets each new row, in order, until it stops following", async () => {
  const app = await startTestApp();
  const token = await tokenOf(app, "viewer");
  await event(app, "test:before");
  const socket = app.socket({ extraHeaders: { authorization: `Bearer ${token}` } });
  const rows = rowsOf(socket);
  const other = app.socket();
  const unasked = rowsOf(other);
  await other.emitWithAck("fleet:subscribe", { kind: "fleet" });
  const followed = await socket.emitWithAck("audit:follow");
  expect(followed).toMatchObject({ ok: true, value: { seq: 1 } });
  // Another subscription of the same page does not end it.
  await socket.emitWithAck("fleet:subscribe", { kind: "fleet" });
  await Promise.all([event(app, "test:one"), event(app, "test:two")]);
  await until("both rows came", async () => rows.length === 2);
  expect(rows.map((row) => [row.seq, row.action, row.detail])).toEqual([
    [2, "test:one", null],
    [3, "test:two", null],
  ]);
  socket.emit("audit:unfollow");
  await socket.emitWithAck("history:get", { servers: [], spanMs: 10_000, stepMs: 1_000 });
  await event(app, "test:three");
  await socket.emitWithAck("history:get", { servers: [], spanMs: 10_000, stepMs: 1_000 });
  expect(rows).toHaveLength(2);
  expect(unasked).toEqual([]);
});

test("who may not read the audit cannot follow it, and loses it when the permission goes", async () => {
  const app = await startTestApp();
  const token = await tokenOf(app, "viewer");
  const socket = app.socket({ extraHeaders: { authorization: `Bearer ${token}` } });
  const rows = rowsOf(socket);
  expect(await socket.emitWithAck("audit:follow")).toMatchObject({ ok: true });
  const ended = new Promise((resolve) => socket.once("connection:ending", resolve));
  await app.app.store.tokens.revoke("viewer", Date.now());
  expect(await ended).toBe("signed-out");
  await event(app, "test:later");
  expect(rows.filter((row) => row.action === "test:later")).toEqual([]);
  socket.disconnect();
});

test("refused messages and connections are attempts in the audit", async () => {
  const app = await startTestApp();
  const token = await tokenOf(app, "viewer");
  const socket = app.socket({ extraHeaders: { authorization: `Bearer ${token}` } });
  const { audit } = app.app.store;
  // refused by the verb itself: its own row, and no second one
  await socket.emitWithAck("server:set-state", { server: "APP1/SRV1", adminState: "maint" });
  // malformed: no verb has seen it
  await socket.emitWithAck("server:set-state", { server: "APP1/SRV1; quit", adminState: "maint" });
  await new Promise((resolve) => {
    app.socket({ extraHeaders: {}, reconnection: false }).once("connect_error", resolve);
  });
  await until("all are written", async () => (await audit.list({ limit: 9 })).length === 3);
  expect((await audit.list({ limit: 9 })).map((row) => [row.action, row.actorName, row.via, row.outcome])).toEqual([
    ["socket:refused", "nobody", "socket", "denied"],
    ["socket:refused", "viewer token", "socket", "denied"],
    ["server:set-state", "viewer token", "socket", "denied"],
  ]);
});

test("a wall link may neither follow the audit nor read it", async () => {
  const app = await startTestApp();
  const wall = (await app.rest("POST", "/api/v1/wall-links", { name: "noc" })).body;
  const cookie = `drainboard-wall=${wall.token}`;
  const socket = app.socket({ extraHeaders: { cookie, origin: app.url } });
  const rows = rowsOf(socket);
  expect(await socket.emitWithAck("audit:follow")).toMatchObject({ ok: false, problem: { code: "not-allowed" } });
  for (const path of ["", "?format=csv", "/verify", "/1"])
    expect((await app.rest("GET", `/api/v1/audit${path}`, undefined, { cookie })).status, path).toBe(403);
  await event(app, "test:later");
  await socket.emitWithAck("fleet:subscribe", { kind: "fleet" });
  expect(rows).toEqual([]);
});

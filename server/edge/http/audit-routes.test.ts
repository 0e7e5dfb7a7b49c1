import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { parse } from "csv-parse/sync";
import { expect, onTestFinished, test } from "vitest";
import type { AuditEntry, AuditPage } from "#lib/wire/audit.ts";
import { newSecret, sha256 } from "#server/auth/secrets.ts";
import type { AuditEvent } from "#server/store/audit.ts";
import { ADMIN_TOKEN, startEdge, type TestEdge } from "./testing/edge.ts";

const bearer = { authorization: `Bearer ${ADMIN_TOKEN}` };

const ann = { kind: "person", id: "p1", name: "Ann" } as const;
const job = { kind: "system", id: "maintenance:m-1", name: "maintenance m-1 of Ann" } as const;

async function start(): Promise<TestEdge> {
  const edge = await startEdge();
  onTestFinished(() => edge[Symbol.asyncDispose]());
  return edge;
}

function write({ store }: TestEdge, minute: number, changes: Partial<AuditEvent> = {}): Promise<number> {
  return store.audit.event({
    ...{ at: Date.UTC(2026, 0, 1, 9, minute), requestId: `r-${minute}`, action: "server:set-state", via: "rest" },
    ...{ actor: ann, target: "APP1/SRV1", lb: "lb1", outcome: "done" },
    ...changes,
  });
}

async function found(edge: TestEdge, query: string): Promise<number[]> {
  const { status, json, text } = await edge.ask(`/api/v1/audit?${query}`, { headers: bearer });
  expect(status, text).toBe(200);
  return (json as AuditPage).entries.map((entry) => new Date(entry.at).getUTCMinutes());
}

test("every filter narrows, alone and together", async () => {
  const edge = await start();
  await write(edge, 0);
  await write(edge, 1, { lb: "lb2", outcome: "refused", answer: "No such server." });
  await write(edge, 2, { actor: job, onBehalfOf: "Ann", maintenanceId: "m-1", via: "system", target: "APP1/SRV2" });
  await write(edge, 3, {
    action: "maintenance:start",
    target: null,
    lb: null,
    detail: { servers: ["APP1/SRV1", "APP1/SRV3"] },
  });
  await write(edge, 4, {
    action: "auth:sign-in",
    target: null,
    lb: null,
    outcome: "denied",
    remoteAddress: "10.1.2.3",
    actor: { ...ann, name: "50%_x" },
  });
  expect(await found(edge, "server=APP1/SRV1")).toEqual([3, 1, 0]);
  expect(await found(edge, "server=APP1/SRV3")).toEqual([3]);
  expect(await found(edge, "actor=ann")).toEqual([3, 2, 1, 0]);
  expect(await found(edge, "lb=lb2")).toEqual([1]);
  expect(await found(edge, "action=server:set-state")).toEqual([2, 1, 0]);
  expect(await found(edge, "action=maintenance:*")).toEqual([3]);
  expect(await found(edge, "outcome=refused")).toEqual([1]);
  expect(await found(edge, "maintenance=m-1")).toEqual([2]);
  expect(await found(edge, "text=no+such")).toEqual([1]);
  expect(await found(edge, "text=10.1.2")).toEqual([4]);
  expect(await found(edge, "text=50%25_")).toEqual([4]);
  expect(await found(edge, "text=r-2")).toEqual([2]);
  expect(await found(edge, "actor=ann&action=server:set-state&lb=lb1&from=2026-01-01T09:01:00Z")).toEqual([2]);
});

test("intents=open shows what has happened once: outcomes, events, and intents that wait", async () => {
  const edge = await start();
  const { audit } = edge.store;
  const facts = { requestId: "r", action: "server:set-state", actor: ann, via: "rest" } as const;
  const ended = await audit.intent({ ...facts, at: 1 });
  await audit.outcome(ended, { at: 2, outcome: "done" });
  const open = await audit.intent({ ...facts, at: 3 });
  const { json } = await edge.ask("/api/v1/audit?intents=open", { headers: bearer });
  expect(json.entries.map((entry: AuditEntry) => [entry.seq, entry.kind])).toEqual([
    [open, "intent"],
    [ended + 1, "outcome"],
  ]);
});

test("pages follow each other without a gap while rows are added", async () => {
  const edge = await start();
  for (let minute = 0; minute < 7; minute++) await write(edge, minute);
  const seen: number[] = [];
  for (let before: number | null = null; ; ) {
    const { json } = await edge.ask(`/api/v1/audit?limit=3${before === null ? "" : `&before=${before}`}`, {
      headers: bearer,
    });
    const page = json as AuditPage;
    seen.push(...page.entries.map((entry) => entry.seq));
    await write(edge, 30);
    if (page.next === null) break;
    before = page.next;
  }
  expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1]);
});

test("one row, with its detail; a number that is none is 404", async () => {
  const edge = await start();
  const seq = await write(edge, 1, { detail: { findings: [] } });
  expect((await edge.ask(`/api/v1/audit/${seq}`, { headers: bearer })).json).toMatchObject({
    seq,
    detail: { findings: [] },
  });
  for (const wrong of ["99", "x", "-1", "1e3"])
    expect((await edge.ask(`/api/v1/audit/${wrong}`, { headers: bearer })).status, wrong).toBe(404);
});

test("the whole range as CSV: one line a row, no cell a formula, more than a page", async () => {
  const edge = await start();
  const hostile = '=HYPERLINK("http://evil.example","x"),\r\n+1';
  await write(edge, 0, { reason: hostile, actor: { ...ann, name: "@SUM(A1)" } });
  await Promise.all(Array.from({ length: 1_200 }, (_, n) => write(edge, n % 60)));
  const { headers, text } = await edge.ask("/api/v1/audit?format=csv", { headers: bearer });
  expect(headers["content-type"]).toBe("text/csv; charset=utf-8; header=present");
  expect(headers["content-disposition"]).toBe('attachment; filename="drainboard-audit.csv"');
  const rows: Record<string, string>[] = parse(text, { columns: true });
  expect(rows).toHaveLength(1_201);
  expect(rows.map((row) => Number(row.seq))).toEqual(Array.from({ length: 1_201 }, (_, n) => 1_201 - n));
  expect(rows.at(-1)).toMatchObject({ reason: `'${hostile}`, actorName: "'@SUM(A1)", target: "APP1/SRV1" });
  expect(
    parse((await edge.ask("/api/v1/audit?format=csv&limit=2", { headers: bearer })).text, { columns: true }),
  ).toHaveLength(2);
});

test("the whole range as JSON has the shape of a page", async () => {
  const edge = await start();
  expect((await edge.ask("/api/v1/audit?limit=all", { headers: bearer })).json).toEqual({ entries: [], next: null });
  await Promise.all(Array.from({ length: 600 }, (_, n) => write(edge, n % 60)));
  const { json } = await edge.ask("/api/v1/audit?limit=all&from=2026-01-01T09:30:00Z", { headers: bearer });
  expect(json.entries).toHaveLength(300);
  expect(json.entries[0]).toMatchObject({ actorName: "Ann", hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
});

test("verify answers whole or the first bad row; without a sign-in it answers nobody", async () => {
  const edge = await start();
  await write(edge, 1);
  expect((await edge.ask("/api/v1/audit/verify", { headers: bearer })).json).toMatchObject({ ok: true, count: 1 });
  for (const path of ["", "/verify", "/1", "?format=csv", "?limit=all"])
    expect((await edge.ask(`/api/v1/audit${path}`)).status, path).toBe(401);
});

test("refused requests are attempts: who, from where, what; many are counted", async () => {
  const edge = await start();
  const token = newSecret();
  const viewer = {
    id: "t1",
    name: "wall board",
    role: "viewer",
    backends: null,
    createdAt: 1,
    expiresAt: null,
    createdBy: null,
    prefix: "",
  } as const;
  await edge.store.tokens.add(sha256(token), viewer);
  const asViewer = { authorization: `Bearer ${token}` };
  await edge.ask("/api/v1/audit", {});
  await edge.ask("/api/v1/audit?from=yesterday", { headers: bearer });
  await edge.ask("/auth/sign-in", {
    method: "POST",
    headers: { origin: "http://evil.example" },
    body: { name: "a", password: "b" },
  });
  await edge.ask("/auth/sign-in", { method: "POST", headers: { origin: edge.baseUrl }, body: "{" });
  await edge.ask("/api/v1/nothing", { method: "DELETE", headers: asViewer });
  const listed = async () => (await edge.store.audit.list({ limit: 100 })).reverse();
  await expect.poll(async () => (await listed()).length).toBe(4);
  const rows = await listed();
  expect(
    rows.map((row) => [row.actorName, row.remoteAddress, row.outcome, (row.detail as { status: number }).status]),
  ).toEqual([
    ["nobody", "127.0.0.1", "denied", 401],
    ["nobody", "127.0.0.1", "denied", 403],
    ["nobody", "127.0.0.1", "denied", 415],
    ["wall board", "127.0.0.1", "denied", 404],
  ]);
  expect(rows[0]).toMatchObject({
    action: "request:refused",
    answer: expect.stringMatching(/^GET \/api\/v1\/audit: Sign in first/),
  });
  for (let n = 0; n < 500; n++) await edge.ask("/api/v1/fleet", { headers: { authorization: "Bearer wrong" } });
  expect((await listed()).length).toBeLessThan(10);
});

test("an export that is on its way ends when the token is revoked", async () => {
  const edge = await start();
  const [token, id] = [`drainboard_${newSecret()}`, "t1"];
  const facts = {
    id,
    name: "export",
    role: "viewer",
    backends: null,
    prefix: "drainboard_x",
    createdBy: "ann",
  } as const;
  await edge.store.tokens.add(sha256(token), { ...facts, createdAt: 1, expiresAt: null });
  await Promise.all(Array.from({ length: 20 }, (_, n) => write(edge, n)));
  const { scan } = edge.store.audit;
  let sent = 0;
  // Without an end, as one that is read slowly.
  edge.store.audit.scan = async function* (filter) {
    for (;;) {
      for await (const batch of scan(filter)) yield batch;
      sent++;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const req = request(`${edge.baseUrl}/api/v1/audit?format=csv`, {
    headers: { authorization: `Bearer ${token}` },
  }).end();
  const [res]: IncomingMessage[] = await once(req, "response");
  const ended = new Promise((resolve) =>
    res!
      .on("error", () => {})
      .resume()
      .once("close", resolve),
  );
  await expect.poll(() => sent).toBeGreaterThan(3);
  await edge.store.tokens.revoke(id, edge.clock.now);
  await ended;
  expect(res!.complete).toBe(false);
  await expect
    .poll(() => edge.store.audit.list({ action: "request:refused", limit: 5 }))
    .toMatchObject([{ actorName: "export", outcome: "denied" }]);
});

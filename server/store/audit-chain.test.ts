import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { verificationSentence } from "#lib/wire/audit.ts";
import { verifyDataDir } from "./audit-verify.ts";
import { StoreError } from "./errors.ts";
import { migrations } from "./migrations/all.ts";
import { openStore, type Store } from "./store.ts";
import { tempDir } from "./testing/temp-dir.ts";

const facts = {
  at: 1_000,
  requestId: "r1",
  action: "server:set-state",
  via: "page",
  target: "APP1/SRV1",
  lb: "lb1",
  actor: { kind: "person", id: "p1", name: "Ann" },
} as const;

function newDir(): string {
  const dir = tempDir();
  onTestFinished(() => dir[Symbol.dispose]());
  return dir.path;
}

async function newStore(dataDir: string): Promise<Store> {
  const store = await openStore({ dataDir, waitForLockMs: 0 });
  onTestFinished(() => store.close());
  return store;
}

/** A directory of a stopped app with so many rows. */
async function filled(count: number): Promise<string> {
  const dataDir = newDir();
  const { audit, close } = await openStore({ dataDir });
  for (let at = 1; at <= count; at++) await audit.event({ ...facts, at });
  await close();
  return dataDir;
}

/** As somebody with the file and an SQLite shell would. */
function tamper(dataDir: string, statements: string): void {
  const db = new DatabaseSync(join(dataDir, "drainboard.sqlite"));
  db.exec("pragma foreign_keys = off");
  db.exec(statements);
  db.close();
}

const anchorFile = (dataDir: string) => join(dataDir, "audit-anchor.json");

test("a whole chain says how many, from when to when, and the last hash", async () => {
  const dataDir = newDir();
  const { audit, close } = await openStore({ dataDir });
  expect(await audit.verify()).toMatchObject({ ok: true, count: 0, lastSeq: null });
  const intent = await audit.intent({
    ...facts,
    reason: "\ud800 half a pair, \u0000 and 💥",
    detail: { a: [1.5, null] },
  });
  await audit.outcome(intent, { at: 2_000, outcome: "done", after: "drain" });
  const found = await audit.verify();
  const last = await audit.last();
  expect(found).toEqual({
    ...{ ok: true, count: 2, firstSeq: 1, lastSeq: 2, removed: 0, isAnchored: true, lastHash: last?.hash },
    ...{ from: "1970-01-01T00:00:01.000Z", to: "1970-01-01T00:00:02.000Z" },
  });
  expect(verificationSentence(found)).toBe(
    `The audit is whole: 2 rows (1 to 2, 1970-01-01T00:00:01.000Z to 1970-01-01T00:00:02.000Z); last hash ${last?.hash}.`,
  );
  await expect(verifyDataDir(dataDir)).rejects.toMatchObject({ code: "in-use" });
  await close();
  expect(await verifyDataDir(dataDir)).toEqual(found);
});

test.each([
  ["a changed name", "update audit set actor_name = 'Bob' where seq = 3", 3, "changed"],
  ["a changed time", "update audit set at = at + 1 where seq = 3", 3, "changed"],
  ["another kind of value", "update audit set at = '3' || '' , reason = x'00' where seq = 3", 3, "changed"],
  ["a changed hash", "update audit set hash = upper(hash) || '' where seq = 3", 3, "changed"],
  ["a removed row", "delete from audit where seq = 3", 3, "missing"],
  ["removed rows", "delete from audit where seq in (3, 4)", 3, "missing"],
  [
    "a row taken out and the rest moved up",
    "delete from audit where seq = 3; update audit set seq = seq - 1 where seq > 3",
    3,
    "broken-link",
  ],
  [
    "two rows exchanged",
    "update audit set seq = 99 where seq = 3; update audit set seq = 3 where seq = 4; update audit set seq = 4 where seq = 99",
    3,
    "broken-link",
  ],
  [
    "a row put in",
    "insert into audit select 7, at, request_id, kind, action, actor_kind, actor_id, actor_name, via, remote_address, target, lb, before, after, command, answer, outcome, reason, detail, intent_seq, on_behalf_of, maintenance_id, prev_hash, hash from audit where seq = 6",
    7,
    "broken-link",
  ],
  ["the beginning cut off", "delete from audit where seq < 3", 2, "beginning-missing"],
  ["the end cut off", "delete from audit where seq > 4", 5, "cut-off"],
  ["everything removed", "delete from audit", 1, "cut-off"],
] as const)("%s is found in a stopped app's file", async (_what, statements, seq, fault) => {
  const dataDir = await filled(6);
  expect(await verifyDataDir(dataDir)).toMatchObject({ ok: true, count: 6 });
  tamper(dataDir, statements);
  const found = await verifyDataDir(dataDir);
  expect(found).toMatchObject({ ok: false, seq, fault });
  expect(verificationSentence(found)).toMatch(/^The audit is not whole\. Rows? \d/);
});

test("a chain that was computed anew does not fit the anchor", async () => {
  const dataDir = await filled(3);
  const other = newDir();
  const { audit, close } = await openStore({ dataDir: other });
  for (let at = 1; at <= 3; at++) await audit.event({ ...facts, at, actor: { ...facts.actor, name: "Bob" } });
  await close();
  expect(await verifyDataDir(other)).toMatchObject({ ok: true });
  writeFileSync(join(dataDir, "drainboard.sqlite"), readFileSync(join(other, "drainboard.sqlite")));
  expect(await verifyDataDir(dataDir)).toMatchObject({ ok: false, seq: 3, fault: "rewritten" });
  // The start says so in a row of its own, and goes on without hiding it.
  const store = await newStore(dataDir);
  expect(await store.audit.last()).toMatchObject({ seq: 4, action: "audit:rewritten" });
  await store.audit.event(facts);
  expect(await store.audit.verify()).toMatchObject({ ok: false, seq: 4, fault: "broken-link" });
});

test("numbers of rows that were cut off are not given again: the gap stays", async () => {
  const dataDir = await filled(6);
  tamper(dataDir, "delete from audit where seq > 4; update sqlite_sequence set seq = 4 where name = 'audit'");
  const store = await newStore(dataDir);
  expect(await store.audit.last()).toMatchObject({
    seq: 7,
    action: "audit:cut-off",
    detail: { lastSeq: 4, anchorSeq: 6 },
  });
  await store.audit.event(facts);
  expect(await store.audit.verify()).toMatchObject({
    ok: false,
    seq: 5,
    fault: "missing",
    detail: "Rows 5 to 6 are missing.",
  });
});

test("without its anchor the chain is checked, the end is not, and the next start tells", async () => {
  const dataDir = await filled(3);
  rmSync(anchorFile(dataDir));
  tamper(dataDir, "delete from audit where seq = 3");
  const found = await verifyDataDir(dataDir);
  expect(found).toMatchObject({ ok: true, count: 2, isAnchored: false });
  expect(verificationSentence(found)).toContain("there is no anchor file, so rows cut off at the end would not show");
  const store = await newStore(dataDir);
  expect(await store.audit.last()).toMatchObject({ seq: 3, action: "audit:no-anchor" });
  expect(await store.audit.verify()).toMatchObject({ ok: true, count: 3, isAnchored: true });
});

test("rows that were there before the chain are chained by the migration", async () => {
  const dataDir = newDir();
  const { "0020-audit-chain": _chain, ...older } = migrations;
  const before = Object.fromEntries(Object.entries(older).filter(([name]) => name < "0020"));
  const first = await openStore({ dataDir, migrations: before }).catch((error: unknown) => error);
  // This version's audit cannot be opened without its columns; the older tables are there all the same.
  expect(first).toBeInstanceOf(Error);
  tamper(
    dataDir,
    `with recursive n(i) as (select 1 union all select i + 1 from n where i < 2500)
     insert into audit (at, request_id, kind, action, actor_kind, actor_id, actor_name, via, detail)
     select i, 'r', 'event', 'maintenance:start', 'person', 'p1', 'Ann', 'rest', '{"maintenanceId":"m-1"}' from n;
     insert into audit (at, request_id, kind, action, actor_kind, actor_id, actor_name, via)
     values (3000, 'e', 'event', 'server:set-state', 'system', 'maintenance:m-2', 'maintenance m-2 of Bob of IT', 'system')`,
  );
  const store = await newStore(dataDir);
  expect(await store.audit.verify()).toMatchObject({ ok: true, firstSeq: 1, count: 2_502 });
  expect(await store.audit.get(1)).toMatchObject({ maintenanceId: "m-1", onBehalfOf: null });
  expect(await store.audit.get(2_501)).toMatchObject({ maintenanceId: "m-2", onBehalfOf: "Bob of IT" });
});

test("rows that are appended at once make one chain, and are told in its order", async () => {
  const store = await newStore(newDir());
  const told: number[] = [];
  store.audit.onAppend((row) => told.push(row.seq));
  const seqs = await Promise.all(Array.from({ length: 100 }, (_, at) => store.audit.event({ ...facts, at })));
  expect([...seqs].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, at) => at + 1));
  expect(told).toEqual(Array.from({ length: 100 }, (_, at) => at + 1));
  expect(await store.audit.verify()).toMatchObject({ ok: true, count: 100 });
});

test("verifying and appending do not disturb each other", async () => {
  const store = await newStore(newDir());
  await Promise.all(Array.from({ length: 1_050 }, (_, at) => store.audit.event({ ...facts, at })));
  const [found] = await Promise.all([
    store.audit.verify(),
    ...Array.from({ length: 50 }, (_, at) => store.audit.event({ ...facts, at })),
  ]);
  expect(found).toMatchObject({ ok: true });
});

test("kill -9 during writes leaves a chain that is whole and has every row that was acknowledged", async () => {
  const dataDir = newDir();
  const script = fileURLToPath(new URL("./testing/append-rows.ts", import.meta.url));
  const writer = spawn("node", [script, dataDir], { stdio: ["ignore", "pipe", "inherit"] });
  let acknowledged = 0;
  for await (const chunk of writer.stdout) {
    for (const line of String(chunk).split("\n")) acknowledged = Math.max(acknowledged, Number(line));
    if (acknowledged >= 60) break;
  }
  writer.kill("SIGKILL");
  if (writer.exitCode === null && writer.signalCode === null) await once(writer, "exit");
  const left = await verifyDataDir(dataDir);
  expect(left).toMatchObject({ ok: true });
  expect(left.ok && left.count).toBeGreaterThanOrEqual(acknowledged);
  const store = await newStore(dataDir);
  await store.audit.event(facts);
  expect(await store.audit.verify()).toMatchObject({ ok: true });
  expect(await store.audit.list({ action: "audit:cut-off", limit: 1 })).toEqual([]);
});

test("a directory without a database, or with another file, is one sentence", async () => {
  const dataDir = newDir();
  const refusal = await verifyDataDir(dataDir).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(StoreError);
  expect((refusal as StoreError).message).toBe(
    `data directory "${dataDir}": has no drainboard.sqlite. Name the directory the app is started with.`,
  );
  writeFileSync(join(dataDir, "drainboard.sqlite"), "not a database ".repeat(100));
  await expect(verifyDataDir(dataDir)).rejects.toMatchObject({ code: "damaged" });
  rmSync(join(dataDir, "drainboard.sqlite"));
  new DatabaseSync(join(dataDir, "drainboard.sqlite")).exec("create table audit (seq integer)");
  await expect(verifyDataDir(dataDir)).rejects.toThrow("its audit has no chain yet");
});

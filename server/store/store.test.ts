import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { backendsOf } from "./backends.ts";
import { StoreError } from "./errors.ts";
import { KEY_LIVES_MS } from "./idempotency.ts";
import { loginIdOf } from "./logins.ts";
import { migrations } from "./migrations/all.ts";
import type { Person } from "./people.ts";
import { openStore, type Store } from "./store.ts";
import { tempDir } from "./testing/temp-dir.ts";

function newDir(): string {
  const dir = tempDir();
  onTestFinished(() => dir[Symbol.dispose]());
  return dir.path;
}

async function newStore(dataDir = newDir()): Promise<Store> {
  const store = await openStore({ dataDir, waitForLockMs: 0 });
  onTestFinished(() => store.close());
  return store;
}

async function refusal(open: Promise<Store>): Promise<StoreError> {
  const error = await open.then(
    (store) => store.close().then(() => null),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(StoreError);
  return error as StoreError;
}

const ann: Person = {
  ...{ id: "p1", name: "Ann", passwordHash: null, role: "operator", backends: null, disabledAt: null, createdAt: 1 },
  ...{ external: null, lastSeenAt: null },
};
const facts = {
  at: 1_000,
  requestId: "r1",
  action: "server:set-state",
  actor: { kind: "person", id: "p1", name: "Ann" },
  via: "page",
  target: "APP1/SRV1",
  lb: "lb1",
  before: "ready",
  command: "set server APP1/SRV1 state drain",
} as const;

test("the data directory and its files are made private", async () => {
  const dataDir = join(newDir(), "deep", "data");
  await newStore(dataDir);
  expect(statSync(dataDir).mode & 0o777).toBe(0o700);
  const modes = readdirSync(dataDir).map((name) => statSync(join(dataDir, name)).mode & 0o777);
  expect(modes.length).toBeGreaterThan(0);
  expect(new Set(modes)).toEqual(new Set([0o600]));
});

test("what was stored is there at the next start, and migrations do not run twice", async () => {
  const dataDir = newDir();
  const first = await openStore({ dataDir });
  await first.people.add(ann);
  await first.close();
  const second = await newStore(dataDir);
  expect(await second.people.byName("ann")).toEqual(ann);
});

test("the file is kept in WAL mode", async () => {
  const dataDir = newDir();
  await (await openStore({ dataDir })).close();
  const db = new DatabaseSync(join(dataDir, "drainboard.sqlite"));
  expect(db.prepare("pragma journal_mode").get()).toEqual({ journal_mode: "wal" });
  db.close();
});

test("a second process is told that the directory is in use, and gets it when the first has ended", async () => {
  const dataDir = newDir();
  const script = fileURLToPath(new URL("./testing/hold-store.ts", import.meta.url));
  const holder = spawn("node", [script, dataDir], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void holder.kill("SIGKILL"));
  await once(holder.stdout, "data");
  const error = await refusal(openStore({ dataDir, waitForLockMs: 0 }));
  expect(error.code).toBe("in-use");
  expect(error.message).toBe(
    `data directory "${dataDir}": another Drainboard already uses it. Stop that one, or give this one its own directory with --data.`,
  );
  holder.kill("SIGKILL");
  await once(holder, "exit");
  await newStore(dataDir);
});

test("a directory that cannot be written is one sentence", async () => {
  const file = join(newDir(), "a-file");
  writeFileSync(file, "");
  const error = await refusal(openStore({ dataDir: join(file, "data") }));
  expect(error.code).toBe("not-writable");
  expect(error.message).toContain(`data directory "${join(file, "data")}": cannot be written (ENOTDIR)`);
});

test("a database that is a directory, or is no database, is one sentence and stays as it was", async () => {
  const asDirectory = newDir();
  mkdirSync(join(asDirectory, "drainboard.sqlite"));
  expect((await refusal(openStore({ dataDir: asDirectory }))).code).toBe("not-writable");

  const noDatabase = newDir();
  const text = "this is not a database ".repeat(100);
  writeFileSync(join(noDatabase, "drainboard.sqlite"), text);
  const error = await refusal(openStore({ dataDir: noDatabase }));
  expect(error.code).toBe("damaged");
  expect(error.message).toContain("Put a backup in its place");
  expect(statSync(join(noDatabase, "drainboard.sqlite")).size).toBe(text.length);
});

test("a newer schema is refused, unchanged, in a sentence that names both versions", async () => {
  const dataDir = newDir();
  const newer = { ...migrations, "0099-later": { up: async () => {} } };
  await (await openStore({ dataDir, migrations: newer })).close();
  const error = await refusal(openStore({ dataDir }));
  expect(error.code).toBe("newer-schema");
  const known = Object.keys(migrations).at(-1);
  expect(error.message).toContain(
    `written by a newer Drainboard (it has step 0099-later, this one knows up to ${known})`,
  );
  await (await openStore({ dataDir, migrations: newer })).close();
});

test("a migration that fails leaves nothing behind", async () => {
  const dataDir = newDir();
  const broken = {
    ...migrations,
    "0099-broken": {
      up: async () => {
        throw new Error("no such luck");
      },
    },
  };
  expect((await refusal(openStore({ dataDir, migrations: broken }))).message).toContain("no such luck");
  await newStore(dataDir);
});

test("names differ by more than case", async () => {
  const { people } = await newStore();
  expect(await people.isEmpty()).toBe(true);
  expect(await people.add(ann)).toBe(true);
  expect(await people.add({ ...ann, id: "p2", name: "ANN" })).toBe(false);
  expect(await people.byName("aNN")).toEqual(ann);
  expect(await people.byName("bob")).toBeNull();
  expect(await people.isEmpty()).toBe(false);
});

test("a login knows its owner, though it is over or the person disabled, until it is removed", async () => {
  const { people, logins } = await newStore();
  await people.add({ ...ann, backends: ["team-a-*"] });
  await people.add({ ...ann, id: "p2", name: "gone", disabledAt: 5 });
  const login = { personId: "p1", createdAt: 10, expiresAt: 100, lastSeenAt: 10, userAgent: "", remoteAddress: null };
  await logins.add({ ...login, hash: "h1" });
  await logins.add({ ...login, hash: "h2", personId: "p2" });
  const owner = { personId: "p1", name: "Ann", role: "operator", backends: ["team-a-*"], isDisabled: false };
  expect(await logins.owner("h1")).toMatchObject({ ...owner, expiresAt: 100 });
  expect(await logins.owner("h2")).toMatchObject({ isDisabled: true });
  await logins.seen("h1", { lastSeenAt: 60, expiresAt: 200, remoteAddress: "10.0.0.7" });
  expect(await logins.owner("h1")).toMatchObject({ lastSeenAt: 60, expiresAt: 200 });
  expect(await logins.list("p1", 150)).toMatchObject([{ hash: "h1", remoteAddress: "10.0.0.7" }]);
  expect(await logins.list("p1", 200)).toEqual([]);
  await logins.remove("h1");
  expect(await logins.owner("h1")).toBeNull();
  await expect(logins.add({ ...login, hash: "h3", personId: "nobody" })).rejects.toThrow(/FOREIGN KEY/);
});

test("one login of a person ends by its id, or all but one; those of others stay", async () => {
  const { people, logins } = await newStore();
  await people.add(ann);
  await people.add({ ...ann, id: "p2", name: "bob" });
  const login = { createdAt: 1, expiresAt: 100, lastSeenAt: 1, userAgent: "", remoteAddress: null };
  const hashes = ["a", "b", "c"].map((letter) => letter.repeat(64));
  for (const hash of hashes) await logins.add({ ...login, hash, personId: "p1" });
  await logins.add({ ...login, hash: "d".repeat(64), personId: "p2" });
  expect(await logins.removeOne("p2", loginIdOf(hashes[0]!))).toBe(false);
  expect(await logins.removeOne("p1", loginIdOf(hashes[0]!))).toBe(true);
  expect(await logins.removeAll("p1", hashes[2]!)).toBe(1);
  expect((await logins.list("p1", 1)).map((one) => one.hash)).toEqual([hashes[2]]);
  expect(await logins.list("p2", 1)).toHaveLength(1);
});

test("a token is found though it is over or revoked, listed while it is not revoked, and used once a minute", async () => {
  const { tokens } = await newStore();
  const token = {
    ...{ id: "t1", name: "ci", role: "operator" as const, backends: ["team-a-*"], prefix: "drainboard_ab" },
    ...{ createdAt: 1, createdBy: "ann", expiresAt: 100 },
  };
  await tokens.add("h1", token);
  await tokens.add("h2", { ...token, backends: null, id: "t2", createdAt: 2, expiresAt: null });
  expect(await tokens.find("h1")).toEqual({ ...token, revokedAt: null, lastUsedAt: null, lastUsedFrom: null });
  expect(await tokens.find("h3")).toBeNull();
  await tokens.used("h1", 1_000, "10.0.0.1");
  await tokens.used("h1", 60_999, "10.0.0.2");
  expect(await tokens.byId("t1")).toMatchObject({ lastUsedAt: 1_000, lastUsedFrom: "10.0.0.1" });
  await tokens.used("h1", 61_000, "10.0.0.3");
  expect(await tokens.byId("t1")).toMatchObject({ lastUsedAt: 61_000, lastUsedFrom: "10.0.0.3" });
  expect((await tokens.list()).map((one) => one.id)).toEqual(["t2", "t1"]);
  expect(await tokens.revoke("t2", 5)).toMatchObject({ id: "t2", revokedAt: 5 });
  expect(await tokens.revoke("t2", 6)).toBeNull();
  expect(await tokens.find("h2")).toMatchObject({ revokedAt: 5 });
  expect((await tokens.list()).map((one) => one.id)).toEqual(["t1"]);
});

test("a limit that cannot be read allows nothing", async () => {
  expect(backendsOf("{}")).toEqual([]);
  expect(backendsOf("[1")).toEqual([]);
  expect(backendsOf(null)).toBeNull();
  expect(backendsOf('["a",1]')).toEqual(["a"]);
});

test("a wall link is seen once a minute and ends when revoked", async () => {
  const { wallLinks } = await newStore();
  const link = { id: "w1", name: "noc", prefix: "x", createdAt: 1, createdBy: "ann", expiresAt: null };
  await wallLinks.add("h1", link);
  await wallLinks.seen("h1", 1_000, "10.0.0.1");
  await wallLinks.seen("h1", 2_000, "10.0.0.2");
  expect(await wallLinks.list()).toMatchObject([{ ...link, lastSeenAt: 1_000, lastSeenFrom: "10.0.0.1" }]);
  expect(await wallLinks.revoke("w1", 5)).toMatchObject({ id: "w1" });
  expect(await wallLinks.revoke("w1", 5)).toBeNull();
  expect(await wallLinks.list()).toEqual([]);
  expect(await wallLinks.find("h1")).toMatchObject({ revokedAt: 5 });
});

test("there is always an enabled admin who can sign in, also when two go at the same time", async () => {
  const { people } = await newStore();
  const admin = { ...ann, role: "admin", passwordHash: "x" } as const;
  await people.add({ ...admin, id: "a1", name: "a1" });
  await people.add({ ...admin, id: "a2", name: "a2" });
  await people.add({ ...admin, id: "invited", name: "invited", passwordHash: null });
  const both = await Promise.all([people.change("a1", { role: "viewer" }), people.remove("a2")]);
  expect(both.filter((one) => one === "last-admin")).toHaveLength(1);
  const [left] = (await people.list()).filter((one) => one.role === "admin" && one.passwordHash !== null);
  expect(await people.change(left!.id, { disabledAt: 5 })).toBe("last-admin");
  expect(await people.change(left!.id, { role: "operator" })).toBe("last-admin");
  expect(await people.remove(left!.id)).toBe("last-admin");
  expect(await people.remove("invited")).toMatchObject({ id: "invited" });
  expect(await people.remove("nobody")).toBe("unknown");
  expect(await people.hasAdmin()).toBe(true);
  await people.add({ ...ann, id: "ext", name: "ext", role: "admin", external: { issuer: "https://id", subject: "1" } });
  expect(await people.remove(left!.id)).toMatchObject({ id: left!.id });
});

test("an admin is never limited: becoming one takes the limit off, and a limit for one is refused", async () => {
  const { people } = await newStore();
  await people.add({ ...ann, backends: ["a"] });
  expect(await people.change("p1", { role: "admin" })).toMatchObject({ role: "admin", backends: null });
  expect(await people.change("p1", { backends: ["a"] })).toBe("limited-admin");
  expect(await people.change("p1", { role: "operator", backends: ["b"] })).toMatchObject({ backends: ["b"] });
});

test("a reset link works once, until its time, for who is not disabled, and ends the logins", async () => {
  const { people, resetLinks, logins } = await newStore();
  await people.add(ann);
  await resetLinks.put({ personId: "p1", hash: "old", expiresAt: 100 });
  await resetLinks.put({ personId: "p1", hash: "h", expiresAt: 100 });
  expect(await resetLinks.find("old", 1)).toBeNull();
  expect(await resetLinks.find("h", 100)).toBeNull();
  const login = { createdAt: 1, expiresAt: 100, lastSeenAt: 1, userAgent: "", remoteAddress: null };
  await logins.add({ ...login, hash: "l", personId: "p1" });
  expect(await Promise.all([resetLinks.use("h", "one", 99), resetLinks.use("h", "two", 99)])).toEqual([true, false]);
  expect(await people.byId("p1")).toMatchObject({ passwordHash: "one" });
  expect(await logins.list("p1", 1)).toEqual([]);
  await resetLinks.put({ personId: "p1", hash: "h2", expiresAt: 100 });
  await people.change("p1", { disabledAt: 5 });
  expect(await resetLinks.use("h2", "three", 9)).toBe(false);
});

test("an intent gets exactly one outcome, which repeats whom and what it is about", async () => {
  const { audit } = await newStore();
  const intent = await audit.intent({ ...facts, detail: { override: true } });
  const seq = await audit.outcome(intent, { at: 2_000, outcome: "done", after: "drain", answer: "" });
  expect(seq).toBe(intent + 1);
  const row = { kind: "outcome", actorName: "Ann", target: "APP1/SRV1", lb: "lb1", before: "ready", after: "drain" };
  expect(await audit.last()).toMatchObject({ ...row, outcome: "done", intentSeq: intent, detail: null });
  await expect(audit.outcome(intent, { at: 3_000, outcome: "refused" })).rejects.toThrow(StoreError);
  await expect(audit.outcome(seq, { at: 3_000, outcome: "done" })).rejects.toThrow("not an intent");
});

test("intents left open are closed as unknown at the next start, once", async () => {
  const { audit } = await newStore();
  const answered = await audit.intent(facts);
  await audit.outcome(answered, { at: 1_500, outcome: "done" });
  const open = await audit.intent({ ...facts, lb: "lb2" });
  expect((await audit.openIntents()).map((row) => row.seq)).toEqual([open]);
  expect(await audit.closeUnknown(9_000)).toBe(1);
  expect(await audit.last()).toMatchObject({ intentSeq: open, outcome: "unknown", lb: "lb2", at: 9_000 });
  expect(await audit.openIntents()).toEqual([]);
  expect(await audit.closeUnknown(9_001)).toBe(0);
});

test("an audit that cannot be written says that nothing was sent", async () => {
  const dataDir = newDir();
  const store = await openStore({ dataDir });
  await store.close();
  const error = await store.audit.intent(facts).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(StoreError);
  expect(error).toMatchObject({ code: "write-failed", message: expect.stringContaining("so nothing was sent") });
});

test("the audit is listed newest first, narrowed, and in pages", async () => {
  const { audit } = await newStore();
  for (let at = 1; at <= 5; at++) await audit.event({ ...facts, at, target: at % 2 ? "APP1/SRV1" : "APP1/SRV2" });
  await audit.event({ ...facts, at: 6, actor: { kind: "token", id: "t1", name: "ci" } });
  const times = async (filter: Parameters<typeof audit.list>[0]) => (await audit.list(filter)).map((row) => row.at);
  expect(await times({ limit: 2 })).toEqual([6, 5]);
  expect(await times({ limit: 9, from: 2, to: 4 })).toEqual([3, 2]);
  expect(await times({ limit: 9, server: "APP1/SRV2" })).toEqual([4, 2]);
  expect(await times({ limit: 9, actor: "CI" })).toEqual([6]);
  const page = await audit.list({ limit: 2 });
  expect(await times({ limit: 2, before: page.at(-1)!.seq })).toEqual([4, 3]);
});

test("hostile text is stored as text", async () => {
  const { audit } = await newStore();
  const reason = "'); drop table audit; -- \u0000 \u{1F4A5}";
  await audit.event({ ...facts, reason, answer: "x".repeat(100_000) });
  const row = await audit.last();
  expect(row?.reason).toBe(reason);
  expect(row?.answer?.length).toBeLessThan(5_000);
});

test("a key lives a day and belongs to its owner", async () => {
  const { idempotency } = await newStore();
  expect(await idempotency.claim("p1", "k", "hash", 0)).toEqual({ kind: "first" });
  expect(await idempotency.claim("p1", "k", "hash", 1)).toEqual({ kind: "unanswered" });
  expect(await idempotency.claim("p2", "k", "hash", 1)).toEqual({ kind: "first" });
  await idempotency.answer("p1", "k", 200, "{}");
  expect(await idempotency.claim("p1", "k", "hash", 2)).toEqual({ kind: "answered", status: 200, body: "{}" });
  expect(await idempotency.claim("p1", "k", "other", 2)).toEqual({ kind: "other-request" });
  expect(await idempotency.claim("p1", "k", "other", KEY_LIVES_MS)).toEqual({ kind: "first" });
});

test("settings are values of a shape", async () => {
  const { settings } = await newStore();
  const shape = z.strictObject({ minimum: z.number() });
  expect(await settings.get("APP1", shape)).toBeNull();
  await settings.set("APP1", { minimum: 2 });
  await settings.set("APP1", { minimum: 3 });
  expect(await settings.get("APP1", shape)).toEqual({ minimum: 3 });
  await expect(settings.get("APP1", z.string())).rejects.toThrow();
});

test("a value that SQLite would shift silently is refused", async () => {
  const { people } = await newStore();
  await expect(people.add({ ...ann, createdAt: new Date() as unknown as number })).rejects.toThrow(
    "epoch milliseconds",
  );
});

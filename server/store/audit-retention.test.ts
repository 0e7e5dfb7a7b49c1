import { expect, onTestFinished, test } from "vitest";
import { newMaintenance } from "#lib/maintenance/job.ts";
import { baseOptions } from "#lib/maintenance/testing/world.ts";
import type { AuditFacts } from "./audit.ts";
import { openStore, type Store } from "./store.ts";
import { tempDir } from "./testing/temp-dir.ts";

const facts: AuditFacts = {
  ...{ at: 0, requestId: "r1", action: "server:set-state", via: "page", target: "APP1/SRV1" },
  actor: { kind: "person", id: "p1", name: "Ann" },
};

async function newStore(): Promise<Store> {
  const dir = tempDir();
  const store = await openStore({ dataDir: dir.path, waitForLockMs: 0 });
  onTestFinished(async () => {
    await store.close();
    dir[Symbol.dispose]();
  });
  return store;
}

const remove = ({ audit }: Store, cutoff: number) => audit.removeBefore(cutoff, { now: cutoff, keepDays: 30 });
const seqs = async ({ audit }: Store) => (await audit.list({ limit: 100 })).map((row) => row.seq).reverse();

test("what is older goes, a checkpoint of the chain takes its place, and the chain is whole", async () => {
  const store = await newStore();
  for (let at = 1; at <= 6; at++) await store.audit.event({ ...facts, at });
  const fourth = await store.audit.get(4);
  expect(await remove(store, 5)).toBe(4);
  expect(await seqs(store)).toEqual([5, 6, 7]);
  expect(await store.audit.last()).toMatchObject({
    ...{
      action: "audit:checkpoint",
      at: 5,
      actorName: "Drainboard",
      outcome: "done",
      reason: "audit.keepDays is 30",
    },
    detail: { count: 4, from: 1, to: 4, lastSeq: 4, lastHash: fourth?.hash, total: 4, keepDays: 30 },
  });
  expect(await store.audit.verify()).toMatchObject({ ok: true, count: 3, firstSeq: 5, removed: 4 });
  // Again, and the first checkpoint goes with the second removal.
  expect(await remove(store, 5)).toBe(0);
  await store.audit.event({ ...facts, at: 7 });
  expect(await remove(store, 100)).toBe(3);
  expect(await seqs(store)).toEqual([8, 9]);
  expect(await store.audit.verify()).toMatchObject({ ok: true, count: 2, firstSeq: 8, removed: 7 });
});

test("an intent without outcome stays, and what came after it", async () => {
  const store = await newStore();
  await store.audit.event({ ...facts, at: 1 });
  const open = await store.audit.intent({ ...facts, at: 2 });
  await store.audit.event({ ...facts, at: 3 });
  expect(await remove(store, 100)).toBe(1);
  expect((await seqs(store)).slice(0, 2)).toEqual([open, open + 1]);
  await store.audit.outcome(open, { at: 200, outcome: "done" });
  // The outcome is young and keeps its intent.
  expect(await remove(store, 150)).toBe(0);
  await store.audit.event({ ...facts, at: 400 });
  expect(await remove(store, 300)).toBe(4);
  expect(await store.audit.verify()).toMatchObject({ ok: true, removed: 5 });
});

test("rows of an open maintenance stay until it is closed", async () => {
  const store = await newStore();
  const job = newMaintenance(
    { id: "m-1", reason: "", startedBy: "Ann", servers: ["APP1/SRV1"], options: baseOptions },
    1,
  );
  await store.maintenances.save(job, [], 1);
  await store.audit.event({ ...facts, at: 1 });
  await store.audit.event({ ...facts, at: 2, maintenanceId: "m-1" });
  await store.audit.event({ ...facts, at: 3 });
  expect(await remove(store, 100)).toBe(1);
  await store.maintenances.save({ ...job, closedAtMs: 50 }, [], 50);
  expect(await remove(store, 100)).toBe(2);
  expect(await store.audit.verify()).toMatchObject({ ok: true, removed: 3 });
});

test("nothing to remove leaves no row", async () => {
  const store = await newStore();
  expect(await remove(store, 100)).toBe(0);
  expect(await store.audit.last()).toBeNull();
});

test("many rows go in portions, each with its checkpoint", async () => {
  const store = await newStore();
  for (let at = 1; at <= 8; at++) await store.audit.event({ ...facts, at });
  await store.audit.intent({ ...facts, at: 9 });
  await store.audit.outcome(9, { at: 10, outcome: "done" });
  await store.audit.event({ ...facts, at: 50 });
  expect(await store.audit.removeBefore(50, { now: 50, keepDays: 1, rowsAtOnce: 3 })).toBe(10);
  const checkpoints = await store.audit.list({ action: "audit:checkpoint", limit: 9 });
  // The third portion of three would end between an intent and its outcome.
  expect(checkpoints.map((row) => (row.detail as { count: number }).count)).toEqual([2, 2, 3, 3]);
  expect(await store.audit.verify()).toMatchObject({ ok: true, count: 5, firstSeq: 11, removed: 10 });
});

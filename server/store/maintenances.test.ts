import { expect, onTestFinished, test } from "vitest";
import type { MaintenanceEvent } from "#lib/maintenance/effect.ts";
import { newMaintenance } from "#lib/maintenance/job.ts";
import { baseOptions } from "#lib/maintenance/testing/world.ts";
import { openStore, type Store } from "./store.ts";
import { tempDir } from "./testing/temp-dir.ts";

async function opened(dataDir: string): Promise<Store> {
  const store = await openStore({ dataDir });
  onTestFinished(() => store.close());
  return store;
}

function job(id: string, atMs: number) {
  return newMaintenance({ id, reason: "", startedBy: "mira", servers: ["APP1/SRV1"], options: baseOptions }, atMs);
}

function note(text: string, atMs: number): MaintenanceEvent {
  return {
    atMs,
    kind: "note",
    server: "APP1/SRV1",
    lb: null,
    who: null,
    text,
    isAlert: true,
    data: { n: 1, who: null },
  };
}

test("a job and its events come back as they were, after the file was closed and opened", async () => {
  using dir = tempDir();
  const first = await openStore({ dataDir: dir.path });
  const one = job("m1", 1_000);
  await first.maintenances.save(one, [note("began", 1_000)], 1_000);
  await first.maintenances.save({ ...one, reason: "changed" }, [note("went on", 2_000)], 2_000);
  await first.close();
  const again = await opened(dir.path);
  expect(await again.maintenances.open()).toEqual({ jobs: [{ ...one, reason: "changed" }], unreadable: [] });
  expect(await again.maintenances.get("m1")).toEqual({ ...one, reason: "changed" });
  expect(await again.maintenances.get("m2")).toBeNull();
  expect((await again.maintenances.events("m1")).map(({ seq: _, ...event }) => event)).toEqual([
    note("began", 1_000),
    note("went on", 2_000),
  ]);
});

test("closed ones are kept and listed, newest first, and are not open any more", async () => {
  using dir = tempDir();
  const { maintenances } = await opened(dir.path);
  for (const [id, atMs, closedAtMs] of [
    ["m1", 1_000, 5_000],
    ["m2", 2_000, null],
    ["m3", 3_000, 9_000],
  ] as const)
    await maintenances.save({ ...job(id, atMs), closedAtMs }, [], atMs);
  const ids = async (filter: Parameters<typeof maintenances.list>[0]) =>
    (await maintenances.list(filter)).jobs.map((one) => one.id);
  expect((await maintenances.open()).jobs.map((one) => one.id)).toEqual(["m2"]);
  expect(await ids({ limit: 10 })).toEqual(["m3", "m2", "m1"]);
  expect(await ids({ isOpen: false, limit: 1 })).toEqual(["m3"]);
  expect(await ids({ closedSince: 6_000, limit: 10 })).toEqual(["m3"]);
});

test("a job that cannot be saved leaves no events behind, and says that nothing was sent", async () => {
  using dir = tempDir();
  const { maintenances } = await opened(dir.path);
  const bad = { ...note("never", 1), data: { big: 1n as unknown as number } };
  await expect(maintenances.save(job("m1", 1), [note("before", 1), bad], 1)).rejects.toThrow(
    /m1 could not be saved .* nothing was sent/,
  );
  expect(await maintenances.get("m1")).toBeNull();
  expect(await maintenances.events("m1")).toEqual([]);
});

test("one that cannot be read is told apart, with its servers' names as far as they are known, and can be closed", async () => {
  using dir = tempDir();
  const { maintenances } = await opened(dir.path);
  const good = job("m-good", 2_000);
  await maintenances.save(good, [], 2_000);
  await maintenances.save({ ...job("m-newer", 1_000), v: 2 as 1 }, [note("began", 1_000)], 1_000);
  await maintenances.save({ ...job("m-torn", 3_000), servers: null as never }, [], 3_000);
  const unreadable = [
    { id: "m-newer", servers: ["APP1/SRV1"], startedBy: "mira", why: "it was stored in format 2, not 1" },
    { id: "m-torn", servers: [], startedBy: "mira", why: "its stored job is damaged" },
  ];
  expect(await maintenances.open()).toMatchObject({ jobs: [good], unreadable });
  expect(await maintenances.list({ limit: 10 })).toMatchObject({ jobs: [good], unreadable: unreadable.toReversed() });
  await expect(maintenances.get("m-newer")).rejects.toThrow(/m-newer cannot be read: it was stored in format 2/);
  expect((await maintenances.events("m-newer")).map((event) => event.text)).toEqual(["began"]);
  await maintenances.close("m-newer", 9_000);
  expect((await maintenances.open()).unreadable.map((one) => one.id)).toEqual(["m-torn"]);
  expect((await maintenances.list({ isOpen: false, limit: 10 })).unreadable).toMatchObject([
    { id: "m-newer", closedAtMs: 9_000 },
  ]);
});

test("a kept state is replaced by the next one and can be forgotten", async () => {
  using dir = tempDir();
  const { keptStates } = await opened(dir.path);
  const one = {
    lb: "lb1",
    server: "APP1/SRV1",
    adminState: "drain",
    pid: 1,
    startedAt: 2,
    who: "mira",
    at: 3,
  } as const;
  await keptStates.keep(one);
  await keptStates.keep({ ...one, adminState: "maint" });
  expect(await keptStates.all()).toEqual([{ ...one, adminState: "maint" }]);
  await keptStates.forget("lb1", "APP1/SRV1");
  expect(await keptStates.all()).toEqual([]);
});

import { expect, onTestFinished, test } from "vitest";
import { createLog } from "./log.ts";
import { startRetention } from "./retention.ts";
import { openStore } from "./store/store.ts";
import { tempDir } from "./store/testing/temp-dir.ts";

const DAY_MS = 86_400_000;
const NOW = 100 * DAY_MS;

async function stage() {
  const dir = tempDir();
  const store = await openStore({ dataDir: dir.path });
  onTestFinished(async () => {
    await store.close();
    dir[Symbol.dispose]();
  });
  const lines: string[] = [];
  const log = createLog({ to: { write: (line) => void lines.push(line) } });
  for (const day of [60, 69, 71, 99])
    await store.audit.event({
      ...{ at: day * DAY_MS, requestId: "r", action: "server:set-state", via: "rest" },
      actor: { kind: "person", id: "p1", name: "Ann" },
    });
  return { audit: store.audit, log, lines, now: () => NOW };
}

test("at the start what is older than the days to keep is removed, told in the log and in the audit", async () => {
  const { audit, log, lines, now } = await stage();
  await startRetention({ audit, log, now, keepDays: 30 })();
  const rows = await audit.list({ limit: 9 });
  expect(rows.map((row) => [row.action, row.at / DAY_MS])).toEqual([
    ["audit:checkpoint", 100],
    ["server:set-state", 99],
    ["server:set-state", 71],
  ]);
  expect(await audit.verify()).toMatchObject({ ok: true, removed: 2 });
  expect(lines.join("")).toContain("audit rows were removed after their time");
});

test("without a setting everything is kept", async () => {
  const { audit, log, now } = await stage();
  await startRetention({ audit, log, now, keepDays: null })();
  expect(await audit.list({ limit: 9 })).toHaveLength(4);
});

test("a removal that fails is told in the log and ends nothing", async () => {
  const { audit, log, lines, now } = await stage();
  const broken = { ...audit, removeBefore: () => Promise.reject(new Error("disk full")) };
  await startRetention({ audit: broken, log, now, keepDays: 30 })();
  expect(lines.join("")).toContain("tomorrow it is tried again");
});

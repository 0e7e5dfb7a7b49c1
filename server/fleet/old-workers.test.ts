// When the master CLI is asked for old workers. Real masters: fleet.test.ts.
import { expect, test } from "vitest";
import { silentLog } from "#server/log.ts";
import { MasterClient } from "#server/runtime/master.ts";
import { OldWorkerWatch } from "./old-workers.ts";

const MASTER = "10 master 0 [failed: 0] 0d01h00m00s 3.0.11";

function watched() {
  let nowMs = 1_000_000;
  let old: number[] = [];
  let isSilent = false;
  let held: Promise<void> = Promise.resolve();
  const asked: string[] = [];
  const master = new MasterClient({
    name: "lb1",
    address: { kind: "unix", path: "/never/opened" },
    exchange: async (_address, line) => {
      asked.push(line);
      if (isSilent) throw new Error("no answer");
      const workers = old.map((pid) => `${pid} worker 1 0d00h10m00s 3.0.11\n`).join("");
      await held;
      const text =
        line === "show proc"
          ? `#<PID> <type> <reloads> <uptime> <version>\n${MASTER}\n# workers\n20 worker 0 0d00h00m10s 3.0.11\n# old workers\n${workers}# programs\n\n`
          : "# pxname,svname,scur,type,\nb,s1,3,2,\n\n";
      return { bytes: Buffer.from(text), sentAtMs: nowMs, receivedAtMs: nowMs, endedAtMs: nowMs };
    },
  });
  const watch = new OldWorkerWatch({ master, log: silentLog, now: () => nowMs });
  return {
    watch,
    asked,
    setOld: (pids: number[]) => {
      old = pids;
    },
    setSilent: (isNow: boolean) => {
      isSilent = isNow;
    },
    hold(): () => void {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return resolve;
    },
    async poll(isNewProcess: boolean, afterMs: number) {
      nowMs += afterMs;
      watch.refresh(isNewProcess, 20);
      await watch.settled();
    },
    tell(isNewProcess: boolean) {
      watch.refresh(isNewProcess, 20);
    },
  };
}

test("without old workers the master is hardly asked, after a reload often", async () => {
  const { asked, poll } = watched();
  for (let sec = 0; sec < 60; sec++) await poll(false, 1_000);
  expect(asked.length).toBe(2);
  await poll(true, 1_000);
  for (let sec = 0; sec < 10; sec++) await poll(false, 1_000);
  expect(asked.length).toBeGreaterThanOrEqual(7);
});

test("an old worker that the master lists only a moment after the reload is found", async () => {
  const { watch, setOld, poll } = watched();
  await poll(false, 0);
  await poll(true, 1_000);
  expect(watch.count).toBe(0);
  setOld([19]);
  await poll(false, 1_000);
  await poll(false, 1_000);
  expect(watch.count).toBe(1);
  expect([...watch.sessions]).toEqual([["b/s1", 3]]);
});

test("an answer that was under way when the reload came is not the last word", async () => {
  const { watch, setOld, hold, poll, tell } = watched();
  const release = hold();
  tell(false);
  tell(true);
  setOld([19]);
  release();
  await watch.settled();
  await poll(false, 1_000);
  expect(watch.count).toBe(1);
});

test("one question that fails is passing; from the second on the master CLI is silent, until it answers again", async () => {
  const { watch, setSilent, poll } = watched();
  expect([watch.source, watch.count]).toEqual(["master-cli", null]);
  setSilent(true);
  await poll(false, 0);
  expect([watch.source, watch.count]).toEqual(["master-cli", null]);
  await poll(false, 2_000);
  expect([watch.source, watch.count]).toEqual(["silent", null]);
  setSilent(false);
  await poll(false, 2_000);
  expect([watch.source, watch.count]).toEqual(["master-cli", 0]);
});

test("a master CLI that is silent from a reload on never turns into nothing left behind; asked less often later", async () => {
  const { watch, asked, setSilent, poll } = watched();
  await poll(false, 0);
  await poll(false, 2_000);
  expect(watch.isUnsure).toBe(false);
  setSilent(true);
  await poll(true, 1_000);
  for (let sec = 0; sec < 60; sec++) await poll(false, 1_000);
  expect([watch.source, watch.isUnsure]).toEqual(["silent", true]);
  const before = asked.length;
  for (let sec = 0; sec < 20; sec++) await poll(false, 1_000);
  expect(asked.length - before).toBeLessThanOrEqual(11);
  setSilent(false);
  await poll(false, 2_000);
  expect(watch.isUnsure).toBe(false);
});

test("one that falls silent while there are old workers leaves them unknown; where there were none, it stays so", async () => {
  for (const old of [[19], []]) {
    const { watch, setOld, setSilent, poll } = watched();
    setOld(old);
    await poll(false, 0);
    await poll(false, 2_000);
    expect(watch.isUnsure).toBe(false);
    setSilent(true);
    for (let sec = 0; sec < 70; sec++) await poll(false, 1_000);
    expect([watch.source, watch.isUnsure]).toEqual(["silent", old.length > 0]);
  }
});

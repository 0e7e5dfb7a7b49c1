import { setTimeout as sleep } from "node:timers/promises";
import { MINUTES, SECONDS } from "#lib/fleet/history.ts";
import { encodeSnapshot } from "#lib/wire/codec.ts";
import { startApp } from "./app.ts";

export type MemoryOrder = { kind: "fill"; socketPath: string };
/** kB a server; `keptKb` is everything that grew with the fleet */
export type MemoryWord = {
  kind: "filled";
  historyKb: number;
  keptKb: number;
  rssMb: number;
  heapMb: number;
  arraysMb: number;
};

const MB = 1024 * 1024;
/** Long enough for several polls of a fleet of any size. */
const SETTLE_MS = 4_000;

process.on("message", (order: MemoryOrder) => void fill(order.socketPath));
process.once("disconnect", () => process.exit(0));

async function fill(socketPath: string): Promise<void> {
  const empty = held();
  const { app } = await startApp([socketPath]);
  const [poller] = app.fleet.pollers;
  if (poller === undefined) throw new Error("the app has no load balancer");
  await sleep(SETTLE_MS);
  const merged = app.fleet.view();
  const snapshot = encodeSnapshot(poller.view);
  await app.fleet.stop();
  const before = held();
  const { history } = poller.model;
  const count = poller.view.servers.length;
  const nowSec = Math.floor(Date.now() / 1000);
  // Every minute of a day, and every second of the last ten minutes: each slot of each ring is written.
  for (let minute = MINUTES; minute > 0; minute--) slot(nowSec - minute * 60);
  for (let second = SECONDS; second > 0; second--) slot(nowSec - second);
  function slot(atSec: number): void {
    history.open(atSec);
    for (let i = 0; i < count; i++) history.add(i, 1 + ((atSec + i) % 40), i % 3);
  }
  const after = held();
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  say({
    kind: "filled",
    historyKb: (after - before) / count / 1024,
    keptKb: (after - empty) / count / 1024,
    rssMb: rss / MB,
    heapMb: heapUsed / MB,
    arraysMb: arrayBuffers / MB,
  });
  // Kept until they were measured.
  if (merged.servers.size === 0 || snapshot.length === 0) throw new Error("the fleet is empty");
}

/** Bytes held after a whole garbage collection. */
function held(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function say(word: MemoryWord): void {
  process.send?.(word);
}

// What the simulated users went through, for the status line, status.json and the tests.
import { writeFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import type { DemoStatus } from "./messages.ts";

export interface Counters {
  arrived(backend: string): void;
  left(backend: string): void;
  requested(): void;
  lost(user: number, backend: string, from: string, to: string, cart: number): void;
  failed(kind: string): void;
  cut(): void;
  status(): DemoStatus;
}

export function createCounters(seed: number, say: (line: string) => void): Counters {
  const byBackend: Record<string, number> = {};
  const lostByServer: Record<string, number> = {};
  const errorsByKind: Record<string, number> = {};
  let requests = 0;
  let cutConnections = 0;
  const sum = (numbers: Record<string, number>) => Object.values(numbers).reduce((total, one) => total + one, 0);
  const add = (numbers: Record<string, number>, key: string, by: number) => {
    numbers[key] = (numbers[key] ?? 0) + by;
  };
  return {
    arrived: (backend) => add(byBackend, backend, 1),
    left: (backend) => add(byBackend, backend, -1),
    requested: () => {
      requests++;
    },
    lost(user, backend, from, to, cart) {
      add(lostByServer, `${backend}/${from}`, 1);
      say(
        `lost session: user ${user} was on ${backend}/${from}, now on ${to} (its cart of ${count(cart, "item")} is gone)`,
      );
    },
    failed: (kind) => add(errorsByKind, kind, 1),
    cut: () => {
      cutConnections++;
    },
    status: () => ({
      at: new Date().toISOString(),
      seed,
      users: sum(byBackend),
      usersByBackend: { ...byBackend },
      requests,
      lostSessions: sum(lostByServer),
      lostByServer: { ...lostByServer },
      visibleErrors: sum(errorsByKind),
      errorsByKind: { ...errorsByKind },
      cutConnections,
    }),
  };
}

export function statusLine(status: DemoStatus): string {
  const kinds = Object.entries(status.errorsByKind).map(([kind, times]) => `${times} ${kind}`);
  return [
    count(status.users, "user"),
    count(status.lostSessions, "lost session"),
    `${count(status.visibleErrors, "error")}${kinds.length === 0 ? "" : ` (${kinds.join(", ")})`}`,
    count(status.cutConnections, "cut connection"),
  ].join(", ");
}

/** Whole or not at all: a reader never sees half a file. */
export async function writeStatus(file: string, status: DemoStatus): Promise<void> {
  await writeFile(`${file}.new`, `${JSON.stringify(status, null, 2)}\n`);
  await rename(`${file}.new`, file);
}

export function writeLastStatus(file: string, status: DemoStatus): void {
  writeFileSync(file, `${JSON.stringify(status, null, 2)}\n`);
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

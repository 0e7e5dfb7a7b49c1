import { expect, test } from "vitest";
import type { AddressTest } from "#lib/wire/settings.ts";
import { type Candidate, withoutTwin } from "./twin.ts";

function candidate(name: string, facts: Partial<AddressTest>, testedAtMs: number): Candidate {
  const test: AddressTest = {
    ...{ ok: true, version: "3.0.5", level: "admin", pid: 7, backends: 1, servers: 1, uptimeSec: 100 },
    ...{ persistence: [], findings: [], ...facts },
  };
  return { name, address: `/${name}.sock`, test, testedAtMs };
}

const lb1 = candidate("lb1", {}, 1_000_000);

test("the same process by another address is in the way", () => {
  const { test } = withoutTwin(candidate("lb2", { uptimeSec: 120 }, 1_020_500), [lb1]);
  expect([test.ok, test.findings[0]?.message]).toEqual([
    false,
    "This is the HAProxy process (pid 7) of lb1, by another address.",
  ]);
});

test("another pid, another start, or the same one tried again is not", () => {
  for (const other of [
    candidate("lb2", { pid: 8 }, 1_000_000),
    candidate("lb2", { uptimeSec: 90 }, 1_000_000),
    candidate("lb1", {}, 1_000_000),
    candidate("lb2", { pid: null, version: null }, 1_000_000),
  ])
    expect(withoutTwin(other, [lb1])).toBe(other);
});

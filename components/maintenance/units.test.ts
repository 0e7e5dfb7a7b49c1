import { expect, test } from "vitest";
import { maintenance, NOW_MS, serverJob } from "./testing.ts";
import { countJobs, foremost, needOf } from "./tray-order.ts";
import { atATimeWords, canSetReady, readyServer, unitsOf } from "./units.ts";
import { doneWords, phaseMark } from "./words.ts";

const hold = (code: "host" | "occupied", text: string) => ({ code, lb: null, text, sinceMs: NOW_MS });
const waiting = serverJob("APP1/SRV1", {
  host: "10.0.0.1",
  phase: "maint",
  heldBecause: hold("host", "10.0.0.1 is free when API/a1 is too."),
});
const draining = serverJob("API/a1", { host: "10.0.0.1" });
const queued = serverJob("APP1/SRV2", { host: "10.0.0.2", phase: "queued" });

test("a run by host counts hosts, in the order of the run", () => {
  const run = maintenance("m1", [waiting, queued, draining]);
  expect(unitsOf(run).map((unit) => [unit.host, unit.servers.length])).toEqual([
    ["10.0.0.1", 2],
    ["10.0.0.2", 1],
  ]);
  expect(atATimeWords(run)).toBe("1 host at a time");
  expect(doneWords(run)).toBe("0 of 2 hosts done");
  expect(atATimeWords(maintenance("m2", [serverJob("APP1/SRV1"), serverJob("APP1/SRV2")]))).toBe("1 at a time");
});

test("in maint before the others of its host: nobody's turn, nothing to press, and it says what for", () => {
  const run = maintenance("m1", [waiting, draining, queued]);
  expect(phaseMark(waiting, null)).toMatchObject({ word: "Maint", title: "10.0.0.1 is free when API/a1 is too." });
  expect(needOf(run, waiting, NOW_MS)).toBe("quiet");
  expect(foremost(run, NOW_MS)).toBe(draining);
  expect(canSetReady(run, waiting)).toBe(false);
  expect(countJobs([run], NOW_MS, () => true)).toMatchObject({ waits: 0, held: 0 });
});

test("the turn of a host is one, with one button", () => {
  const turn = { host: "10.0.0.1", phase: "maint", yourTurnAt: NOW_MS } as const;
  const run = maintenance("m1", [serverJob("APP1/SRV1", turn), serverJob("API/a1", turn), queued]);
  expect(countJobs([run], NOW_MS, () => true).waits).toBe(1);
  expect(unitsOf(run).map((unit) => readyServer(unit)?.server)).toEqual(["APP1/SRV1", undefined]);
});

test("what is left of a host that somebody took over asks for a person and can be set ready", () => {
  const left = serverJob("APP1/SRV1", {
    ...waiting,
    heldBecause: hold("occupied", "10.0.0.1 is not free: API/a1 was taken over."),
  });
  const run = maintenance("m1", [left, serverJob("API/a1", { host: "10.0.0.1", phase: "overridden" }), queued]);
  expect(needOf(run, left, NOW_MS)).toBe("held");
  expect(canSetReady(run, left)).toBe(true);
});

import { expect, test } from "vitest";
import { MINUTE_MS, maintenance, NOW_MS, serverJob } from "#components/maintenance/testing.ts";
import { HELD_FOR_MS, ownNeeds, ownPhases, titleWith } from "./needs.ts";

const mira = { kind: "person", id: "p-mira", name: "mira" } as const;
const jo = { kind: "person", id: "p-jo", name: "jo" } as const;

const turn = maintenance("turn", [serverJob("APP1/SRV1", { phase: "maint", yourTurnAt: NOW_MS - 1_000 })]);
const late = maintenance("late", [serverJob("APP1/SRV2", { deadlineAt: NOW_MS - 5 * MINUTE_MS })]);
const heldSince = (sinceMs: number) =>
  maintenance("held", [
    serverJob("APP1/SRV3", { heldBecause: { code: "stale", lb: "lb3", text: "lb3 does not answer.", sinceMs } }),
  ]);

test("one's own that wait, are past the deadline or held need a person; one that drains does not", () => {
  const needs = ownNeeds(
    [turn, late, heldSince(NOW_MS - HELD_FOR_MS), maintenance("ok", [serverJob("A/1")])],
    mira,
    NOW_MS,
  );
  expect(needs.map(({ title, text }) => [title, text])).toEqual([
    ["Your turn: APP1/SRV1", "In maint: do your work, then set ready."],
    ["Past its deadline: APP1/SRV2", "37 sessions left, 5 min after the deadline."],
    ["Held: APP1/SRV3", "lb3 does not answer."],
  ]);
});

test("nobody else's, no closed one, and no hold of a moment", () => {
  expect(ownNeeds([turn], jo, NOW_MS)).toEqual([]);
  expect(ownNeeds([{ ...turn, closedAt: NOW_MS }], mira, NOW_MS)).toEqual([]);
  expect(ownNeeds([heldSince(NOW_MS - HELD_FOR_MS + 1)], mira, NOW_MS)).toEqual([]);
});

test("a need keeps its key while it lasts, and another need has another", () => {
  const [first] = ownNeeds([turn], mira, NOW_MS);
  const [later] = ownNeeds([turn], mira, NOW_MS + MINUTE_MS);
  expect(later?.key).toBe(first?.key);
  const [pastIt] = ownNeeds([maintenance("turn", late.servers)], mira, NOW_MS);
  expect(pastIt?.key).not.toBe(first?.key);
});

test("the title counts, and takes the count away again", () => {
  expect(titleWith("Events. Drainboard", 2)).toBe("(2) Events. Drainboard");
  expect(titleWith("(2) Events. Drainboard", 1)).toBe("(1) Events. Drainboard");
  expect(titleWith("(12) Events. Drainboard", 0)).toBe("Events. Drainboard");
});

test("what is said of a phase changes with the phase and never with a count", () => {
  const said = (facts: Parameters<typeof serverJob>[1]) =>
    ownPhases([maintenance("m", [serverJob("APP1/SRV1", facts)])], mira, NOW_MS).get("m");
  expect(said({ sessions: 3 })).toBe(said({ sessions: 2 }));
  expect(said({ phase: "quiet", quietForSec: 3 })).toBe("SRV1: quiet");
  expect(said({ phase: "quiet", quietForSec: 3 })).toBe(said({ phase: "quiet", quietForSec: 9 }));
  expect(said({ phase: "maint", yourTurnAt: 1 })).toBe("SRV1: your turn");
});

test("whose it is, the id says: a token or another person of the same name is not called", () => {
  const own = { ...turn, startedById: "p-mira" };
  expect(ownNeeds([own], mira, NOW_MS)).toHaveLength(1);
  expect(ownNeeds([own], { kind: "token", id: "t-1", name: "mira" }, NOW_MS)).toEqual([]);
  expect(ownNeeds([turn], { kind: "token", id: "t-1", name: "mira" }, NOW_MS)).toEqual([]);
});

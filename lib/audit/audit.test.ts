import { expect, test } from "vitest";
import { eventsOf, outcomeOf } from "./group.ts";
import { addressOf, EVERYTHING, matches, queryOf, searchOf } from "./search.ts";
import { anEntry } from "./testing.ts";
import { whatOf, whoOf } from "./words.ts";

const now = Date.parse("2026-11-22T10:00:00.000Z");

test("one request on several load balancers is one event; an outcome takes the place of its intent", () => {
  const rows = [
    anEntry(1, { requestId: "a", lb: "lb1", kind: "intent", outcome: null }),
    anEntry(2, { requestId: "a", lb: "lb2", kind: "intent", outcome: null }),
    anEntry(3, { requestId: "b", action: "auth:sign-in", lb: null, target: null, kind: "event" }),
    anEntry(4, { requestId: "a", lb: "lb2", intentSeq: 2, outcome: "refused" }),
  ];
  const [signIn, set, ...more] = eventsOf(rows);
  expect(more).toEqual([]);
  expect(signIn?.parts.map((part) => part.seq)).toEqual([3]);
  expect(set?.parts.map((part) => [part.seq, part.lb])).toEqual([
    [1, "lb1"],
    [4, "lb2"],
  ]);
  expect(set && outcomeOf(set)).toBe("refused");
  // However they came, and however often.
  expect(eventsOf([...rows.toReversed(), ...rows])).toEqual(eventsOf(rows));
});

test("an event keeps its place when its outcome comes", () => {
  const intent = anEntry(1, { requestId: "a", kind: "intent", outcome: null });
  const later = anEntry(2, { requestId: "b" });
  const keys = (rows: ReturnType<typeof anEntry>[]) => eventsOf(rows).map((event) => event.key);
  expect(keys([intent, later, anEntry(3, { requestId: "a", intentSeq: 1 })])).toEqual(keys([intent, later]));
  expect(outcomeOf(eventsOf([intent])[0]!)).toBe("open");
});

test("a search comes back from the page's address as it was, and rubbish in it is left out", () => {
  const search = { ...EVERYTHING, text: "a b&c", server: "APP1/SRV1", range: "24h" } as const;
  expect(searchOf(new URLSearchParams(addressOf(search)))).toEqual(search);
  expect(addressOf(EVERYTHING)).toBe("");
  expect(searchOf(new URLSearchParams("range=9y&from=soon&what=1&lb=lb1"))).toEqual({ ...EVERYTHING, lb: "lb1" });
  expect(Object.fromEntries(queryOf(search, now))).toEqual({
    ...{ intents: "open", from: "2026-11-21T10:00:00.000Z", text: "a b&c", server: "APP1/SRV1" },
  });
});

test.each([
  [{ server: "APP1/SRV1" }, true],
  [{ server: "APP1/SRV2" }, false],
  [{ actor: "aNN" }, true],
  [{ actor: "An" }, false],
  [{ lb: "lb2" }, false],
  [{ action: "server:*" }, true],
  [{ action: "serve:*" }, false],
  [{ action: "server:set-state" }, true],
  [{ outcome: "refused" }, false],
  [{ text: "STATE DRAIN" }, true],
  [{ text: "10.0.0.2" }, false],
  [{ range: "1h" }, true],
  [{ from: "2026-11-22T09:00:00.001Z" }, false],
  [{ to: "2026-11-22T09:00:00.000Z" }, false],
  [{ maintenance: "m-1" }, false],
] as const)("a pushed row is compared as the store would: %j %s", (changes, expected) => {
  expect(matches(anEntry(1), { ...EVERYTHING, ...changes }, now)).toBe(expected);
});

test("words say what was asked and for whom", () => {
  expect(whatOf(anEntry(1))).toBe("Set drain");
  expect(whatOf(anEntry(1, { action: "people:reset-link", command: null }))).toBe("Make a reset link");
  expect(whatOf(anEntry(1, { action: "new-thing:set-up" }))).toBe("new thing: set up");
  const job = { actorKind: "system", actorName: "maintenance m-1 of Ann", onBehalfOf: "Ann", maintenanceId: "m-1" };
  expect(whoOf(anEntry(1, job))).toBe("Ann, by maintenance m-1");
});

test("a question of the guard is no denial, and what was refused says which state was asked", () => {
  const denied = (findings: { severity: string }[]) =>
    anEntry(1, {
      ...{ outcome: "denied", command: null, before: null, after: null },
      detail: { code: "guard", input: { adminState: "maint" }, findings },
    });
  const asked = denied([{ severity: "note" }, { severity: "confirm" }]);
  expect(outcomeOf(eventsOf([asked])[0]!)).toBe("asked");
  expect(outcomeOf(eventsOf([denied([{ severity: "confirm" }, { severity: "block" }])])[0]!)).toBe("denied");
  expect(whatOf(asked)).toBe("Set maint");
  expect(whatOf(anEntry(1, { action: "load-balancer:test" }))).toBe("Test an address");
});

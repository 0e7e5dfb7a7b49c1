import { describe, expect, test } from "vitest";
import { endSessionsInputSchema, type SessionRow, type SessionsReport } from "#lib/wire/sessions.ts";
import {
  ALL,
  countOf,
  EVERY_SESSION,
  effectsOf,
  endInput,
  endLabel,
  meantWords,
  OLDEST_FIRST,
  rowKeyOf,
  shownSessions,
} from "./session-list.ts";

/** With a key as the app makes it. */
function row(key: string, changes: Partial<SessionRow> = {}, startedAtSec = 1_000): SessionRow {
  return {
    ...{ lb: "lb1", pid: 1, id: `0x${key}`, client: "10.0.0.1:1", ageSec: 10, idleSec: 1, expiresInSec: 50 },
    ...{ protocol: "tcpv4", kind: "http", frontend: "www", path: null, isOldWorker: false },
    ...changes,
    key: `lb1/1/0x${key}/${startedAtSec}~0/www/${changes.client ?? "10.0.0.1:1"}`,
  };
}

function report(sessions: SessionRow[], total = sessions.length): SessionsReport {
  const counts = { http: 0, tunnel: 0, tcp: 0 };
  for (const { kind } of sessions) counts[kind]++;
  return { at: 1, server: "APP1/SRV1", sessions, total, counts, loadBalancers: [], complete: true };
}

const ROWS = [
  row("a", { kind: "tunnel", ageSec: 7_200, client: "10.0.0.10:80" }),
  row("b", { kind: "tunnel", ageSec: 900, client: "10.0.0.9:80", idleSec: null }),
  row("c", { ageSec: 30, idleSec: 12 }),
  row("d", { ageSec: null }),
];
const keys = (rows: readonly SessionRow[]) => rows.map((one) => one.id.slice(2)).join("");

describe("what is shown", () => {
  test("oldest first; an age that HAProxy does not know is last, and matches no age", () => {
    expect(keys(shownSessions(ROWS, EVERY_SESSION, OLDEST_FIRST))).toBe("abcd");
    expect(keys(shownSessions(ROWS, { kind: "all", olderThanSec: 0 }, OLDEST_FIRST))).toBe("abc");
  });

  test("by kind and age together", () => {
    expect(keys(shownSessions(ROWS, { kind: "tunnel", olderThanSec: 3_600 }, OLDEST_FIRST))).toBe("a");
    expect(keys(shownSessions(ROWS, { kind: "http", olderThanSec: null }, OLDEST_FIRST))).toBe("cd");
  });

  test("addresses are sorted as numbers, and equal ones keep their order", () => {
    expect(keys(shownSessions(ROWS, EVERY_SESSION, { by: "client", isDescending: false }))).toBe("cdba");
    expect(keys(shownSessions(ROWS.toReversed(), EVERY_SESSION, { by: "lb", isDescending: true }))).toBe("abcd");
  });
});

describe("how many a button means", () => {
  test("a kind and all are counted over what was listed, not over what was sent", () => {
    const cut = { ...report(ROWS, 10_000), counts: { http: 9_000, tunnel: 1_000, tcp: 0 } };
    expect(countOf(cut, ALL)).toBe(10_000);
    expect(countOf(cut, { by: "rule", filter: { kind: "tunnel", olderThanSec: null } })).toBe(1_000);
  });

  test("an age is counted in the rows: not known where a cut list holds older ones only", () => {
    const older = { by: "rule", filter: { kind: "all", olderThanSec: 60 } } as const;
    expect(countOf(report(ROWS), older)).toBe(2);
    expect(countOf(report(ROWS, 10_000), older)).toBe(2);
    expect(countOf(report(ROWS.slice(0, 2), 10_000), older)).toBeNull();
  });

  test("one that is gone is none; its start is rounded anew with each reading, and it is the same one", () => {
    const target = { by: "one", row: ROWS[0] as SessionRow } as const;
    expect(countOf(report(ROWS), target)).toBe(1);
    const again = row("a", { kind: "tunnel", client: "10.0.0.10:80" }, 1_001);
    expect(countOf(report([again]), target)).toBe(1);
    expect(rowKeyOf(again)).toBe(rowKeyOf(target.row));
    expect(countOf(report([row("a", { client: "10.0.0.10:80" }, 1_900)]), target)).toBe(0);
    expect(countOf(report(ROWS.slice(1)), target)).toBe(0);
    expect(countOf(report(ROWS.slice(1), 10_000), target)).toBeNull();
  });
});

test("each way to end is one that the app takes", () => {
  const asked = [
    endInput("APP1/SRV1", ALL, 37, false),
    endInput("APP1/SRV1", { by: "one", row: ROWS[0] as SessionRow }, 1, true),
    endInput("APP1/SRV1", { by: "rule", filter: { kind: "tunnel", olderThanSec: null } }, 4, false),
    endInput("APP1/SRV1", { by: "rule", filter: { kind: "all", olderThanSec: 600 } }, 4, false),
    endInput("APP1/SRV1", { by: "rule", filter: { kind: "http", olderThanSec: 600 } }, 4, false),
  ];
  for (const input of asked) expect(endSessionsInputSchema.safeParse(input).error).toBeUndefined();
  expect(asked[0]).toEqual({ server: "APP1/SRV1", expectCount: 37, all: true });
});

test("buttons say how many of what", () => {
  expect(endLabel(EVERY_SESSION, 37)).toBe("End all 37 sessions…");
  expect(endLabel({ kind: "tunnel", olderThanSec: null }, 4)).toBe("End 4 tunnels…");
  expect(endLabel({ kind: "http", olderThanSec: 600 }, 1)).toBe("End 1 request older than 10 min…");
  expect(meantWords({ by: "one", row: ROWS[0] as SessionRow }, 1)).toBe("the tunnel of 10.0.0.10:80");
});

test("only what can be hit is warned about", () => {
  expect(effectsOf(ALL, { http: 3, tunnel: 0, tcp: 0 })).toHaveLength(1);
  expect(
    effectsOf({ by: "rule", filter: { kind: "tunnel", olderThanSec: null } }, { http: 3, tunnel: 1, tcp: 0 }),
  ).toEqual(["WebSockets and other tunnels close. Most clients connect again at once."]);
});

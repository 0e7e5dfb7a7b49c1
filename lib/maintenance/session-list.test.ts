import { describe, expect, test } from "vitest";
import type { Session } from "#lib/haproxy/show-sess.ts";
import { countKinds, isAsExpected, isSameSession, type Listed, selected, sessionRows } from "./session-list.ts";

const NOW_MS = 1_700_000_000_000;

function session(facts: Partial<Session> = {}): Session {
  return {
    ...{ id: "0x1", protocol: "tcpv4", client: "10.0.0.1:4000", frontend: "www", backend: "APP1", server: "SRV1" },
    ...{ ageSec: 10, isTunnel: false, expiresInSec: null, path: null, ...facts },
  };
}

function listed(sessions: Session[], facts: Partial<Listed> = {}): Listed {
  return { lb: "lb1", pid: 7, isOldWorker: false, isTcp: false, atMs: NOW_MS, sessions, ...facts };
}

describe("rows", () => {
  test("oldest first, each of a kind; in TCP mode all are tcp", () => {
    const rows = sessionRows([
      listed([
        session({ id: "0xa", ageSec: null }),
        session({ id: "0xb", ageSec: 5 }),
        session({ id: "0xc", isTunnel: true }),
      ]),
      listed([session({ id: "0xd", ageSec: 900, isTunnel: true })], { isTcp: true, pid: 6, isOldWorker: true }),
    ]);
    expect(rows.map(({ id, kind, isOldWorker }) => [id, kind, isOldWorker])).toEqual([
      ["0xd", "tcp", true],
      ["0xc", "tunnel", false],
      ["0xb", "http", false],
      ["0xa", "http", false],
    ]);
    expect(countKinds(rows)).toEqual({ http: 2, tunnel: 1, tcp: 1 });
  });

  test.each([
    ["one request, just sent", [{ ageSec: 3, expiresInSec: 57 }], [3]],
    [
      "one that talks tells the timeout of the silent one",
      [
        { ageSec: 90, expiresInSec: 60 },
        { ageSec: 40, expiresInSec: 22 },
      ],
      [0, 38],
    ],
    ["an hour is rounder than 51 minutes", [{ ageSec: 1_200, expiresInSec: 3_000 }], [600]],
    ["silent for how long of how many hours, nobody knows", [{ ageSec: 18_000, expiresInSec: 3_000 }], [null]],
    ["no timeout runs", [{ ageSec: 5, expiresInSec: null }], [null]],
  ])("idle time: %s", (_what, facts, idle) => {
    const rows = sessionRows([listed(facts.map((one, i) => session({ id: `0x${i}`, isTunnel: true, ...one })))]);
    expect(rows.map((row) => row.idleSec)).toEqual(idle);
  });
});

describe("keys", () => {
  const key = (facts: Partial<Session> = {}, list: Partial<Listed> = {}) =>
    sessionRows([listed([session(facts)], list)])[0]!.key;

  test("the same session a while later is the same one", () => {
    expect(isSameSession(key(), key({ ageSec: 71 }, { atMs: NOW_MS + 60_400 }))).toBe(true);
  });

  test("HAProxy rounds a long age: 2h5m and 2h6m, half a minute apart, are one session", () => {
    expect(isSameSession(key({ ageSec: 7_500 }), key({ ageSec: 7_560 }, { atMs: NOW_MS + 30_000 }))).toBe(true);
    expect(isSameSession(key({ ageSec: 7_500 }), key({ ageSec: 7_380 }, { atMs: NOW_MS + 30_000 }))).toBe(false);
  });

  test("an id that was used again is another session: by its start, its client, its frontend, its process", () => {
    const later = { atMs: NOW_MS + 60_000 };
    for (const [facts, list] of [
      [{ ageSec: 0 }, later],
      [{ ageSec: 70, client: "10.0.0.1:4001" }, later],
      [{ ageSec: 70, frontend: "api" }, later],
      [{ ageSec: 70 }, { ...later, pid: 8 }],
      [{ ageSec: 70 }, { ...later, lb: "lb2" }],
      [{ ageSec: null }, later],
    ] as const)
      expect(isSameSession(key(), key(facts, list)), JSON.stringify([facts, list])).toBe(false);
    expect(isSameSession("rubbish", "rubbish")).toBe(false);
  });

  test("an IPv6 client and names with every character HAProxy allows", () => {
    const facts = { client: "2001:db8::1:4000", frontend: "a.b:c_d-e" };
    expect(isSameSession(key(facts), key(facts))).toBe(true);
  });
});

describe("selection", () => {
  const rows = sessionRows([
    listed([
      session({ id: "0xa", ageSec: 5 }),
      session({ id: "0xb", ageSec: 500, isTunnel: true }),
      session({ id: "0xc", ageSec: null, isTunnel: true }),
    ]),
    listed([session({ id: "0xa", ageSec: 50 })], { lb: "lb2" }),
  ]);
  const ids = (chosen: Parameters<typeof selected>[1]) => selected(rows, chosen).map(({ lb, id }) => `${lb} ${id}`);

  test("by kind, by age, both, all", () => {
    expect(ids({ kind: "tunnel" })).toEqual(["lb1 0xb", "lb1 0xc"]);
    expect(ids({ olderThanSec: 50 })).toEqual(["lb1 0xb", "lb2 0xa"]);
    expect(ids({ olderThanSec: 50, kind: "http" })).toEqual(["lb2 0xa"]);
    expect(ids({ all: true })).toHaveLength(4);
  });

  test("a key names one; HAProxy's id names every one that has it", () => {
    expect(ids({ ids: [rows.find((row) => row.lb === "lb2")!.key] })).toEqual(["lb2 0xa"]);
    expect(ids({ ids: ["0xa"] })).toEqual(["lb2 0xa", "lb1 0xa"]);
    expect(ids({ ids: ["0xff", "x/y"] })).toEqual([]);
  });
});

test.each([
  [0, 12, true],
  [12, 12, true],
  [7, 12, true],
  [6, 12, true],
  [5, 12, false],
  [13, 12, true],
  [14, 12, false],
  [2, 1, false],
  [1, 3, true],
  [1, 0, false],
  [3, 999, false],
])("%s found where %s were expected: %s", (found, expected, isFine) => {
  expect(isAsExpected(found, expected)).toBe(isFine);
});

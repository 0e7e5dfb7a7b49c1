import { describe, expect, test } from "vitest";
import { healthWords } from "./health-words.ts";
import { mergeFleet } from "./merge.ts";
import { aLoadBalancer, aServer } from "./testing.ts";
import type { ServerRow } from "./view.ts";

const NOW = 1_000_500;

function words(...rows: (Partial<ServerRow> | null)[]) {
  const views = rows.map((facts, at) =>
    aLoadBalancer(`lb${at + 1}`, [aServer("A/s", facts ?? {})], {
      head: { observedAtMs: facts === null ? NOW - 60_000 : NOW },
    }),
  );
  const { kind, word, detail, sinceSec } = healthWords(mergeFleet(null, views, NOW, {}).servers.get("A/s")!);
  return { kind, word, detail, sinceSec };
}

const down = { status: "DOWN", srvOpState: 0, checkStatus: "L4CON", checkCode: null, checkMs: null };
const maint = { adminBits: 1, status: "MAINT", srvOpState: 0 };

describe("health", () => {
  test("UP says the check and its time", () => {
    expect(words({})).toEqual({ kind: "up", word: "UP", detail: "L7OK/200 3 ms", sinceSec: null });
  });

  test("DOWN says since when", () => {
    expect(words(down)).toEqual({ kind: "down", word: "DOWN", detail: "L4CON", sinceSec: 900 });
  });

  test("a server between two states shows HAProxy's count", () => {
    expect(words({ status: "UP 2/3", checkStatus: "L7STS", checkCode: 503 })).toMatchObject({
      kind: "falling",
      word: "UP 2/3",
      detail: "L7STS/503",
    });
    expect(words({ status: "DOWN 1/2", srvOpState: 0 })).toMatchObject({ kind: "rising", word: "DOWN 1/2" });
  });

  test("in drain the admin state does not pass for health", () => {
    expect(words({ adminBits: 8, status: "DRAIN" }).word).toBe("UP");
  });

  test("no check is not UP, and maint shows no result of a check that is off", () => {
    expect(words({ status: "no check", checkStatus: "" })).toMatchObject({ kind: "no-check", word: "no check" });
    expect(words({ ...maint, checkStatus: "L7OK" })).toMatchObject({ word: "MAINT", detail: "checks off" });
  });

  test("load balancers that disagree are named", () => {
    expect(words({}, down).detail).toBe("L4CON, lb2 only");
    expect(words(down, down, {}).detail).toBe("L4CON, 2 of 3");
    expect(words(maint, {}, maint)).toMatchObject({ kind: "split", word: "SPLIT", detail: "lb2 differs" });
    expect(words(maint, {}).detail).toBe("lb1 maint, lb2 ready");
  });

  test("a silent load balancer's last word does not count", () => {
    expect(words({}, null).word).toBe("UP");
    expect(words(null)).toMatchObject({ kind: "unknown", word: "not known", detail: "" });
  });
});

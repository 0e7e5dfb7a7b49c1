// What the card says where load balancers do not fit together, and where little is known; one load balancer that tells all
// is tried on real HAProxy (server/probe/probe.test.ts).
import { expect, test } from "vitest";
import type { LoadBalancerPersistence, StickTable } from "#lib/wire/persistence.ts";
import { judgePersistence } from "./persistence.ts";

function lb(name: string, facts: Partial<LoadBalancerPersistence> = {}): LoadBalancerPersistence {
  return { lb: name, isLive: true, mode: "http", balance: "roundrobin", cookie: null, stickTables: [], ...facts };
}

function cookie(name: string, ...values: string[]) {
  return { name, values: values.map((value, i) => ({ server: `APP1/SRV${i + 1}`, value })) };
}

const table: StickTable = { name: "APP1", type: "ip", size: 100, used: 100, isShared: false, longestLeftSec: 720 };

test("another cookie name, another value, none at all: each is said with its load balancers", () => {
  const names = judgePersistence("APP1", [
    lb("lb1", { cookie: cookie("A", "s1") }),
    lb("lb2", { cookie: cookie("B", "s1") }),
  ]);
  expect(names.warnings).toEqual([
    "The cookie has another name on each: lb1 A, lb2 B; who changes over loses the session.",
  ]);
  const values = judgePersistence("APP1", [
    lb("lb1", { cookie: cookie("A", "s1") }),
    lb("lb2", { cookie: cookie("A", "x") }),
  ]);
  expect(values.warnings).toEqual([
    "APP1/SRV1 has another cookie value on each: lb1 s1, lb2 x; who changes over loses the session.",
  ]);
  const half = judgePersistence("APP1", [lb("lb1", { cookie: cookie("A", "s1") }), lb("lb2")]);
  expect(half.kind, "what keeps users longest is what a drain reckons with").toBe("cookie");
  expect(half.warnings).toEqual(["The load balancers do not keep users the same way: lb1 by cookie, lb2 not at all."]);
});

test("servers without a value, two with the same, a table that is full", () => {
  const { warnings } = judgePersistence("APP1", [
    lb("lb1", { cookie: cookie("A", "s1", "s1", ""), stickTables: [table] }),
  ]);
  expect(warnings).toEqual([
    "APP1/SRV3 on lb1 has no cookie value: users are not kept there.",
    "APP1/SRV1 and APP1/SRV2 on lb1 have the same cookie value s1: users of one go to the other.",
    "Stick table APP1 on lb1 is full (100 entries): the oldest users lose their server.",
  ]);
});

test("a load balancer that does not answer is left out while another does", () => {
  const silent = lb("lb2", { isLive: false, cookie: cookie("A", "s1") });
  expect(judgePersistence("APP1", [lb("lb1"), silent])).toMatchObject({ kind: "none", warnings: [] });
  expect(judgePersistence("APP1", [silent]).kind).toBe("cookie");
});

test("what is hidden or cannot be read is not taken for nothing", () => {
  const hidden = judgePersistence("APP1", [lb("lb1", { balance: "", stickTables: null })]);
  expect(hidden.kind).toBe("hidden");
  expect(hidden.lasts).toContain("level operator");
  expect(judgePersistence("APP1", [lb("lb1", { stickTables: null })]).unseen).toContain(
    "stick tables of lb1 could not be read",
  );
  const shared = judgePersistence("APP1", [
    lb("lb1", { stickTables: [{ ...table, name: "st", isShared: true, used: 3 }] }),
  ]);
  expect(shared).toMatchObject({ kind: "none", unseen: expect.stringContaining("st may send users here too") });
});

test("TCP: no cookie counts, a table keeps connections, nothing ends open ones", () => {
  const tcp = { mode: "tcp", balance: "leastconn" };
  expect(judgePersistence("DB", [lb("lb1", { ...tcp, cookie: cookie("A", "s1") })])).toMatchObject({
    ...{ kind: "none", drain: expect.stringContaining("open TCP sessions stay") },
  });
  const kept = judgePersistence("DB", [lb("lb1", { ...tcp, stickTables: [{ ...table, used: 1 }] })]);
  expect(kept.drain).toContain("is connected to the same server");
  expect(kept.lasts).toContain("has 12 min left");
});

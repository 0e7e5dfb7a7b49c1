import { expect, test } from "vitest";
import { aLoadBalancer, aServer } from "#lib/fleet/testing.ts";
import { AdminBit } from "#lib/haproxy/admin-state.ts";
import type { BackendImpact } from "#lib/maintenance/impact.ts";
import { barsOf, impactFacts, impactPicture, impactTitle, isBelowMinimum } from "./impact.ts";

const staying = (server: string, sessionsNow: number, sessionsThen: number, atPeak: number | null, maxconn = 800) => ({
  server,
  sessionsNow,
  sessionsThen,
  atPeak,
  maxconn,
});
const impact: BackendImpact = {
  backend: "APP1",
  worstLb: "lb1",
  takingNow: 3,
  takingThen: 2,
  capacity: 5,
  minimum: 2,
  staying: [staying("SRV1", 418, 558, 713), staying("SRV3", 431, 571, 713)],
  peak: { sessions: 2_000, atMs: 0 },
  queue: 0,
};
const view = aLoadBalancer("lb1", [
  aServer("APP1/SRV1", { scur: 418, slim: 800 }),
  aServer("APP1/SRV2", { scur: 402, slim: 800 }),
  aServer("APP1/SRV3", { scur: 431, slim: 800 }),
  aServer("APP1/SRV4", { scur: 0, srvOpState: 0, status: "DOWN", slim: 800 }),
  aServer("APP1/SRV5", { scur: 7, adminBits: AdminBit.forcedMaint, slim: 800 }),
  aServer("APP1/sorry", { isBackup: true }),
  aServer("API/a1", {}),
]);
const picture = impactPicture(impact, view, new Set(["APP1/SRV2"]));

test("one column a server in configured order, each as what it is", () => {
  expect(picture.columns.map(({ name, kind, caption }) => [name, kind, caption])).toEqual([
    ["SRV1", "stays", "418 to 558"],
    ["SRV2", "out", "drain"],
    ["SRV3", "stays", "431 to 571"],
    ["SRV4", "down", "DOWN"],
    ["SRV5", "off", "maint"],
  ]);
});

test("of a run, those whose turn comes later wait and carry their part until then", () => {
  const run = impactPicture(impact, view, new Set(["APP1/SRV2", "APP1/SRV3"]));
  expect(run.columns.map(({ name, kind, caption }) => [name, kind, caption]).slice(0, 3)).toEqual([
    ["SRV1", "stays", "418 to 558"],
    ["SRV2", "out", "drain"],
    ["SRV3", "waits", "waits"],
  ]);
  expect(run.columns[2]).toMatchObject({ now: 431, later: 571, maxconn: 800 });
  expect(run.maxconn).toBe(800);
});

test("bars are linear against maxconn", () => {
  expect(picture).toMatchObject({ maxconn: 800, hasPeak: true });
  const [first] = picture.columns;
  expect(barsOf(first!, 800, 112)).toEqual({ now: 58.5, later: 78.1, peak: 99.8, isOverPeak: false });
});

test("without maxconn the highest number leaves headroom, and nothing is over a limit", () => {
  const free = { ...impact, staying: [{ ...staying("SRV1", 10, 17, null), maxconn: null }] };
  const open = aLoadBalancer("lb1", [aServer("APP1/SRV1", { scur: 10 })]);
  const { full, columns, maxconn } = impactPicture(free, open, new Set());
  expect(full).toBeCloseTo(20);
  expect(maxconn).toBeNull();
  expect(barsOf(columns[0]!, full, 100)).toMatchObject({ later: 85, peak: null, isOverPeak: false });
});

test("a peak over maxconn is drawn at the rim and said", () => {
  const low = { ...impact, takingNow: 2, takingThen: 1, staying: [staying("api04", 104, 200, 271, 250)] };
  expect(isBelowMinimum(low)).toBe(true);
  expect(impactTitle(low)).toBe("1 of 5 servers left");
  const facts = impactFacts(low);
  expect(facts[1]).toEqual({ label: "Sessions then", value: "200, all on api04", isBad: false });
  expect(facts[2]).toMatchObject({ value: "271, over maxconn 250", isBad: true });
  const column = { name: "api04", kind: "stays", caption: "", now: 104, later: 200, peak: 271, maxconn: 250 } as const;
  expect(barsOf(column, 250, 112)).toMatchObject({ peak: 112, isOverPeak: true });
});

test("what stays is said in numbers against the limit", () => {
  expect(impactTitle(impact)).toBe("2 of 5 servers stay");
  expect(impactFacts(impact).map((fact) => fact.value)).toEqual(["2", "418 to 571", "713, 89% of maxconn"]);
});

import { describe, expect, test } from "vitest";
import { chamberOf, chambersOf, drainScale, gatesOf, glassSentence, MAX_TUBES } from "./chambers.ts";
import { mergeFleet, type ServerView } from "./merge.ts";
import { aLoadBalancer, aServer } from "./testing.ts";
import type { ServerRow } from "./view.ts";

const NOW = 1_000_500;

/** One server seen by several load balancers; null: that one is silent for a minute. */
function seenBy(rows: readonly (Partial<ServerRow> | null)[]): ServerView {
  const views = rows.map((facts, at) =>
    aLoadBalancer(`lb${at + 1}`, [aServer("APP1/SRV2", facts ?? { scur: 99 })], {
      head: { observedAtMs: facts === null ? NOW - 60_000 : NOW - 400 },
    }),
  );
  return mergeFleet(null, views, NOW, {}).servers.get("APP1/SRV2")!;
}

describe("chambers", () => {
  test("the root scale keeps the last few sessions visible", () => {
    expect(drainScale(3 / 402)).toBeCloseTo(0.086, 3);
    expect([drainScale(0), drainScale(1), drainScale(7), drainScale(-1)]).toEqual([0, 1, 1, 0]);
  });

  test("a silent load balancer has no level, whatever it said last", () => {
    const [, silent] = seenBy([{ scur: 4 }, null]).cells.map(chamberOf);
    expect(silent).toMatchObject({ state: "stale", level: 0 });
  });

  test("sessions in old worker processes stand in the tube too", () => {
    const [chamber] = seenBy([{ scur: 4, oldScur: 3, reference: 14 }]).cells.map(chamberOf);
    expect(chamber).toMatchObject({ sessions: 7, level: 0.5 });
  });

  test("more sessions than the reference fill the tube, they do not leave it", () => {
    expect(seenBy([{ scur: 50, reference: 10 }]).cells.map(chamberOf)[0]?.level).toBe(1);
    expect(seenBy([{ scur: 0, reference: 0 }]).cells.map(chamberOf)[0]?.level).toBe(0);
  });

  test("a ramp shows the share it may take", () => {
    expect(seenBy([{ throttle: 68, srvOpState: 1 }]).cells.map(chamberOf)[0]).toMatchObject({
      state: "ramp",
      target: 0.68,
    });
  });

  test("with many load balancers the worst stay, in configured order, and the rest is counted", () => {
    const server = seenBy([{}, {}, null, {}, { status: "DOWN", srvOpState: 0 }, {}]);
    const { chambers, hidden } = chambersOf(server);
    expect(chambers.map((chamber) => chamber.lb)).toEqual(["lb1", "lb2", "lb3", "lb5"]);
    expect([chambers.length, hidden]).toEqual([MAX_TUBES, 2]);
  });

  test("neighbours in the same state share a gate", () => {
    const states = (["maint", "ready", "maint", "maint"] as const).map((state) => ({ state }));
    expect(gatesOf(states)).toEqual([
      { from: 0, to: 0, state: "maint" },
      { from: 1, to: 1, state: "ready" },
      { from: 2, to: 3, state: "maint" },
    ]);
  });
});

describe("the glass in words", () => {
  const drained = { adminBits: 8, status: "DRAIN" };

  test("says state, sessions on each load balancer and the quiet time", () => {
    const server = seenBy([
      { ...drained, scur: 14 },
      { ...drained, scur: 9 },
    ]);
    expect(glassSentence(server, 4)).toBe("SRV2, drain, 23 sessions: lb1 14, lb2 9. Quiet 4 of 30 seconds.");
    expect(glassSentence(server, 300)).toContain("Quiet 30 of 30 seconds.");
  });

  test("never gives an old number as known", () => {
    expect(glassSentence(seenBy([{ scur: 14 }, null]), null)).toBe(
      "SRV2, ready, 14 sessions known: lb1 14, lb2 unknown.",
    );
    expect(glassSentence(seenBy([{ scur: 1 }, null]), null)).toContain("1 session known");
    expect(glassSentence(seenBy([null]), null)).toBe("SRV2, ready, sessions unknown: lb1 unknown.");
  });
});

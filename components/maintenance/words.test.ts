import { describe, expect, test } from "vitest";
import { clockMinute } from "#lib/util/format.ts";
import { MINUTE_MS, maintenance, NOW_MS, serverJob } from "./testing.ts";
import {
  deadlineWords,
  doneWords,
  endWords,
  etaWords,
  floorOf,
  heldOf,
  lostMark,
  phaseMark,
  quietBarOf,
  stayWords,
  stepOf,
} from "./words.ts";

const id = "APP1/SRV2";
const stale = { code: "stale", lb: "lb3", text: "lb3 does not answer.", sinceMs: NOW_MS } as const;

describe("a phase in one or two words", () => {
  test.each([
    [{ phase: "queued" }, "Queued"],
    [{ phase: "draining" }, "Draining"],
    [{ phase: "quiet", quietForSec: 18 }, "Quiet 18/30 s"],
    [{ phase: "maint", yourTurnAt: null }, "Maint"],
    [{ phase: "maint", yourTurnAt: NOW_MS }, "Your turn"],
    [{ phase: "returning" }, "Returning"],
    [{ phase: "overridden" }, "Taken over"],
  ] as const)("%o is %s", (facts, word) => {
    expect(phaseMark(serverJob(id, facts), null).word).toBe(word);
  });

  test("a ramp is told from the weight that is seen", () => {
    expect(phaseMark(serverJob(id, { phase: "returning" }), 68).word).toBe("Ramp 68%");
  });

  test("a silent load balancer holds by its name", () => {
    const mark = phaseMark(serverJob(id, { phase: "quiet", heldBecause: stale }), null);
    expect(mark).toMatchObject({ word: "Held, lb3?", title: "lb3 does not answer.", glyph: "stale" });
  });

  test("a ramp or a check is part of a normal return and holds nothing", () => {
    const ramp = { code: "ramp", lb: "lb1", text: "slowstart", sinceMs: NOW_MS } as const;
    expect(heldOf(serverJob(id, { phase: "returning", heldBecause: ramp }))).toBeNull();
  });

  test("quiet never counts beyond its window", () => {
    expect(phaseMark(serverJob(id, { phase: "quiet", quietForSec: 41 }), null).word).toBe("Quiet 30/30 s");
  });

  test("without a connection no phase is shown as if it were so now", () => {
    const mark = lostMark(serverJob(id, { phase: "maint", yourTurnAt: NOW_MS }));
    expect(mark.word).toBe("Not known");
    expect(mark.title).toContain("Last known: Your turn.");
  });
});

describe("when it will be empty", () => {
  const at = NOW_MS + 6 * MINUTE_MS;
  test.each([
    [{ eta: "measuring", etaAt: null }, "measuring"],
    [{ eta: null, etaAt: null }, "measuring"],
    [{ eta: "about", etaAt: at }, `about ${clockMinute(at)}`],
    [{ eta: "after-deadline", etaAt: at }, `after the deadline, about ${clockMinute(at)}`],
    [{ eta: "not-falling", etaAt: null }, "not falling"],
    [{ eta: "only-tunnels", etaAt: null, tunnels: 4 }, "not by itself"],
  ] as const)("%o is %s", (facts, words) => {
    const { text, strong, asksWhy } = etaWords(serverJob(id, facts));
    expect(`${text}${strong}`).toBe(words);
    expect(asksWhy).toBe(facts.eta === "not-falling");
  });
});

describe("[M86] tunnels", () => {
  const of = (facts: Parameters<typeof serverJob>[1]) => serverJob(id, { sessions: 37, ...facts });
  test("may stay; not counted or none, nothing is said", () => {
    expect(phaseMark(of({ tunnels: 4 }), null).title).toBe("37 sessions left of 402. 4 tunnels may stay.");
    expect(phaseMark(of({ tunnels: 1 }), null).title).toBe("37 sessions left of 402. 1 tunnel may stay.");
    for (const tunnels of [null, 0]) expect(stayWords(of({ tunnels }))).toBe("");
  });
  test("are the forecast's floor, unless all there is are tunnels that are seen leaving", () => {
    expect(floorOf(of({ tunnels: null }))).toBe(0);
    expect(floorOf(of({ tunnels: 4 }))).toBe(4);
    expect(floorOf(of({ tunnels: 37, eta: "about" }))).toBe(0);
    expect(floorOf(of({ tunnels: 37, eta: "only-tunnels", etaAt: null }))).toBe(37);
  });
});

describe("the deadline", () => {
  const deadlineAt = NOW_MS + 5 * MINUTE_MS;
  const job = maintenance("m1", [], { options: { ...maintenance("x", []).options, atDeadline: "end-sessions" } });

  test("says what then, and that it is held too", () => {
    expect(deadlineWords(job, serverJob(id, { deadlineAt }), NOW_MS)?.next).toBe("then end sessions");
    expect(deadlineWords(job, serverJob(id, { deadlineAt, heldBecause: stale }), NOW_MS)?.next).toBe("held too");
  });

  test("when it passed, how long ago", () => {
    const words = deadlineWords(job, serverJob(id, { deadlineAt: NOW_MS - 3 * MINUTE_MS }), NOW_MS);
    expect(words).toMatchObject({ isPast: true, next: "3 min ago" });
  });

  test("does not matter once it is out", () => {
    expect(deadlineWords(job, serverJob(id, { deadlineAt, phase: "maint" }), NOW_MS)).toBeNull();
  });
});

test("steps: a returning server proves its health, or ramps", () => {
  expect(stepOf(serverJob(id, { phase: "draining" }), false)).toBe(0);
  expect(stepOf(serverJob(id, { phase: "returning" }), true)).toBe(3);
  expect(stepOf(serverJob(id, { phase: "returning" }), false)).toBe(4);
  expect(stepOf(serverJob(id, { phase: "done" }), false)).toBe(5);
});

test("a run says how many are done and how the others ended", () => {
  const phases = ["done", "done", "failed", "draining"] as const;
  const servers = phases.map((phase, at) => serverJob(`APP1/s${at}`, { phase }));
  expect(doneWords(maintenance("m1", servers))).toBe("2 of 4 done, 1 failed");
});

test("how a closed one ended", () => {
  const closed = { phase: "done", createdAt: NOW_MS - 18 * MINUTE_MS, closedAt: NOW_MS } as const;
  expect(endWords(maintenance("m1", [], closed))).toBe("took 18 min");
  expect(endWords(maintenance("m1", [], { ...closed, phase: "overridden" }))).toBe("taken over after 18 min");
});

test("the quiet bar counts against the window of its own maintenance", () => {
  const of = (facts: Parameters<typeof serverJob>[1]) => quietBarOf(serverJob(id, { quietSec: 10, ...facts }));
  expect(of({ phase: "quiet", quietForSec: 4 })).toEqual({ sec: 4, of: 10 });
  expect(of({ phase: "draining", quietForSec: 4 })).toBeNull();
  expect(of({ phase: "maint" })).toBeNull();
  expect(of({ phase: "quiet", quietSec: 0 })).toBeNull();
});

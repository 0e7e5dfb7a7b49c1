import { expect, test } from "vitest";
import { MINUTE_MS, maintenance, NOW_MS, serverJob } from "./testing.ts";
import { cannotBeRead, countJobs, finishedToday, foremost, inTrayOrder } from "./tray-order.ts";

const held = { code: "stale", lb: "lb3", text: "lb3 does not answer.", sinceMs: NOW_MS } as const;
const turn = maintenance("turn", [serverJob("A/1", { phase: "maint", yourTurnAt: NOW_MS })]);
const late = maintenance("late", [serverJob("A/2", { deadlineAt: NOW_MS - 1 })]);
const stuck = maintenance("stuck", [serverJob("A/3", { heldBecause: held })]);
const draining = maintenance("draining", [serverJob("A/4", {})]);
const quiet = maintenance("quiet", [serverJob("A/5", { phase: "quiet" })]);
const returning = maintenance("returning", [serverJob("A/6", { phase: "returning" })]);
const all = [returning, quiet, draining, stuck, late, turn];

test("one that cannot be read is no running one, and is said apart while it is open", () => {
  const broken = maintenance("broken", [serverJob("WEB/web01", { phase: "failed" })], {
    unreadable: "It cannot be read.",
  });
  const closed = { ...broken, id: "closed", closedAt: NOW_MS };
  const running = maintenance("running", [serverJob("WEB/web02")]);
  expect(inTrayOrder([broken, running], NOW_MS).map((one) => one.id)).toEqual(["running"]);
  expect(cannotBeRead([broken, closed, running]).map((one) => one.id)).toEqual(["broken"]);
});

test("what needs a person comes first, then draining, quiet, ramp", () => {
  const ids = inTrayOrder(all, NOW_MS).map((one) => one.id);
  expect(ids).toEqual(["turn", "late", "stuck", "draining", "quiet", "returning"]);
});

test("a number never moves a card", () => {
  const more = all.map((one) => ({ ...one, servers: one.servers.map((server) => ({ ...server, sessions: 9_999 })) }));
  expect(inTrayOrder(more, NOW_MS).map((one) => one.id)).toEqual(inTrayOrder(all, NOW_MS).map((one) => one.id));
});

test("alike ones stand by age", () => {
  const older = { ...draining, id: "older", createdAt: draining.createdAt - MINUTE_MS };
  expect(inTrayOrder([draining, older], NOW_MS).map((one) => one.id)).toEqual(["older", "draining"]);
});

test("what is over is not in the tray's list but in today's", () => {
  const over = maintenance("over", [serverJob("A/7", { phase: "done" })], { phase: "done", closedAt: NOW_MS - 1_000 });
  const old = { ...over, id: "old", closedAt: NOW_MS - 48 * 60 * MINUTE_MS };
  expect(inTrayOrder([over, turn], NOW_MS)).toEqual([turn]);
  expect(finishedToday([old, over, turn], NOW_MS)).toEqual([over]);
});

test("the status line counts servers that wait, those past their deadline, and held jobs", () => {
  const counts = countJobs(all, NOW_MS, () => true);
  expect(counts).toMatchObject({ waits: 1, held: 1 });
  expect(countJobs(all, NOW_MS, (server) => server !== "A/1")).toMatchObject({ waits: 0, waitsForOthers: 1, held: 1 });
  expect(counts.pastDeadline.map((one) => one.server)).toEqual(["A/2"]);
});

test("a run is about its most urgent server, and a run that paused itself asks", () => {
  const run = maintenance(
    "run",
    [serverJob("A/1"), serverJob("A/2", { phase: "maint", yourTurnAt: 1 }), serverJob("A/3", { phase: "queued" })],
    { paused: { by: "run", who: "", why: "A/1 failed.", atMs: NOW_MS } },
  );
  expect(foremost(run, NOW_MS)?.server).toBe("A/2");
  expect(countJobs([run], NOW_MS, () => true).held).toBe(1);
});

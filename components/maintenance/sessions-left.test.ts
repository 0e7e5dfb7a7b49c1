import { expect, test } from "vitest";
import { mergeFleet } from "#lib/fleet/merge.ts";
import { aLoadBalancer, aServer } from "#lib/fleet/testing.ts";
import { leftCount, leftWords, sessionsLeft } from "./sessions-left.ts";
import { serverJob } from "./testing.ts";

const ID = "APP1/SRV2";
const LATE_BY_MS = 5_000;

/** lb1 with 6 sessions, seen now; lb2 with 9, seen so long ago. */
function rowOf(lb2AgeMs: number) {
  const nowMs = 1_000_000;
  const view = (name: string, scur: number, observedAtMs: number) =>
    aLoadBalancer(name, [aServer(ID, { scur })], { head: { observedAtMs } });
  return mergeFleet(null, [view("lb1", 6, nowMs), view("lb2", 9, nowMs - lb2AgeMs)], nowMs, {}).servers.get(ID);
}
/** the job does not believe lb2 any more */
const job = serverJob(ID, {
  sessions: 6,
  sessionsComplete: false,
  perLoadBalancer: serverJob(ID).perLoadBalancer.map((cell) =>
    cell.lb === "lb2" ? { ...cell, sessions: null, isFresh: false } : { ...cell, sessions: 6 },
  ),
});

test("a late load balancer counts as it does in the row of the board", () => {
  const row = rowOf(LATE_BY_MS);
  const left = sessionsLeft(job, row);
  expect(left).toMatchObject({ sessions: row?.sessions, isComplete: row?.isComplete });
  expect(left).toMatchObject({ sessions: 15, isComplete: true });
  expect(leftWords(left, 402)).toBe("sessions left of 402");
});

test("a silent one is left out in both, and it is said whose the number is", () => {
  const row = rowOf(60_000);
  const left = sessionsLeft(job, row);
  expect(left).toMatchObject({ sessions: row?.sessions, isComplete: row?.isComplete });
  expect(leftWords(left, 402)).toBe("of 402, lb1");
  expect(leftCount(left)).toBe("6+? sessions");
});

test("a maintenance on one load balancer counts there only", () => {
  const onOne = { ...job, perLoadBalancer: job.perLoadBalancer.slice(0, 1) };
  expect(sessionsLeft(onOne, rowOf(0))).toMatchObject({ sessions: 6, isComplete: true, lbs: ["lb1"] });
});

test("without a row it is as the job counts; one session is one session", () => {
  expect(sessionsLeft(job, undefined)).toEqual({ sessions: 6, isComplete: false, isUnknown: false, lbs: ["lb1"] });
  const one = sessionsLeft(serverJob(ID, { sessions: 1 }), undefined);
  expect(leftCount(one)).toBe("1 session");
  expect(leftWords(one, 402)).toBe("session left of 402");
});

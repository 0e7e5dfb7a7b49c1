import { expect, test } from "vitest";
import type { MaintenanceEvent } from "#lib/maintenance/effect.ts";
import { drainStartOf, marksOf, recordOf } from "./record.ts";

function event(facts: Partial<MaintenanceEvent>): MaintenanceEvent {
  return { atMs: 0, kind: "note", server: "A/1", lb: null, who: null, text: "", isAlert: false, data: {}, ...facts };
}

test("counts are a line of the chart, not of the list", () => {
  const events = [event({ kind: "count" }), event({ atMs: 7, data: { code: "resumed" } })];
  expect(recordOf({ events })).toEqual({ events: [events[1]], course: { counts: [events[0]], resumedAtMs: [7] } });
  expect(recordOf({ detail: "no" })).toEqual({ events: [], course: { counts: [], resumedAtMs: [] } });
});

test("the drain began when the server first entered it, whatever came back later", () => {
  const events = [5, 9].map((atMs) => event({ atMs, kind: "phase", data: { phase: "draining" } }));
  expect(drainStartOf(events, "A/1")).toBe(5);
  expect(drainStartOf(events, "A/2")).toBeNull();
});

test("a reload that took our state is a marker with its load balancer", () => {
  const events = [event({ atMs: 7, kind: "reapplied", lb: "lb2" }), event({ atMs: 8, kind: "confirmed" })];
  expect(marksOf(events, "A/1", 0)).toEqual([{ atMs: 7, text: "lb2 reloaded, set again" }]);
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { mergeFleet } from "#lib/fleet/merge.ts";
import type { HistoryResult } from "#lib/wire/events.ts";
import { loadBalancer, serverRow } from "./testing.ts";
import { advance, pointOf, stepOf, TRACE_STEP_MS, traceFrom } from "./trace-ring.ts";
import { Traces } from "./traces.ts";

const AT = 1_700_000_000_000;

function fleet(scur: number, nowMs = 1_000) {
  return mergeFleet(null, [loadBalancer("lb1", [serverRow("APP1", "SRV1", { scur })])], nowMs, {});
}

test("a trace holds five minutes, oldest first", () => {
  const trace = traceFrom(
    "APP1/SRV1",
    Array.from({ length: 70 }, (_, i) => i),
  );
  expect(trace.sessions).toHaveLength(60);
  expect(advance(trace, 1, 99).sessions.slice(-2)).toEqual([69, 99]);
  expect(advance(trace, 1, 99).sessions[0]).toBe(11);
});

test("steps that nobody watched are gaps, never a repeated value", () => {
  expect(advance(traceFrom("a/b", [5, 6]), 3, 7).sessions).toEqual([5, 6, null, null, 7]);
  expect(advance(traceFrom("a/b", [5]), 1_000_000, 7).sessions).toHaveLength(60);
});

test("a trace does not move within a step", () => {
  const trace = traceFrom("a/b", [1]);
  expect(advance(trace, 0, 2)).toBe(trace);
});

test("a sum with a missing part is a gap", () => {
  expect(pointOf(fleet(7).servers.get("APP1/SRV1"))).toBe(7);
  expect(pointOf(fleet(7, 60_000).servers.get("APP1/SRV1"))).toBeNull();
  expect(pointOf(undefined)).toBeNull();
});

test("all traces step in the same moment", () => {
  expect(stepOf(AT)).toBe(stepOf(AT + TRACE_STEP_MS - 1));
  expect(stepOf(AT + TRACE_STEP_MS)).toBe(stepOf(AT) + 1);
});

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function answering(sessions: (number | null)[]) {
  return vi.fn(async (servers: string[]): Promise<HistoryResult | null> => {
    const series = Object.fromEntries(servers.map((id) => [id, { sessions, arrivals: [] }]));
    return { at: AT, stepMs: TRACE_STEP_MS, servers: series };
  });
}

test("rows that mount together ask together, once", async () => {
  const fetchHistory = answering([1, 2]);
  const traces = new Traces(fetchHistory);
  traces.watch("APP1/SRV1", () => {});
  traces.watch("APP1/SRV2", () => {});
  traces.watch("APP1/SRV1", () => {});
  await vi.advanceTimersByTimeAsync(150);
  expect(fetchHistory.mock.calls).toEqual([[["APP1/SRV1", "APP1/SRV2"]]]);
  expect(traces.get("APP1/SRV2")?.sessions).toEqual([1, 2]);
});

test("a row is told of its first trace and of each step", async () => {
  const traces = new Traces(answering([1]));
  const told = vi.fn();
  traces.watch("APP1/SRV1", told);
  await vi.advanceTimersByTimeAsync(150);
  expect(told).toHaveBeenCalledTimes(1);
  traces.advance(fleet(4), AT + 1);
  expect(told).toHaveBeenCalledTimes(1);
  traces.advance(fleet(4), AT + TRACE_STEP_MS);
  expect(told).toHaveBeenCalledTimes(2);
  expect(traces.get("APP1/SRV1")?.sessions).toEqual([1, 4]);
});

test("a row that scrolled away and came back needs no new request", async () => {
  const fetchHistory = answering([1]);
  const traces = new Traces(fetchHistory);
  const unwatch = traces.watch("APP1/SRV1", () => {});
  await vi.advanceTimersByTimeAsync(150);
  unwatch();
  traces.watch("APP1/SRV1", () => {});
  await vi.advanceTimersByTimeAsync(150);
  expect(fetchHistory).toHaveBeenCalledTimes(1);
});

test("a row that left before the request was sent is not asked for", async () => {
  const fetchHistory = answering([1]);
  const traces = new Traces(fetchHistory);
  traces.watch("APP1/SRV1", () => {})();
  await vi.advanceTimersByTimeAsync(150);
  expect(fetchHistory).not.toHaveBeenCalled();
});

test("a subscribe fetches the watched traces again and keeps the old ones on screen until then", async () => {
  const fetchHistory = answering([1]);
  const traces = new Traces(fetchHistory);
  traces.watch("APP1/SRV1", () => {});
  await vi.advanceTimersByTimeAsync(150);
  fetchHistory.mockResolvedValueOnce({
    at: AT + 60_000,
    stepMs: TRACE_STEP_MS,
    servers: { "APP1/SRV1": { sessions: [1, 2, 3], arrivals: [] } },
  });
  traces.refetch();
  expect(traces.get("APP1/SRV1")?.sessions).toEqual([1]);
  await vi.advanceTimersByTimeAsync(150);
  expect(traces.get("APP1/SRV1")?.sessions).toEqual([1, 2, 3]);
});

test("a request that failed is made again with the next step", async () => {
  const fetchHistory = answering([1]).mockResolvedValueOnce(null);
  const traces = new Traces(fetchHistory);
  traces.watch("APP1/SRV1", () => {});
  await vi.advanceTimersByTimeAsync(150);
  expect(traces.get("APP1/SRV1")).toBeNull();
  traces.advance(fleet(1), AT);
  await vi.advanceTimersByTimeAsync(150);
  expect(traces.get("APP1/SRV1")?.sessions).toEqual([1]);
});

test("memory is bounded: of rows that are gone only the last few hundred are kept", async () => {
  const traces = new Traces(answering([1]));
  for (let i = 0; i < 1_000; i++) {
    const unwatch = traces.watch(`APP1/S${i}`, () => {});
    await vi.advanceTimersByTimeAsync(150);
    unwatch();
  }
  expect(traces.get("APP1/S0")).toBeNull();
  expect(traces.get("APP1/S999")).not.toBeNull();
});

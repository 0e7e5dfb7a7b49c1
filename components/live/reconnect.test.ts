import { expect, test } from "vitest";
import { reconnectDelayMs } from "./reconnect.ts";

test("waits longer each time, up to a bound", () => {
  const delays = [0, 1, 2, 3, 4, 5, 50].map((attempt) => reconnectDelayMs(attempt, 0.999));
  expect(delays.slice(0, 5)).toEqual(delays.slice(0, 5).toSorted((a, b) => a - b));
  expect(Math.max(...delays)).toBeLessThanOrEqual(8_000);
});

test("spreads browsers that were cut together over half of the wait", () => {
  expect(reconnectDelayMs(4, 0)).toBe(4_000);
  expect(reconnectDelayMs(4, 0.5)).toBe(6_000);
});

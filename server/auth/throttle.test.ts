import { expect, test } from "vitest";
import { Throttle } from "./throttle.ts";

test("a stranger at another address does not lock a person out", () => {
  const throttle = new Throttle();
  for (let guess = 0; guess < 10_000; guess++) throttle.begin("ann", "203.0.113.7", guess);
  expect(throttle.begin("ann", "203.0.113.7", 10_000).ok).toBe(false);
  expect(throttle.begin("Ann", "10.0.0.5", 10_000)).toMatchObject({ ok: true });
});

test("guesses from ever new addresses are answered later and later, up to a second, never refused", () => {
  const throttle = new Throttle();
  const attempts = Array.from({ length: 1_000 }, (_, index) =>
    throttle.begin("ann", `10.0.${index >> 8}.${index & 255}`, 0),
  );
  const delays = attempts.map((attempt) => (attempt.ok ? attempt.delayMs : Number.NaN));
  expect(delays[0]).toBe(0);
  expect(delays.at(-1)).toBe(1_000);
  expect([...delays].sort((a, b) => a - b)).toEqual(delays);
});

test("one address on many names is slowed; the wait never exceeds a minute and is forgotten", () => {
  const throttle = new Throttle();
  let last = throttle.begin("n", "a", 0);
  for (let index = 0; index < 200; index++) last = throttle.begin(`name${index}`, "a", index);
  expect(last.ok).toBe(false);
  let now = 1_000;
  for (let index = 0; index < 20; index++) {
    const attempt = throttle.begin("n", "a", now);
    if (attempt.ok) continue;
    expect(attempt.retryAfterMs).toBeLessThanOrEqual(60_000);
    now += attempt.retryAfterMs;
  }
  expect(throttle.begin("n", "a", now + 16 * 60_000)).toEqual({ ok: true, delayMs: 0 });
});

test("names too long for anybody count as one, so that they cannot fill the memory", () => {
  const throttle = new Throttle();
  const rubbish = "x".repeat(2_000);
  const attempts = [1, 2, 3, 4, 5, 6].map((n) => throttle.begin(`${rubbish}${n}`, "203.0.113.7", 0));
  expect(attempts.map((attempt) => attempt.ok)).toEqual([true, true, true, true, true, false]);
});

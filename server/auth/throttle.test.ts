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

test("the addresses of one IPv6 customer count as one, those of another do not", () => {
  const throttle = new Throttle();
  const from = (address: string) => throttle.begin("ann", address, 0).ok;
  const own = [
    "2001:db8:0:7::1",
    "2001:db8::7:0:0:0:2",
    "2001:DB8:0:7:ffff::",
    "2001:0db8:0000:0007::9",
    "2001:db8:0:7::a",
  ];
  expect([...own, "2001:db8:0:7::b"].map(from)).toEqual([true, true, true, true, true, false]);
  expect(["2001:db8:0:8::1", "::1", "fe80::1%eth0", "203.0.113.7"].map(from)).toEqual([true, true, true, true]);
});

test("guesses from ever new addresses on ever new names do not fill the memory", () => {
  const throttle = new Throttle();
  for (let index = 0; index < 50_000; index++)
    throttle.begin(`name${index}`, `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`, 0);
  expect(throttle.size).toBeLessThanOrEqual(20_000);
  expect(throttle.begin("ann", "192.168.0.1", 0)).toEqual({ ok: true, delayMs: 0 });
});

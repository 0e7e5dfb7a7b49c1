import fc from "fast-check";
import { expect, test } from "vitest";
import { BACKOFF_CAP_MS, backoffMs } from "./backoff.ts";

test("the longest wait doubles with each failure up to the cap", () => {
  const longest = [1, 2, 3, 4, 5, 6, 100].map((failures) => backoffMs(failures, () => 1 - Number.EPSILON));
  expect(longest).toEqual([499, 999, 1_999, 3_999, 7_999, 9_999, 9_999]);
});

test("every wait is a whole number between the floor and the cap", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 5_000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (n, r) => {
        const wait = backoffMs(n, () => r);
        return Number.isInteger(wait) && wait >= 100 && wait <= BACKOFF_CAP_MS;
      },
    ),
  );
});

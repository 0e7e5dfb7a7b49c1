import { describe, expect, test } from "vitest";
import { clockTime, count, cutMiddle, dataAge, listOf, plural, rate, shortCount, shortSpan, span } from "./format.ts";

describe("numbers keep to their column", () => {
  test.each([
    [0, "0"],
    [1204, "1,204"],
    [99_999, "99,999"],
    [100_000, "100k"],
    [999_499, "999k"],
    [999_500, "1.0M"],
    [9_999_999, "10.0M"],
    [123_456_789, "123M"],
  ])("shortCount(%d) is %s, six characters at most", (n, text) => {
    expect(shortCount(n)).toBe(text);
    expect(text.length).toBeLessThanOrEqual(6);
  });

  test("count keeps its digits up to 9,999,999", () => {
    expect(count(9_999_999)).toBe("9,999,999");
    expect(count(10_000_000)).toBe("10.0M");
  });

  test("a rate has a decimal only below ten", () => {
    expect([0, 0.3, 2, 9.94, 9.96, 58.4].map(rate)).toEqual(["0", "0.3", "2", "9.9", "10", "58"]);
  });
});

describe("ages and spans", () => {
  test("seconds tick below two minutes only", () => {
    expect([0, 999, 4_000, 119_999, 120_000, 3_599_999].map(shortSpan)).toEqual([
      "0 s",
      "0 s",
      "4 s",
      "119 s",
      "2 min",
      "59 min",
    ]);
  });

  test("a column shows one unit, a sentence two between an hour and a day", () => {
    const ms = (3 * 60 + 12) * 60_000;
    expect(shortSpan(ms)).toBe("3 h");
    expect(span(ms)).toBe("3 h 12 min");
    expect(span(3 * 3_600_000)).toBe("3 h");
    expect(span(75 * 3_600_000)).toBe("3 d");
  });

  test("an age is never below zero, whatever the clocks", () => {
    expect(shortSpan(-5_000)).toBe("0 s");
    expect(dataAge(-5)).toBe("0.0 s");
  });

  test("data age has tenths below ten seconds", () => {
    expect([400, 9_949, 9_951, 47_000].map(dataAge)).toEqual(["0.4 s", "9.9 s", "9 s", "47 s"]);
  });

  test("clock time is 24 h with seconds", () => {
    expect(clockTime(new Date(2026, 10, 22, 7, 6, 5).getTime())).toBe("07:06:05");
  });
});

describe("names and lists", () => {
  test("a long name loses its middle and never its ends", () => {
    expect(cutMiddle("api-prod-eu-07", 11)).toBe("api-p…eu-07");
    expect(cutMiddle("SRV1", 11)).toBe("SRV1");
    expect(cutMiddle("x".repeat(60), 16)).toHaveLength(16);
  });

  test("lists and plurals read like sentences", () => {
    expect(listOf([])).toBe("");
    expect(listOf(["lb1"])).toBe("lb1");
    expect(listOf(["lb1", "lb2", "lb3"])).toBe("lb1, lb2 and lb3");
    expect(plural(1, "server")).toBe("1 server");
    expect(plural(1204, "session")).toBe("1,204 sessions");
  });
});

import { expect, test } from "vitest";
import { ago, backendsFrom, browserWords, dateMinute, limitWords } from "./words.ts";

test("names and patterns are read however they are separated; nothing is no limit", () => {
  expect(backendsFrom(" APP1, team-a-*\nAPI ")).toEqual(["APP1", "team-a-*", "API"]);
  expect(backendsFrom("  , ")).toBeNull();
});

test("a limit is said only where it counts", () => {
  expect(limitWords("viewer", null)).toBe("");
  expect(limitWords("admin", null)).toBe("");
  expect(limitWords("operator", null)).toBe("all backends");
  expect(limitWords("operator", ["a-*", "API"])).toBe("a-*, API");
});

test("ages to the minute", () => {
  expect(ago(null, 0)).toBe("never");
  expect(ago(1_000, 60_000)).toBe("just now");
  expect(ago(0, 12 * 60_000)).toBe("12 min ago");
});

test("a date with its minute", () => {
  expect(dateMinute(new Date(2026, 11, 24, 9, 5).getTime())).toBe("24 Dec 2026, 09:05");
});

test("a browser says its name, a program what it calls itself", () => {
  const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36";
  expect(browserWords(chrome)).toBe("Chrome on Linux");
  expect(browserWords("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) Gecko/20100101 Firefox/139.0")).toBe(
    "Firefox on macOS",
  );
  expect(browserWords("curl/8.5")).toBe("curl/8.5");
  expect(browserWords("")).toBe("A browser");
});

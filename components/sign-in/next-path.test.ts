import { expect, test } from "vitest";
import { safeNextPath, signInPath } from "./next-path.ts";

test.each(["/", "/servers/APP1/SRV1", "/events?from=1#x"])("goes on to %s", (next) => {
  expect(safeNextPath(next)).toBe(next);
});

test.each([
  null,
  undefined,
  "",
  "events",
  "https://evil.example/",
  "//evil.example/",
  "/\\evil.example",
  "/\t/evil.example",
  "/\n/evil.example",
  "javascript:alert(1)",
])("%j leads home, not elsewhere", (next) => {
  expect(safeNextPath(next)).toBe("/");
});

test("a path survives the way through the sign-in page", () => {
  const path = "/servers/APP1/SRV1?lb=lb1&x=%26";
  const url = new URL(signInPath(path), "http://here.invalid");
  expect(safeNextPath(url.searchParams.get("next"))).toBe(path);
});

import { expect, test } from "vitest";
import { safeNext } from "#lib/auth/safe-next.ts";
import { signInPath } from "./next-path.ts";

test("a path survives the way through the sign-in page", () => {
  const path = "/servers/APP1/SRV1?lb=lb1&x=%26";
  const url = new URL(signInPath(path), "http://here.invalid");
  expect(safeNext(url.searchParams.get("next"))).toBe(path);
});

import { expect, test } from "vitest";
import { changePasswordSchema } from "./account.ts";
import { addPersonSchema, changePersonSchema } from "./people.ts";
import { addTokenSchema, addWallLinkSchema } from "./tokens.ts";

function mistake(schema: typeof addTokenSchema | typeof addPersonSchema | typeof changePersonSchema, body: unknown) {
  return schema.safeParse(body).error?.issues[0]?.message;
}

test("an expiry is a time with its zone or epoch milliseconds; without one it never ends", () => {
  const times = ["2026-12-24T18:00:00Z", "2026-12-24T19:00:00+01:00", Date.UTC(2026, 11, 24, 18)];
  for (const expiresAt of times)
    expect(addTokenSchema.parse({ name: "ci", role: "viewer", expiresAt }).expiresAt).toBe(Date.UTC(2026, 11, 24, 18));
  expect(addWallLinkSchema.parse({ name: "tv" })).toEqual({ name: "tv" });
  expect(addWallLinkSchema.parse({ name: "tv", expiresAt: null }).expiresAt).toBeNull();
  expect(mistake(addTokenSchema, { name: "ci", role: "viewer", expiresAt: "tomorrow" })).toContain(
    "write a time such as 2026-12-24T18:00:00Z",
  );
});

test.each([
  [{ name: "ci", role: "root" }, "role: write one of viewer, operator, admin"],
  [{ name: " ", role: "viewer" }, "name: write what it is for"],
  [{ name: "a\nb", role: "viewer" }, "leave out line ends"],
  [{ name: "ci", role: "operator", backends: [] }, "name at least one, or write null for all"],
  [{ name: "ci", role: "operator", backends: ["a b"] }, "is not the name of a backend, nor a pattern"],
  [{ name: "ci", role: "admin", backends: ["a"] }, "an admin cannot be limited"],
])("token %j: %s", (body, sentence) => {
  expect(mistake(addTokenSchema, body)).toContain(sentence);
});

test("a change of a person names something, and a limit of an admin is refused", () => {
  expect(mistake(changePersonSchema, {})).toContain("nothing to change");
  expect(mistake(changePersonSchema, { role: "admin", backends: ["a"] })).toContain("an admin cannot be limited");
  expect(mistake(addPersonSchema, { name: "ann", role: "admin", backends: ["a"] })).toContain("an admin cannot");
  expect(changePersonSchema.parse({ backends: null })).toEqual({ backends: null });
});

test("nothing unknown is taken along, a password least of all", () => {
  expect(addPersonSchema.safeParse({ name: "ann", role: "viewer", password: "12345678" }).success).toBe(false);
  expect(changePasswordSchema.safeParse({ oldPassword: "a", newPassword: "b", id: "x" }).success).toBe(false);
});

import { expect, test } from "vitest";
import { passwordMistake } from "#lib/auth/password-rule.ts";
import { hashPassword, verifyPassword } from "./passwords.ts";

test("a password is stored as argon2id with OWASP's cost and verified", async () => {
  const hash = await hashPassword("pässword 1");
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(await verifyPassword("pässword 1", hash)).toBe(true);
  expect(await verifyPassword("pa\u0308ssword 1", hash)).toBe(true);
  expect(await verifyPassword("pässword 2", hash)).toBe(false);
  expect(await verifyPassword("x", "")).toBe(false);
  expect(await hashPassword("pässword 1")).not.toBe(hash);
});

test("a short or endless password is one sentence", () => {
  expect(passwordMistake("1234567")).toContain("too short: it needs at least 8 characters");
  expect(passwordMistake("x".repeat(1_001))).toContain("too long");
  expect(passwordMistake("12345678")).toBeNull();
});

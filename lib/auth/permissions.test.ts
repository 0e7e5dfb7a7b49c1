import fc from "fast-check";
import { expect, test } from "vitest";
import type { Actor } from "./actor.ts";
import { blockedWords } from "./limit-words.ts";
import { can, isWithin, permissions, roleAllows, roles } from "./permissions.ts";
import { safeNext } from "./safe-next.ts";

const actor = (role: Actor["role"], backends: Actor["backends"] = null): Actor => ({
  kind: "person",
  id: "p1",
  name: "ann",
  role,
  backends,
});

test("a higher role can everything a lower one can", () => {
  for (const permission of permissions) {
    const allowed = roles.map((role) => roleAllows(role, permission));
    expect(allowed, permission).toEqual([...allowed].sort((a, b) => Number(a) - Number(b)));
    expect(roleAllows("admin", permission)).toBe(true);
  }
});

test("a viewer changes nothing", () => {
  const reads = permissions.filter((permission) => can(actor("viewer"), permission, "APP1"));
  expect(reads).toEqual([
    ...["fleet:read", "sessions:read", "maintenance:read", "maintenance:plan", "audit:read", "account:write"],
  ]);
});

test("a wall sees the fleet and its maintenances, whatever role it says it has", () => {
  for (const role of roles) {
    const wall: Actor = { ...actor(role), kind: "wall" };
    expect(permissions.filter((permission) => can(wall, permission, "APP1"))).toEqual([
      "fleet:read",
      "maintenance:read",
    ]);
  }
});

test("an account belongs to a person: a token has no password to change", () => {
  expect(can({ ...actor("admin"), kind: "token" }, "account:write")).toBe(false);
  expect(can(actor("viewer"), "account:write")).toBe(true);
});

test.each([
  ["operator", ["team-a-*"], "operator", ["team-a-*"], true],
  ["operator", ["team-a-*"], "viewer", ["team-a-web"], true],
  ["operator", ["team-a-*"], "operator", ["team-a-*-x*"], true],
  ["operator", ["team-a-*"], "operator", ["team-*"], false],
  ["operator", ["team-a-*"], "operator", ["*"], false],
  ["operator", ["team-a-*"], "operator", null, false],
  ["operator", ["team-a-*"], "operator", ["team-a-web", "team-b-web"], false],
  ["operator", null, "admin", null, false],
  ["admin", null, "admin", null, true],
  ["admin", null, "operator", ["x"], true],
] as const)("%s of %j may make a token %s of %j: %s", (role, backends, made, madeBackends, expected) => {
  expect(isWithin(actor(role, backends), made, madeBackends)).toBe(expected);
});

test("a pattern that lies within another never reaches a name that the other does not", () => {
  const pattern = fc.stringMatching(/^[ab*]{1,6}$/);
  fc.assert(
    fc.property(pattern, pattern, fc.stringMatching(/^[ab]{0,8}$/), (outer, inner, name) => {
      fc.pre(isWithin(actor("operator", [outer]), "operator", [inner]));
      fc.pre(can(actor("operator", [inner]), "server:set-state", name));
      expect(can(actor("operator", [outer]), "server:set-state", name)).toBe(true);
    }),
  );
});

test("an operator changes servers, not settings, people or tokens", () => {
  expect(can(actor("operator"), "server:set-state", "APP1")).toBe(true);
  for (const permission of ["settings:write", "people:write", "tokens:write"] as const)
    expect(can(actor("operator"), permission)).toBe(false);
});

test.each([
  ["APP1", "APP1", true],
  ["APP1", "APP10", false],
  ["app1", "APP1", false],
  ["team-a-*", "team-a-web", true],
  ["team-a-*", "team-a-", true],
  ["team-a-*", "team-b-web", false],
  ["*-web", "x-web", true],
  ["a*b*c", "a-b-c", true],
  ["a*b*c", "abc", true],
  ["a*b*c", "ac", false],
  ["ab*ba", "aba", false],
  ["a.c", "abc", false],
  ["*", "anything", true],
])("pattern %s on backend %s: %s", (pattern, backend, expected) => {
  expect(can(actor("operator", [pattern]), "server:set-state", backend)).toBe(expected);
});

test("a limited operator reads everything, and changes nothing when no backend is named", () => {
  const limited = actor("operator", ["team-a-*"]);
  expect(can(limited, "fleet:read")).toBe(true);
  expect(can(limited, "server:set-state")).toBe(false);
  expect(can(actor("operator", []), "server:set-state", "APP1")).toBe(false);
});

test("a control that is disabled says why: the role, the limit, or that it is a wall", () => {
  expect(blockedWords(actor("viewer"), "APP1")).toBe("Your role is viewer: an operator can change states.");
  expect(blockedWords({ ...actor("viewer"), kind: "wall" }, "APP1")).toMatch(/^A wall link only shows/);
  expect(blockedWords(actor("operator"), "APP1")).toBeNull();
  expect(blockedWords(actor("operator", ["team-a-*", "API"]), "team-a-web")).toBeNull();
  expect(blockedWords(actor("operator", ["team-a-*", "API"]), "APP1")).toBe(
    "You may change team-a-* and API, not APP1.",
  );
  expect(blockedWords(actor("operator", []), "APP1")).toBe("You may change no backend.");
});

test("a hostile pattern costs no time", () => {
  const pattern = `${"a*".repeat(200)}b`;
  expect(can(actor("operator", [pattern]), "server:set-state", "a".repeat(255))).toBe(false);
});

test.each(["/", "/servers/APP1/SRV1", "/events?from=1&to=2#x", "/a//b", "/..//evil.example"])(
  "next keeps %s",
  (text) => {
    expect(safeNext(text)).toBe(text);
  },
);

test.each([
  "//evil.example",
  "/\\evil.example",
  "\\\\evil.example",
  "https://evil.example",
  "javascript:alert(1)",
  "/\t/evil.example",
  "/\n/evil.example",
  "/\u0000/evil.example",
  " /board",
  "evil.example",
  "",
  `/${"a".repeat(3000)}`,
  null,
  undefined,
])("next never leaves the app: %j", (text) => {
  expect(safeNext(text)).toBe("/");
});

test("whatever comes in, a browser stays on the site", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.stringMatching(/^\/[/\\\t\n@:.a]{0,8}$/)), (text) => {
      expect(new URL(safeNext(text), "http://board.example/sign-in").host).toBe("board.example");
    }),
  );
});

import { expect, test } from "vitest";
import { grantOf, type RoleRule } from "./role-rules.ts";

const rules: RoleRule[] = [
  { group: "ops", role: "admin", backends: null },
  { group: "team-a", role: "operator", backends: ["team-a-*", "shared"] },
  { group: "team-b", role: "operator", backends: ["team-b-*", "shared"] },
  { group: "on-call", role: "operator", backends: null },
  { group: "staff", role: "viewer", backends: null },
];

test.each([
  ["nobody's group", ["guests"], null],
  ["no group", [], null],
  ["a group by another case", ["OPS"], null],
  ["one", ["staff"], { role: "viewer", backends: null }],
  ["the highest role", ["staff", "ops", "team-a"], { role: "admin", backends: null }],
  ["one team", ["staff", "team-a"], { role: "operator", backends: ["team-a-*", "shared"] }],
  ["two teams", ["team-a", "team-b"], { role: "operator", backends: ["team-a-*", "shared", "team-b-*"] }],
  ["a team and all", ["team-a", "on-call"], { role: "operator", backends: null }],
] as const)("%s", (_name, groups, grant) => {
  expect(grantOf(rules, groups)).toEqual(grant);
});

test("a rule for everybody: a star is not a group one can be in", () => {
  const everybody: RoleRule[] = [{ group: "*", role: "viewer", backends: null }];
  expect(grantOf(everybody, [])).toEqual({ role: "viewer", backends: null });
  expect(grantOf(rules, ["*"])).toBeNull();
  expect(grantOf([], ["ops"])).toBeNull();
});

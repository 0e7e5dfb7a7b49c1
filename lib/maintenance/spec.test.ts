import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

test("every rule of SPEC.md is quoted by a test, and every quoted rule exists", () => {
  const here = import.meta.dirname;
  const rules: string[] = readFileSync(join(here, "SPEC.md"), "utf8").match(/(?<=^- \*\*)\[M\d+\]/gm) ?? [];
  const files = [
    ...readdirSync(here).filter((name) => name.endsWith(".test.ts")),
    join("..", "wire", "maintenance.test.ts"),
  ];
  const quoted = new Set(files.flatMap((name) => readFileSync(join(here, name), "utf8").match(/\[M\d+\]/g) ?? []));
  expect(rules.filter((rule) => !quoted.has(rule))).toEqual([]);
  expect([...quoted].filter((rule) => !rules.includes(rule))).toEqual([]);
  expect(new Set(rules).size).toBe(rules.length);
});

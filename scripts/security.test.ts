// SECURITY.md promises a test for each threat: here the promise is compared with the tree.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const text = readFileSync(join(ROOT, "SECURITY.md"), "utf8");
const rows = [...text.matchAll(/^\| (?!threat|---)(.+?) \| (.+?) \| (.+) \|$/gm)];

describe("each threat of SECURITY.md has its test", () => {
  test("there are threats", () => expect(rows.length).toBeGreaterThan(30));

  test.each(rows.map(([, threat = "", , tests = ""]) => ({ threat, tests })))("$threat", ({ tests }) => {
    const named = tests.split("; `").map((one) => /^`?([\w./-]+)` "(.+)"$/.exec(one));
    for (const found of named) {
      const [, file = "", name = ""] = found ?? [];
      expect(file, `a file and a name in quotes: ${tests}`).not.toBe("");
      expect(existsSync(join(ROOT, file)), file).toBe(true);
      expect(namesIn(file), `${file} has no test of this name`).toContain(name);
    }
  });

  test("its links lead to headings of the README", () => {
    const headings = [...readFileSync(join(ROOT, "README.md"), "utf8").matchAll(/^#+ (.+)$/gm)];
    const anchors = headings.map(([, words = ""]) => words.toLowerCase().replaceAll(" ", "-"));
    const links = [...text.matchAll(/\(README\.md#([\w-]+)\)/g)];
    expect(links.length).toBeGreaterThan(0);
    for (const [, anchor] of links) expect(anchors).toContain(anchor);
  });
});

/** Of `test("name"`, also after the table of `test.each` and with the name on a line of its own. */
function namesIn(file: string): string[] {
  const source = readFileSync(join(ROOT, file), "utf8");
  const named = source.matchAll(/(?:\btest|\]\s*(?:as const)?\s*,?\s*\)|\))\(\s*(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`)/g);
  return [...named].map(([, quoted, ticked]) => quoted ?? ticked ?? "");
}

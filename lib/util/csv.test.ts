import fc from "fast-check";
import { expect, test } from "vitest";
import { csvCell, csvLine } from "./csv.ts";

test.each(["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "＝1", '=cmd|"/c calc"!A1'])(
  "%j is not a formula",
  (text) => {
    expect(csvCell(text).replace(/^"/, "")).toMatch(/^'/);
  },
);

test("a line has as many cells as it was given, whatever stands in them", () => {
  expect(csvLine(["a", 1, null, undefined, 'say "x"', "two\nlines"])).toBe('a,1,,,"say ""x""","two\nlines"\r\n');
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1 }), (cells) => {
      const outside = csvLine(cells).replace(/"(?:[^"]|"")*"/g, "");
      expect(outside.split(",").length).toBe(cells.length);
    }),
  );
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseCsv } from "./csv.ts";
import { parseShowStat, RowType } from "./show-stat.ts";
import { fixtureText, versions } from "./testing/fixtures.ts";
import { UnreadableReply } from "./unreadable.ts";

const captures = [
  "show-stat.csv",
  "show-stat-as-user.csv",
  "show-stat-as-operator.csv",
  "show-stat-multiline-lastchk.csv",
];
const columnCount = { "2.2": 100, "2.6": 129, "3.0": 206, "3.2": 208 };

describe.each(versions)("show stat of %s", (version) => {
  test.each([...captures, "worker-stat-old-worker.txt"])("%s is read without a problem", (name) => {
    const stat = parseShowStat(fixtureText(version, name));
    expect(stat.problems).toEqual([]);
    expect(stat.header).toHaveLength(columnCount[version]);
    // 2.2 shows no rows of an old worker (haproxy issue 1307)
    if (name !== "worker-stat-old-worker.txt" || version !== "2.2") expect(stat.rows.length).toBeGreaterThan(0);
  });

  test("cut at any byte it is refused", () => {
    const text = fixtureText(version, "show-stat-multiline-lastchk.csv");
    for (let length = 0; length < text.length; length++) {
      // a cut right after a blank line inside quotes must not pass either
      expect(() => parseShowStat(text.slice(0, length))).toThrow(UnreadableReply);
    }
  });

  test("a cell may hold quotes, line ends and blank lines", () => {
    const { rows } = parseShowStat(fixtureText(version, "show-stat-multiline-lastchk.csv"));
    const words =
      version < "3" ? 'line1\nline2, "quoted"\n\nafter blank > line' : 'line1 line2, "quoted"  after blank > line';
    expect(rows.map((row) => row.get("last_chk"))).toContain(words);
  });

  test("level user leaves addr, cookie and algo blank, operator does not", () => {
    const filled = (name: string, column: string) =>
      parseShowStat(fixtureText(version, name)).rows.some((row) => row.get(column) !== "");
    for (const column of ["addr", "cookie", "algo"]) {
      expect(filled("show-stat-as-user.csv", column)).toBe(false);
      expect(filled("show-stat-as-operator.csv", column)).toBe(true);
    }
  });

  test("a server may be named BACKEND", () => {
    const text = fixtureText(version, "observe.txt");
    const start = text.indexOf("# pxname");
    const stat = parseShowStat(text.slice(start, text.lastIndexOf("\n1\n# be_id ") + 1));
    const named = stat.rows.filter((row) => row.get("pxname") === "same" && row.get("svname") === "BACKEND");
    expect(named.map((row) => row.get("type"))).toEqual([RowType.server, RowType.backend]);
  });
});

describe("a table that is not quite right", () => {
  const head = "# pxname,svname,type,new_column,\n";

  test("unknown columns survive, missing ones are undefined", () => {
    const row = parseShowStat(`${head}a,s1,2,x,\n\n`).rows[0];
    expect(row?.get("new_column")).toBe("x");
    expect(row?.get("scur")).toBeUndefined();
  });

  test.each([
    ["a,s1,2,\n", /row 1 \(a\/s1\) has 4 cells, the header 5/],
    ["a,s1,2,x,,\n", /has 6 cells/],
    ["a,,2,x,\n", /row 1 \(a\) has an empty svname/],
    ["a,s1,,x,\n", /empty type/],
  ])("%j is reported and left out, the next row stays", (bad, problem) => {
    const stat = parseShowStat(`${head}${bad}a,s2,2,x,\n\n`);
    expect(stat.rows.map((row) => row.get("svname"))).toEqual(["s2"]);
    expect(stat.problems).toEqual([expect.stringMatching(problem)]);
  });

  test.each([
    ["", /begins ""/],
    ["No such proxy.\n\n", /No such proxy/],
    [`${head}a,s1,2,x,\n`, /cut/],
    [`${head}a,s1,2,x,\n\nb,s1,2,x,\n\n`, /goes on after a blank line/],
    [`${head}a,s1,2,"x,\n\n`, /never ends/],
    [`${head}a,s1,2,"x"y,\n\n`, /after a closing quote/],
    [`${head}a,s1,2,x"y,\n\n`, /not quoted/],
  ])("%j is refused", (text, message) => {
    expect(() => parseShowStat(text)).toThrow(message);
  });

  test("a column that stands twice is reported", () => {
    expect(parseShowStat("# pxname,svname,type,svname,\na,s1,2,x,\n\n")).toMatchObject({
      problems: [expect.stringContaining('"svname" stands twice')],
      rows: [new Map(Object.entries({ pxname: "a", svname: "s1", type: "2", "": "" }))],
    });
  });
});

test("parseCsv reads back whatever was written by the rules", () => {
  const cell = fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("", '"', "\n", "a,b", '""', "\r\n", "\n\n"));
  fc.assert(
    fc.property(fc.array(fc.array(cell, { minLength: 1, maxLength: 5 }), { maxLength: 6 }), (records) => {
      const text = records.map((record) => `${record.map(quote).join(",")}\n`).join("");
      expect(parseCsv(text)).toEqual(records);
    }),
  );
});

function quote(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

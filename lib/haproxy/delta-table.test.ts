import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DeltaTable } from "./delta-table.ts";
import type { TableColumn } from "./full-table.ts";
import { splitObserve } from "./reply.ts";
import { parseShowServersState } from "./show-servers-state.ts";
import { parseShowStat } from "./show-stat.ts";
import { fixtureBytes, fixtureText, observeFixtures, versions } from "./testing/fixtures.ts";
import { UnreadableReply } from "./unreadable.ts";

const statColumns = [
  ...text("pxname svname status tracked check_status last_chk agent_status addr cookie mode algo"),
  ...numbers("type iid sid qcur scur slim stot weight act bck lastchg throttle check_code check_duration lastsess"),
  ...numbers("check_rise check_fall check_health uweight rate"),
];
const statKey = ["pxname", "svname", "type"];
const stateColumns = [
  ...text("be_name srv_name srv_addr srv_fqdn"),
  ...numbers("be_id srv_id srv_op_state srv_admin_state"),
];
const stateKey = ["be_name", "srv_name"];

function text(names: string): TableColumn[] {
  return names.split(" ").map((name) => ({ name, kind: "text" }));
}

function numbers(names: string): TableColumn[] {
  return names.split(" ").map((name) => ({ name, kind: "number" }));
}

function statTable(columns: readonly TableColumn[] = statColumns): DeltaTable {
  return new DeltaTable({ columns, separator: ",", key: statKey });
}

function readText(table: DeltaTable, dump: string) {
  const bytes = Buffer.from(`junk${dump}junk`);
  return table.read(bytes, 4, bytes.length - 4);
}

/** The value the plain parser's cell stands for. */
function readCell(cell: string | undefined, kind: "number" | "text"): number | string {
  if (kind === "text") return cell ?? "";
  return cell !== undefined && /^-?\d+$/.test(cell) ? Number(cell) + 0 : Number.NaN;
}

type Reference = readonly ReadonlyMap<string, string>[];

function valuesOf(rows: Reference, columns: readonly TableColumn[]): (number | string)[][] {
  return rows.map((row) => columns.map(({ name, kind }) => readCell(row.get(name), kind)));
}

function tableValues(table: DeltaTable, rowCount: number, columns: readonly TableColumn[]): (number | string)[][] {
  return Array.from({ length: rowCount }, (_, row) =>
    columns.map(({ kind }, column) => (kind === "text" ? table.text(row, column) : table.num(row, column))),
  );
}

function bitsBetween(before: (number | string)[], after: (number | string)[]): number {
  return after.reduce<number>(
    (bits, value, column) => (Object.is(value, before[column]) ? bits : bits | (1 << column)),
    0,
  );
}

describe.each(versions)("captures of %s", (version) => {
  test.each(observeFixtures)("%s reads as the plain parsers read it, twice", (name) => {
    const bytes = fixtureBytes(version, name);
    const reply = splitObserve(bytes);
    if (!reply.ok) throw new Error(reply.message);
    const { stat, servers } = reply;
    const statRows = parseShowStat(`${bytes.toString("utf8", stat.start, stat.end)}\n`).rows;
    const stateRows = parseShowServersState(`1\n${bytes.toString("utf8", servers.start, servers.end)}\n`).rows;
    const stats = statTable();
    const states = new DeltaTable({ columns: stateColumns, separator: " ", key: stateKey });
    for (const pass of [1, 2]) {
      const statRead = stats.read(bytes, stat.start, stat.end);
      expect(statRead).toMatchObject({ rowCount: statRows.length, layoutChanged: pass === 1, problems: [] });
      expect([...statRead.missing]).toEqual(version === "2.2" ? ["uweight"] : []);
      expect(tableValues(stats, statRead.rowCount, statColumns)).toEqual(valuesOf(statRows, statColumns));
      expect(statRead.changed.every((bits) => bits === (pass === 1 ? 2 ** 31 - 1 : 0))).toBe(true);
      const stateRead = states.read(bytes, servers.start, servers.end);
      expect(stateRead).toMatchObject({ rowCount: stateRows.length, layoutChanged: pass === 1, problems: [] });
      expect(tableValues(states, stateRead.rowCount, stateColumns)).toEqual(valuesOf(stateRows, stateColumns));
    }
  });

  test("cut at any byte, and then whole: nothing is lost and nothing passes in half", () => {
    const dump = fixtureText(version, "show-stat-multiline-lastchk.csv");
    const bytes = Buffer.from(dump);
    const table = statTable();
    const { rowCount } = table.read(bytes, 0, bytes.length);
    const before = tableValues(table, rowCount, statColumns);
    for (let end = 1; end < bytes.length - 1; end++) {
      try {
        // only a cut between two rows can be read: it has fewer rows, and splitObserve refuses it before
        expect(readText(statTable(), dump.slice(0, end)).rowCount).toBeLessThan(rowCount);
      } catch (error) {
        expect(error).toBeInstanceOf(UnreadableReply);
        expect(() => table.read(bytes, 0, end)).toThrow(UnreadableReply);
      }
    }
    expect(tableValues(table, rowCount, statColumns)).toEqual(before);
    const again = table.read(bytes, 0, bytes.length);
    expect([...again.changed]).toEqual(new Array(rowCount).fill(0));
  });
});

describe("successive dumps", () => {
  const columns = [...text("pxname svname last_chk"), ...numbers("type scur")];
  const [, , lastChk, , scur] = [0, 1, 2, 3, 4] as const;
  const head = "# pxname,svname,scur,bin,type,last_chk,bout,\n";
  const dump = (scurOfS1: string, bin = "0", check = "ok", bout = "7") =>
    `${head}a,s1,${scurOfS1},${bin},2,${check},${bout},\na,s2,5,0,2,"x, ""y""",7,\n\n`;

  test("a changed wanted cell sets its bit, an unwanted one none", () => {
    const table = statTable(columns);
    readText(table, dump("1"));
    const read = readText(table, dump("12", "3456", "ok", "99"));
    expect([...read.changed]).toEqual([1 << scur, 0]);
    expect(read.layoutChanged).toBe(false);
    expect(table.num(0, scur)).toBe(12);
    expect(table.num(1, scur)).toBe(5);
  });

  test("the same text again is the same value, quoted or not", () => {
    const table = statTable(columns);
    readText(table, dump("1", "0", "ok"));
    expect([...readText(table, dump("1", "0", '"ok"')).changed]).toEqual([0, 0]);
    expect([...readText(table, dump("1", "0", '"ok,"')).changed]).toEqual([1 << lastChk, 0]);
    expect(table.text(0, lastChk)).toBe("ok,");
  });

  test("blank to number and back", () => {
    const table = statTable(columns);
    readText(table, dump(""));
    expect(table.num(0, scur)).toBeNaN();
    expect([...readText(table, dump("-1")).changed]).toEqual([1 << scur, 0]);
    expect(table.num(0, scur)).toBe(-1);
    expect([...readText(table, dump("")).changed]).toEqual([1 << scur, 0]);
    expect(table.num(0, scur)).toBeNaN();
  });

  test("a text in a number column is a problem for as long as it is there", () => {
    const table = statTable(columns);
    const sentence = 'column scur holds "many", not a whole number: read as unknown';
    expect(readText(table, dump("1")).problems).toEqual([]);
    expect(readText(table, dump("many")).problems).toEqual([sentence]);
    expect(table.num(0, scur)).toBeNaN();
    expect(readText(table, dump("many")).problems).toEqual([sentence]);
    expect(readText(table, dump("2"))).toMatchObject({ problems: [], layoutChanged: false });
    expect(table.num(0, scur)).toBe(2);
  });

  test("a row more, a row less, another order, another header: a new layout", () => {
    const table = statTable(columns);
    const rows = ["a,s1,1,0,2,,,\n", "a,s2,1,0,2,,,\n", "b,s1,1,0,2,,,\n"] as const;
    const layouts = [
      head + rows[0] + rows[1],
      head + rows[0] + rows[1] + rows[2],
      head + rows[0] + rows[2],
      head + rows[2] + rows[0],
      `# pxname,svname,scur,bin,type,last_chk,extra,\n${rows[2]}${rows[0]}`,
      "# pxname,svname,type,scur,\nb,s1,2,1,\na,s1,2,1,\n",
      head,
      head + rows[0],
    ];
    for (const layout of layouts) {
      const read = readText(table, layout);
      expect(read.layoutChanged).toBe(true);
      expect([...read.changed]).toEqual(new Array(read.rowCount).fill(31));
      expect(readText(table, layout)).toMatchObject({ layoutChanged: false });
    }
  });

  test("a read that fails leaves everything as it was, and the next one compares with what was before it", () => {
    const table = statTable(columns);
    readText(table, dump("1"));
    const bad = [
      dump("2").slice(0, -20),
      dump("2").replace('""y""', '"y"'),
      `${dump("2")}${dump("3")}`,
      "junk\n",
      "",
      "\n",
    ];
    for (const broken of bad) expect(() => readText(table, broken)).toThrow(UnreadableReply);
    expect(table.num(0, scur)).toBe(1);
    expect([...readText(table, dump("1")).changed]).toEqual([0, 0]);
  });

  test.each([
    ["a,s3,1,0,2,,\n", /row 3 \(a\) has 7 cells, the header 8/],
    ["a,s3,1,0,2,,,,\n", /has 9 cells/],
    ["a,,1,0,2,,,\n", /row 3 \(a\) has no svname/],
    ["a,s3,1,0,,,,\n", /row 3 \(a\) has no type/],
    ["a,s1,1,0,2,,,\n", /row 3 \(a\/s1\/2\) is there twice/],
  ])("%j is reported and left out at every read, the others stay", (bad, problem) => {
    const table = statTable(columns);
    readText(table, dump("1"));
    const before = readText(table, dump("1"));
    expect(before.rowCount).toBe(2);
    for (const value of ["2", "2", "3"]) {
      const read = readText(table, `${dump(value).slice(0, -1)}${bad}`);
      expect(read).toMatchObject({ rowCount: 2, layoutChanged: false, problems: [expect.stringMatching(problem)] });
      expect(table.num(0, scur)).toBe(Number(value));
    }
  });

  test("the shape of the unwanted end of a row is checked at every read", () => {
    const table = statTable(columns);
    readText(table, dump("1"));
    expect(readText(table, dump("1", "0", "ok", "7,")).problems).toEqual([expect.stringMatching(/9 cells/)]);
    expect(readText(table, dump("1"))).toMatchObject({ problems: [], rowCount: 2 });
  });

  test("servers named BACKEND and FRONTEND are told from the backend's own row by the type", () => {
    const table = statTable(columns);
    const rows = "a,BACKEND,1,0,2,,,\na,FRONTEND,2,0,2,,,\na,BACKEND,3,0,1,,,\na,FRONTEND,4,0,0,,,\n";
    expect(readText(table, head + rows)).toMatchObject({ rowCount: 4, problems: [] });
    expect([0, 1, 2, 3].map((row) => table.num(row, scur))).toEqual([1, 2, 3, 4]);
  });

  test("every character HAProxy allows in a name, and names that look like numbers", () => {
    const names = ["-1", "0", "NaN", "a.b:c_d-E", "x".repeat(300), "__proto__", "constructor"];
    const table = statTable(columns);
    expect(readText(table, head + names.map((name) => `${name},${name},1,0,2,,,\n`).join(""))).toMatchObject({
      problems: [],
    });
    expect(names.map((_, row) => table.text(row, 1))).toEqual(names);
  });

  test("huge numbers are read as the nearest double", () => {
    const table = statTable(columns);
    for (const huge of ["9007199254740993", "18446744073709551615", "-9223372036854775808", "1".repeat(400)]) {
      readText(table, dump(huge));
      expect(table.num(0, scur)).toBe(Number(huge));
    }
  });

  test("without a key column rows cannot be told apart", () => {
    expect(() => readText(statTable(columns), "# pxname,scur,\na,1,\n")).toThrow("no column svname");
  });

  test("a table of no rows is a table", () => {
    expect(readText(statTable(columns), `${head}\n`)).toMatchObject({ rowCount: 0, problems: [] });
  });

  test("at most 31 different columns, the key among them", () => {
    const many = numbers(Array.from({ length: 32 }, (_, index) => `c${index}`).join(" "));
    expect(() => new DeltaTable({ columns: many, separator: ",", key: ["c0"] })).toThrow(RangeError);
    expect(() => new DeltaTable({ columns: numbers("a b"), separator: ",", key: ["c"] })).toThrow("key");
  });
});

describe("differential fuzzing beside the plain parser", () => {
  const wanted = [...text("pxname svname last_chk status"), ...numbers("type scur lastchg slim"), ...text("gone")];
  const unwanted = ["bin", "bout", "agent_desc", "-", "ünï"];
  const name = fc.stringMatching(/^[A-Za-z0-9_.:-]{1,4}$/);
  const free = fc.oneof(
    fc.constantFrom(
      "",
      "ok",
      "L7OK",
      "* L7OK",
      "a,b",
      '"',
      '""',
      "\n",
      "\n\n1\n# be_id be_name",
      "\r\n",
      "é😀",
      "\u{feff}x",
      "# pxname,",
    ),
    fc.string({ unit: "grapheme", maxLength: 40 }),
  );
  const number = fc.oneof(
    fc.constantFrom("", "0", "-1", "7", "18446744073709551615", "00", "-0", "-", "1x"),
    fc.nat().map(String),
  );

  const shape = fc
    .shuffledSubarray(["last_chk", "status", "scur", "lastchg", "slim", ...unwanted])
    .chain((others) => fc.shuffledSubarray(others, { minLength: others.length }))
    .map((others) => ["pxname", "svname", "type", ...others]);
  const keys = fc.uniqueArray(fc.tuple(name, name, fc.constantFrom("1", "2")), {
    maxLength: 5,
    selector: (key) => key.join(" "),
  });

  function cellOf(header: string): fc.Arbitrary<string> {
    return wanted.some((column) => column.name === header && column.kind === "number") ? number : free;
  }

  function csv(header: readonly string[], rows: readonly (readonly string[])[], quoteAll: boolean): string {
    const cell = (value: string) => (quoteAll || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
    return `# ${header.join(",")},\n${rows.map((row) => `${row.map(cell).join(",")},\n`).join("")}`;
  }

  const run = shape.chain((header) =>
    keys.chain((rowKeys) => {
      const others = header.slice(3).map(cellOf);
      const table = fc.tuple(...rowKeys.map(() => fc.tuple(...others)));
      const step = fc.record({
        // few cells change from one dump to the next, as in life
        edits: fc.array(fc.tuple(fc.nat(), fc.nat(), free, number), { maxLength: 4 }),
        drop: fc.option(fc.nat(), { freq: 6 }),
        quoteAll: fc.boolean(),
      });
      return fc.tuple(fc.constant(header), fc.constant(rowKeys), table, fc.array(step, { minLength: 1, maxLength: 6 }));
    }),
  );

  test("values, changed bits and layout are those of the plain parser over successive dumps", () => {
    fc.assert(
      fc.property(run, ([header, rowKeys, first, steps]) => {
        const table = new DeltaTable({ columns: wanted, separator: ",", key: statKey });
        let rows = rowKeys.map((key, index) => [...key, ...(first[index] ?? [])] as string[]);
        let before: { keys: string; values: (number | string)[][] } | null = null;
        for (const step of steps) {
          for (const [row, column, someText, someNumber] of step.edits) {
            const target = rows[row % Math.max(rows.length, 1)];
            if (target === undefined || header.length === 3) continue;
            const at = 3 + (column % (header.length - 3));
            const isNumber = wanted.some(({ name, kind }) => name === header[at] && kind === "number");
            target[at] = isNumber ? someNumber : someText;
          }
          if (step.drop !== null) rows = rows.filter((_, index) => index !== step.drop);
          // the header's own trailing comma stands for an empty last column, as HAProxy prints it
          const dump = csv(header, rows, step.quoteAll);
          const reference = reread(header, dump);
          const read = readText(table, dump);
          const values = valuesOf(reference, wanted);
          expect(tableValues(table, read.rowCount, wanted)).toEqual(values);
          const keyList = JSON.stringify(reference.map((row) => statKey.map((key) => row.get(key))));
          expect(read.layoutChanged).toBe(before?.keys !== keyList);
          const bits = values.map((row, index) =>
            read.layoutChanged ? 2 ** wanted.length - 1 : bitsBetween(before?.values[index] ?? [], row),
          );
          expect([...read.changed]).toEqual(bits);
          expect([...read.missing].sort()).toEqual(
            wanted
              .map((column) => column.name)
              .filter((name) => !header.includes(name))
              .sort(),
          );
          before = { keys: keyList, values };
        }
      }),
      { numRuns: 1500 },
    );
  });

  function reread(header: readonly string[], dump: string): Reference {
    const stat = parseShowStat(`${dump}\n`);
    expect(stat.header).toEqual([...header, ""]);
    expect(stat.problems).toEqual([]);
    return stat.rows;
  }

  test("a dump damaged anywhere reads exactly as a fresh table reads it, or not at all", () => {
    const good = fixtureText("2.6", "show-stat-multiline-lastchk.csv").slice(0, -1);
    const bytes = Buffer.from(good);
    const damage = fc.tuple(fc.nat(bytes.length - 1), fc.constantFrom(44, 34, 10, 48, 57, 45, 200), fc.nat(2));
    const table = statTable();
    table.read(bytes, 0, bytes.length);
    const clean = valuesOf(parseShowStat(`${good}\n`).rows, statColumns);
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), (damages) => {
        let broken = Buffer.from(bytes);
        for (const [at, byte, cut] of damages) {
          broken = Buffer.concat([broken.subarray(0, at), Buffer.from([byte]), broken.subarray(at + cut)]);
        }
        const fresh = statTable();
        const outcome = (reader: DeltaTable) => {
          try {
            const { rowCount, problems } = reader.read(broken, 0, broken.length);
            return { values: tableValues(reader, rowCount, statColumns), problems };
          } catch (error) {
            return error instanceof UnreadableReply ? error.message : error;
          }
        };
        expect(outcome(table)).toEqual(outcome(fresh));
        const { rowCount } = table.read(bytes, 0, bytes.length);
        expect(tableValues(table, rowCount, statColumns)).toEqual(clean);
      }),
      { numRuns: 1000 },
    );
  });
});

// The whole-dump reader behind delta-table.ts: used for the first dump, for a new layout, and whenever the quick walk meets
// anything it does not expect. It checks everything; it need not be fast.
import { badQuote, decodeCell, parseNumber, quotedEnd } from "./cells.ts";
import { UnreadableReply } from "./unreadable.ts";

export interface TableColumn {
  readonly name: string;
  readonly kind: "number" | "text";
}

export interface TableShape {
  readonly columns: readonly TableColumn[];
  readonly separator: "," | " ";
  /** names of the columns that together identify a row */
  readonly key: readonly string[];
}

/** One dump as columns. `nums` and `texts` are row-major over all columns; a cell of the other kind stays blank. */
export interface TableContent {
  rowCount: number;
  /** cells in each row */
  width: number;
  /** header index -> index in `columns`, or -1 */
  columnOf: Int32Array;
  headerEnd: number;
  /** one past the line end of each row */
  rowEnds: Int32Array<ArrayBuffer>;
  keys: string[];
  nums: Float64Array;
  texts: string[];
  missing: ReadonlySet<string>;
  /** about rows and columns that were left out */
  structureProblems: string[];
  /** about cells, by row * columns + column */
  cellProblems: Map<number, string>;
}

const LF = 10;
const QUOTE = 34;

/** Reads bytes [0, end): header line and rows, each with its line end. Throws UnreadableReply. */
export function readFullTable(shape: TableShape, bytes: Uint8Array, end: number): TableContent {
  const separator = shape.separator.charCodeAt(0);
  const header = readHeader(shape, bytes, end, separator);
  const { columns } = shape;
  const width = header.columnOf.length;
  const nums: number[] = [];
  const texts: string[] = [];
  const rowEnds: number[] = [];
  const keys: string[] = [];
  const seen = new Set<string>();
  const cellProblems = new Map<number, string>();
  const structureProblems = header.problems;
  const keyColumns = shape.key.map((name) => columns.findIndex((column) => column.name === name));

  for (let at = header.end, number = 1; at < end; number++) {
    const cells = readRecord(bytes, at, end, separator);
    at = cells.end;
    if (cells.starts.length === 1 && cells.starts[0] === cells.ends[0]) {
      throw new UnreadableReply(`HAProxy's table goes on after a blank line (row ${number}): two replies are mixed`);
    }
    const text = (index: number) => decodeCell(bytes, cells.starts[index] ?? 0, cells.ends[index] ?? 0);
    if (cells.starts.length !== width) {
      structureProblems.push(
        `row ${number} (${text(0)}) has ${cells.starts.length} cells, the header ${width}: left out`,
      );
      continue;
    }
    const row = rowEnds.length;
    const rowTexts: string[] = new Array(columns.length).fill("");
    const rowNums: number[] = new Array(columns.length).fill(Number.NaN);
    const rowProblems = new Map<number, string>();
    for (let index = 0; index < width; index++) {
      const slot = header.columnOf[index] ?? -1;
      const column = columns[slot];
      if (column === undefined) continue;
      if (column.kind === "text") rowTexts[slot] = text(index);
      else {
        const value = numberAt(bytes, cells.starts[index] ?? 0, cells.ends[index] ?? 0);
        rowNums[slot] = value ?? Number.NaN;
        if (value === undefined) rowProblems.set(row * columns.length + slot, notANumber(column.name, text(index)));
      }
    }
    const parts = keyColumns.map((slot) => {
      const num = rowNums[slot] ?? Number.NaN;
      return columns[slot]?.kind === "text" ? (rowTexts[slot] ?? "") : Number.isNaN(num) ? "" : String(num);
    });
    const problem = keyProblem(shape, parts, seen, number);
    if (problem !== null) {
      structureProblems.push(problem);
      continue;
    }
    const key = parts.join("\0");
    seen.add(key);
    keys.push(key);
    texts.push(...rowTexts);
    nums.push(...rowNums);
    rowEnds.push(at);
    for (const [cell, sentence] of rowProblems) cellProblems.set(cell, sentence);
  }
  return {
    rowCount: rowEnds.length,
    width,
    columnOf: header.columnOf,
    headerEnd: header.end,
    rowEnds: Int32Array.from(rowEnds),
    keys,
    nums: Float64Array.from(nums),
    texts,
    missing: header.missing,
    structureProblems,
    cellProblems,
  };
}

/** As parseNumber, and a quoted cell is read by its content. */
export function numberAt(bytes: Uint8Array, start: number, end: number): number | undefined {
  if (bytes[start] !== QUOTE) return parseNumber(bytes, start, end);
  return parseNumber(bytes, start + 1, Math.max(start + 1, end - 1));
}

export function notANumber(column: string, text: string): string {
  return `column ${column} holds ${JSON.stringify(text.slice(0, 40))}, not a whole number: read as unknown`;
}

function keyProblem(
  shape: TableShape,
  parts: readonly string[],
  seen: ReadonlySet<string>,
  number: number,
): string | null {
  const blank = parts.indexOf("");
  // 2.3.0 to 2.3.2 print such rows (haproxy issue 992)
  if (blank >= 0) return `row ${number} (${parts[0]}) has no ${shape.key[blank]}: left out`;
  return seen.has(parts.join("\0")) ? `row ${number} (${parts.join("/")}) is there twice: the first is read` : null;
}

function readHeader(shape: TableShape, bytes: Uint8Array, end: number, separator: number) {
  const cells = readRecord(bytes, 0, end, separator);
  const names = cells.starts.map((start, index) => decodeCell(bytes, start, cells.ends[index] ?? start));
  const first = names[0] ?? "";
  // separated by spaces, "# " is a cell of its own
  const isComma = shape.separator === ",";
  if (isComma ? !first.startsWith("# ") : first !== "#") {
    throw new UnreadableReply(
      `HAProxy's table should begin with a "# " header but begins ${JSON.stringify(first.slice(0, 40))}`,
    );
  }
  if (isComma) names[0] = first.slice(2);
  else names.shift();
  const problems: string[] = [];
  const columnOf = new Int32Array(names.length).fill(-1);
  const missing = new Set(shape.columns.map((column) => column.name));
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) !== index) {
      problems.push(`column "${name}" stands twice in the header; the first is read`);
      continue;
    }
    columnOf[index] = shape.columns.findIndex((column) => column.name === name);
    missing.delete(name);
  }
  const lost = shape.key.find((name) => missing.has(name));
  if (lost !== undefined)
    throw new UnreadableReply(`HAProxy's table has no column ${lost}, so its rows cannot be told apart`);
  return { end: cells.end, columnOf, missing, problems };
}

/** Offsets of the cells of the record at `start`; `end` is one past its line end. */
function readRecord(bytes: Uint8Array, start: number, end: number, separator: number) {
  const hasQuotes = separator === 44;
  const starts: number[] = [];
  const ends: number[] = [];
  for (let at = start; ; at++) {
    starts.push(at);
    if (hasQuotes && bytes[at] === QUOTE) {
      const close = quotedEnd(bytes, at, end, separator);
      if (close < 0) throw badQuote(bytes, at, end);
      at = close;
    } else {
      for (let byte = bytes[at]; byte !== separator && byte !== LF; byte = bytes[++at]) {
        if (hasQuotes && byte === QUOTE) throw badQuote(bytes, at, end);
      }
    }
    ends.push(at);
    if (bytes[at] === LF) return { starts, ends, end: at + 1 };
  }
}

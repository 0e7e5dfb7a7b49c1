// One pass over a dump, beside the bytes of the previous dump.
//
// A poll brings the same rows in the same order, and most cells hold the same bytes as a second ago. So both dumps are
// walked side by side; equal bytes cost a comparison and the counting of separators, and only a wanted cell whose bytes
// differ is parsed. Comparison is by bytes, never by hash. Whatever the walk does not expect (another header, another row,
// a quote in a strange place) abandons it, and full-table.ts reads the whole dump with every check.
//
// Nothing of the previous state is touched before a read has succeeded: the walk collects changed cells aside.
import { decodeCell, quotedEnd } from "./cells.ts";
import { numberAt, readFullTable, type TableContent, type TableShape } from "./full-table.ts";
import { UnreadableReply } from "./unreadable.ts";

export interface TableRead {
  readonly rowCount: number;
  /** true when the header or the rows or their order are not those of the previous read */
  readonly layoutChanged: boolean;
  /** a word for each row: bit i is set when column i differs from the previous read; all ones in a new layout. Valid until the next read */
  readonly changed: Uint32Array;
  /** wanted columns the header does not have: NaN or empty in every row */
  readonly missing: ReadonlySet<string>;
  /** one sentence for each row or cell that was not understood, as long as it is there */
  readonly problems: readonly string[];
}

/** One bit a column, and the mask stays a small integer. */
const MAX_COLUMNS = 31;
const LF = 10;
const QUOTE = 34;
/** Four bytes as one number: a one in each, their high bits, all others. */
const ONES = 0x01010101;
const HIGHS = 0x80808080 | 0;
const LOWS = 0x7f7f7f7f;

/** Bytes that belong to the table, with room at the end so that four can be loaded anywhere inside. */
interface Dump {
  bytes: Uint8Array;
  view: DataView;
  length: number;
}

export class DeltaTable {
  readonly #shape: TableShape;
  readonly #separator: number;
  readonly #isNumber: Uint8Array;
  readonly #keyMask: number;
  readonly #allBits: number;
  #content: TableContent | null = null;
  /** true when every row of the previous dump became a row of the content: only then can the walk pair them up */
  #isWalkable = false;
  #lastWanted = 0;
  #previous: Dump = newDump(0);
  #next: Dump = newDump(0);
  #nextRowEnds: Int32Array<ArrayBuffer> = new Int32Array(0);
  #changed: Uint32Array<ArrayBuffer> = new Uint32Array(0);
  // what the walk found, until it is known that the dump is good
  #stagedCells = new Int32Array(1024);
  #stagedNums = new Float64Array(1024);
  #stagedCount = 0;
  #stagedTexts: string[] = [];

  constructor(shape: TableShape) {
    const names = new Set(shape.columns.map((column) => column.name));
    if (shape.columns.length > MAX_COLUMNS || names.size !== shape.columns.length) {
      throw new RangeError(`a table reads 1 to ${MAX_COLUMNS} different columns, not ${shape.columns.length}`);
    }
    const keyColumns = shape.key.map((name) => shape.columns.findIndex((column) => column.name === name));
    if (keyColumns.length === 0 || keyColumns.includes(-1))
      throw new RangeError("the key columns must be among the columns");
    this.#shape = shape;
    this.#separator = shape.separator.charCodeAt(0);
    this.#isNumber = Uint8Array.from(shape.columns, (column) => (column.kind === "number" ? 1 : 0));
    this.#keyMask = keyColumns.reduce((mask, column) => mask | (1 << column), 0);
    this.#allBits = 2 ** shape.columns.length - 1;
  }

  /**
   * Reads the dump at [start, end): a header line that begins with "# ", then rows, each with its line end; a closing blank
   * line may follow. Throws UnreadableReply and keeps the previous content when the dump cannot be read.
   */
  read(bytes: Uint8Array, start: number, end: number): TableRead {
    const next = this.#copyIn(bytes, start, end);
    const content = this.#content;
    if (content !== null && this.#isWalkable && this.#sameHeader(content.headerEnd)) {
      if (this.#walk(content)) {
        this.#commitWalk(content);
        return this.#result(content, false);
      }
    }
    const fresh = readFullTable(this.#shape, next.bytes, next.length);
    const isSame = content !== null && this.#sameHeader(content.headerEnd) && sameRows(content, fresh);
    this.#changed = isSame ? this.#compare(content, fresh) : new Uint32Array(fresh.rowCount).fill(this.#allBits);
    this.#commitFull(fresh);
    return this.#result(fresh, !isSame);
  }

  /** NaN when the cell is blank, not a number, or its column is missing. */
  num(row: number, column: number): number {
    return this.#content?.nums[row * this.#shape.columns.length + column] ?? Number.NaN;
  }

  /** The same string object as long as the cell's bytes do not change; empty when the column is missing. */
  text(row: number, column: number): string {
    return this.#content?.texts[row * this.#shape.columns.length + column] ?? "";
  }

  #copyIn(bytes: Uint8Array, start: number, end: number): Dump {
    const isBlankLast = end - start >= 2 && bytes[end - 1] === LF && bytes[end - 2] === LF;
    const length = end - start - (isBlankLast ? 1 : 0);
    if (length <= 0 || bytes[start + length - 1] !== LF) {
      throw new UnreadableReply("HAProxy's table does not end with a line end: the reply was cut");
    }
    if (this.#next.bytes.length < length + 8) this.#next = newDump(length);
    this.#next.bytes.set(bytes.subarray(start, start + length));
    this.#next.length = length;
    return this.#next;
  }

  #sameHeader(headerEnd: number): boolean {
    const next = this.#next.bytes;
    const previous = this.#previous.bytes;
    if (this.#next.length < headerEnd) return false;
    for (let at = 0; at < headerEnd; at++) if (next[at] !== previous[at]) return false;
    return true;
  }

  /**
   * Stages every change and returns true, or returns false when the dump has to be read in full. Both dumps end with a line
   * end and the previous one is well formed, so every index stays inside: that is why the element casts hold.
   */
  #walk(content: TableContent): boolean {
    const next = this.#next.bytes;
    const previous = this.#previous.bytes;
    const nextView = this.#next.view;
    const previousView = this.#previous.view;
    const nextLength = this.#next.length;
    const previousLength = this.#previous.length;
    const { columnOf, rowEnds, rowCount } = content;
    const columnCount = this.#shape.columns.length;
    const separator = this.#separator;
    const hasQuotes = separator === 44;
    const lastWanted = this.#lastWanted;
    if (this.#nextRowEnds.length < rowCount) this.#nextRowEnds = new Int32Array(rowCount);
    if (this.#changed.length !== rowCount) this.#changed = new Uint32Array(rowCount);
    const changed = this.#changed;
    const nextRowEnds = this.#nextRowEnds;
    this.#stagedCount = 0;
    this.#stagedTexts.length = 0;
    const everySeparator = separator * ONES;
    // a word holds four separators at most, so none of these reaches the end of what is wanted
    const lastWordCell = lastWanted - 4;
    let i = content.headerEnd;
    let j = content.headerEnd;

    for (let row = 0; row < rowCount; row++) {
      if (i >= nextLength) return false;
      const previousEnd = rowEnds[row] as number;
      let bits = 0;
      let cell = 0;
      let cellStart = i;
      for (;;) {
        if (cell <= lastWordCell) {
          // Most bytes are equal: four at a time, unless one of them is below the separator (a line end, a quote, ...).
          const word = nextView.getInt32(i, true);
          if (word === previousView.getInt32(j, true) && ((word - everySeparator) & ~word & HIGHS) === 0) {
            const differing = word ^ everySeparator;
            const marks = ~(((differing & LOWS) + LOWS) | differing | LOWS);
            if (marks !== 0) {
              cell += Math.imul(marks >>> 7, ONES) >>> 24;
              cellStart = i + ((31 - Math.clz32(marks)) >> 3) + 1;
            }
            i += 4;
            j += 4;
            continue;
          }
        }
        const byte = next[i] as number;
        if (byte === previous[j]) {
          // separators, line ends and quotes are all at or below the comma; most other bytes are above it
          if (byte > 44) {
            i += 1;
            j += 1;
            continue;
          }
          if (byte === separator) {
            i += 1;
            j += 1;
            cell += 1;
            cellStart = i;
            if (cell !== lastWanted + 1) continue;
            // nothing wanted is left in this row: equal to its end is the common case, and proves its shape
            const tail = previousEnd - j;
            if (i + tail <= nextLength && isEqual(nextView, i, previousView, j, tail)) {
              i += tail;
              j += tail;
              break;
            }
            continue;
          }
          if (byte === LF) {
            // as many cells as the previous row, whose number is right
            i += 1;
            j += 1;
            break;
          }
          if (byte !== QUOTE || !hasQuotes) {
            i += 1;
            j += 1;
            continue;
          }
          if (i !== cellStart) return false;
        }
        // the cell differs, or it is quoted
        const previousStart = j - (i - cellStart);
        let cellEnd = i;
        let previousCellEnd = j;
        if (hasQuotes && next[cellStart] === QUOTE) {
          cellEnd = quotedEnd(next, cellStart, nextLength, separator);
          if (cellEnd < 0) return false;
        } else {
          for (let at = next[cellEnd]; at !== separator && at !== LF; at = next[++cellEnd]) {
            if (at === QUOTE && hasQuotes) return false;
          }
        }
        if (hasQuotes && previous[previousStart] === QUOTE) {
          previousCellEnd = quotedEnd(previous, previousStart, previousLength, separator);
        } else {
          for (let at = previous[previousCellEnd]; at !== separator && at !== LF; ) at = previous[++previousCellEnd];
        }
        const column = columnOf[cell] as number;
        if (column >= 0 && !isEqualCell(next, cellStart, cellEnd, previous, previousStart, previousCellEnd)) {
          const isChanged = this.#stage(content, row * columnCount + column, column, next, cellStart, cellEnd);
          if (isChanged === undefined) return false;
          if (isChanged) bits |= 1 << column;
        }
        i = cellEnd;
        j = previousCellEnd;
        // one row ends where the other goes on
        if (next[i] !== previous[j]) return false;
      }
      if (bits & this.#keyMask) return false;
      changed[row] = bits;
      nextRowEnds[row] = i;
    }
    return i === nextLength;
  }

  /** Whether the value differs. Undefined when the cell was or is not understood: the full reader words the problem. */
  #stage(content: TableContent, at: number, column: number, bytes: Uint8Array, start: number, end: number) {
    if (content.cellProblems.size > 0 && content.cellProblems.has(at)) return undefined;
    if (this.#isNumber[column] === 1) {
      const value = numberAt(bytes, start, end);
      if (value === undefined) return undefined;
      const before = content.nums[at] as number;
      if (value === before || (Number.isNaN(value) && Number.isNaN(before))) return false;
      if (this.#stagedCount === this.#stagedCells.length) this.#growStage();
      this.#stagedCells[this.#stagedCount] = at;
      this.#stagedNums[this.#stagedCount] = value;
    } else {
      const text = decodeCell(bytes, start, end);
      if (text === content.texts[at]) return false;
      if (this.#stagedCount === this.#stagedCells.length) this.#growStage();
      // ~index into the texts marks a text; the number slot carries it
      this.#stagedCells[this.#stagedCount] = ~at;
      this.#stagedNums[this.#stagedCount] = this.#stagedTexts.length;
      this.#stagedTexts.push(text);
    }
    this.#stagedCount += 1;
    return true;
  }

  #growStage(): void {
    const cells = new Int32Array(this.#stagedCells.length * 2);
    const nums = new Float64Array(cells.length);
    cells.set(this.#stagedCells);
    nums.set(this.#stagedNums);
    this.#stagedCells = cells;
    this.#stagedNums = nums;
  }

  #commitWalk(content: TableContent): void {
    for (let index = 0; index < this.#stagedCount; index++) {
      const at = this.#stagedCells[index] as number;
      const value = this.#stagedNums[index] as number;
      if (at >= 0) content.nums[at] = value;
      else content.texts[~at] = this.#stagedTexts[value] as string;
    }
    this.#stagedTexts.length = 0;
    const spare = content.rowEnds;
    content.rowEnds = this.#nextRowEnds;
    this.#nextRowEnds = spare;
    this.#swapDumps();
  }

  #commitFull(fresh: TableContent): void {
    this.#content = fresh;
    this.#isWalkable = fresh.structureProblems.length === 0;
    this.#lastWanted = fresh.columnOf.findLastIndex((column) => column >= 0);
    this.#nextRowEnds = new Int32Array(fresh.rowCount);
    this.#swapDumps();
  }

  #swapDumps(): void {
    const spare = this.#previous;
    this.#previous = this.#next;
    this.#next = spare;
  }

  /** The bits by value, and the previous strings where they are equal. */
  #compare(before: TableContent, fresh: TableContent): Uint32Array<ArrayBuffer> {
    const columnCount = this.#shape.columns.length;
    const changed = new Uint32Array(fresh.rowCount);
    for (let row = 0; row < fresh.rowCount; row++) {
      let bits = 0;
      for (let column = 0; column < columnCount; column++) {
        const at = row * columnCount + column;
        const old = before.texts[at] as string;
        if (old !== fresh.texts[at] || !Object.is(before.nums[at], fresh.nums[at])) bits |= 1 << column;
        else fresh.texts[at] = old;
      }
      changed[row] = bits;
    }
    return changed;
  }

  #result(content: TableContent, layoutChanged: boolean): TableRead {
    const problems = [...content.structureProblems, ...content.cellProblems.values()];
    return { rowCount: content.rowCount, layoutChanged, changed: this.#changed, missing: content.missing, problems };
  }
}

function newDump(length: number): Dump {
  // half as much again: dumps grow by a few bytes from one second to the next
  const bytes = new Uint8Array(Math.ceil(length * 1.5) + 64);
  return { bytes, view: new DataView(bytes.buffer), length: 0 };
}

function isEqual(left: DataView, i: number, right: DataView, j: number, length: number): boolean {
  let at = 0;
  for (; at + 4 <= length; at += 4) if (left.getInt32(i + at, true) !== right.getInt32(j + at, true)) return false;
  for (; at < length; at++) if (left.getUint8(i + at) !== right.getUint8(j + at)) return false;
  return true;
}

function isEqualCell(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): boolean {
  if (aEnd - aStart !== bEnd - bStart) return false;
  for (let at = aStart, other = bStart; at < aEnd; at++, other++) if (a[at] !== b[other]) return false;
  return true;
}

function sameRows(before: TableContent, fresh: TableContent): boolean {
  if (before.rowCount !== fresh.rowCount) return false;
  for (let row = 0; row < fresh.rowCount; row++) if (before.keys[row] !== fresh.keys[row]) return false;
  return true;
}

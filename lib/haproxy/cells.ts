// Bytes of single cells to values, for delta-table.ts.
import { UnreadableReply } from "./unreadable.ts";

const LF = 10;
const QUOTE = 34;
const MINUS = 45;
const DIGIT_0 = 48;
/** more digits than this may not add up exactly in a double, so they take the slow way */
const EXACT_DIGITS = 15;
/** short ASCII is cheaper by hand than a call of TextDecoder */
const SHORT_BYTES = 24;

// a byte order mark is content here, and stray bytes become U+FFFD rather than an error: check texts come from servers
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Whole numbers only. NaN when the cell is blank, undefined when it holds something else. */
export function parseNumber(bytes: Uint8Array, start: number, end: number): number | undefined {
  if (start === end) return Number.NaN;
  const isNegative = bytes[start] === MINUS;
  const first = isNegative ? start + 1 : start;
  if (first === end) return undefined;
  let value = 0;
  for (let at = first; at < end; at++) {
    const digit = (bytes[at] ?? 0) - DIGIT_0;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  if (end - first > EXACT_DIGITS) value = Number(decodeBytes(bytes, first, end));
  return isNegative && value !== 0 ? -value : value;
}

/** Text of the cell at [start, end), its quotes removed and inner ones undoubled when it is quoted. */
export function decodeCell(bytes: Uint8Array, start: number, end: number): string {
  if (bytes[start] !== QUOTE || end - start < 2) return decodeBytes(bytes, start, end);
  const inner = decodeBytes(bytes, start + 1, end - 1);
  return inner.includes('"') ? inner.replaceAll('""', '"') : inner;
}

export function decodeBytes(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > SHORT_BYTES) return decoder.decode(bytes.subarray(start, end));
  let text = "";
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte > 127) return decoder.decode(bytes.subarray(start, end));
    text += String.fromCharCode(byte);
  }
  return text;
}

/** End of the quoted cell that starts at `start`: one past its closing quote. -1 when it is not closed properly before `end`. */
export function quotedEnd(bytes: Uint8Array, start: number, end: number, separator: number): number {
  for (let at = start + 1; at < end; at++) {
    if (bytes[at] !== QUOTE) continue;
    const next = bytes[at + 1];
    if (next === QUOTE) at += 1;
    else return next === separator || next === LF ? at + 1 : -1;
  }
  return -1;
}

export function badQuote(bytes: Uint8Array, at: number, end: number): UnreadableReply {
  const excerpt = JSON.stringify(decodeBytes(bytes, at, Math.min(end, at + 40)));
  return new UnreadableReply(`HAProxy's table has quotes that do not match at byte ${at}: ${excerpt}`);
}

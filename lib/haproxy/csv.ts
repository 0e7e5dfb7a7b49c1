// RFC 4180 as HAProxy writes it: a cell is quoted when it contains a comma, a quote, CR or LF, and an inner quote is
// doubled. 2.2 and 2.6 leave line ends, even blank lines, inside quoted cells, so the whole body is parsed, never lines.
// This is the plain reference; the poller uses delta-table.ts, which is tested against it.
import { UnreadableReply } from "./unreadable.ts";

/** All records. A blank line is a record with one empty cell. Throws UnreadableReply when quotes do not match. */
export function parseCsv(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let at = 0;
  while (at < text.length) {
    const cell = text[at] === '"' ? quotedCell(text, at) : plainCell(text, at);
    record.push(cell.text);
    at = cell.end;
    if (text[at] === ",") {
      at += 1;
      // "a," at the very end of the text still has an empty second cell
      if (at < text.length) continue;
      record.push("");
    }
    records.push(record);
    record = [];
    at += 1;
  }
  return records;
}

function plainCell(text: string, start: number): { text: string; end: number } {
  let end = start;
  while (end < text.length && text[end] !== "," && text[end] !== "\n") {
    if (text[end] === '"') throw badQuote(text, end, "a quote inside a cell that is not quoted");
    end += 1;
  }
  return { text: text.slice(start, end), end };
}

function quotedCell(text: string, start: number): { text: string; end: number } {
  let cell = "";
  let from = start + 1;
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote < 0) throw badQuote(text, start, "a quoted cell that never ends");
    cell += text.slice(from, quote);
    const next = text[quote + 1];
    if (next === '"') {
      cell += '"';
      from = quote + 2;
      continue;
    }
    if (next === "," || next === "\n" || next === undefined) return { text: cell, end: quote + 1 };
    throw badQuote(text, quote, "text after a closing quote");
  }
}

function badQuote(text: string, at: number, what: string): UnreadableReply {
  return new UnreadableReply(
    `HAProxy's CSV has ${what} at character ${at}: ${JSON.stringify(text.slice(at, at + 40))}`,
  );
}

// `show stat` in CSV (management manual 9.1 and 9.3), by header name: columns come and go with versions and modules.
import { parseCsv } from "./csv.ts";
import { quoted, UnreadableReply } from "./unreadable.ts";

/** Cells by header name. An unknown column is simply there; a missing one is undefined. */
export type StatRow = ReadonlyMap<string, string>;

export interface ShowStat {
  readonly header: readonly string[];
  readonly rows: readonly StatRow[];
  /** one sentence for each row or column that was not understood and left out */
  readonly problems: readonly string[];
}

/** Row kinds, column `type`. A server may be named BACKEND or FRONTEND, so the name never tells. */
export const RowType = { frontend: "0", backend: "1", server: "2", listener: "3" } as const;

/** The whole reply of one `show stat`, its closing blank line included. Throws UnreadableReply; never returns half a table. */
export function parseShowStat(text: string): ShowStat {
  if (!text.startsWith("# pxname,svname,")) {
    throw new UnreadableReply(`"show stat" should answer with "# pxname,svname,…" but begins ${quoted(text)}`);
  }
  if (!text.endsWith("\n\n"))
    throw new UnreadableReply('"show stat" does not end with a blank line: the reply was cut');
  const [first = [], ...records] = parseCsv(text.slice(2, -1));
  const problems: string[] = [];
  const rows: StatRow[] = [];
  first.forEach((name, index) => {
    if (first.indexOf(name) !== index) problems.push(`column "${name}" stands twice in the header; the first is read`);
  });
  for (const [index, cells] of records.entries()) {
    const problem = rowProblem(first, cells, index + 1);
    if (problem === null) rows.push(toRow(first, cells));
    else problems.push(problem);
  }
  return { header: first, rows, problems };
}

function rowProblem(header: readonly string[], cells: readonly string[], number: number): string | null {
  if (cells.length === 1 && cells[0] === "") {
    throw new UnreadableReply(`"show stat" goes on after a blank line (row ${number}): two replies are mixed`);
  }
  if (cells.length !== header.length) {
    return `row ${number} (${cells.slice(0, 2).join("/")}) has ${cells.length} cells, the header ${header.length}: left out`;
  }
  for (const name of ["svname", "type"]) {
    // 2.3.0 to 2.3.2 print such rows (haproxy issue 992)
    if (cells[header.indexOf(name)] === "") return `row ${number} (${cells[0]}) has an empty ${name}: left out`;
  }
  return null;
}

function toRow(header: readonly string[], cells: readonly string[]): StatRow {
  const row = new Map<string, string>();
  header.forEach((name, index) => {
    if (!row.has(name)) row.set(name, cells[index] ?? "");
  });
  return row;
}

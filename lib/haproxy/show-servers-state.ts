// `show servers state` (management manual 9.3): a line with the format version, a header, a line for each server, a blank
// line. Separated by single spaces, nothing quoted: names and host names cannot contain one.
import { quoted, UnreadableReply } from "./unreadable.ts";

export type ServerStateRow = ReadonlyMap<string, string>;

export interface ShowServersState {
  readonly header: readonly string[];
  readonly rows: readonly ServerStateRow[];
  readonly problems: readonly string[];
}

/** The only format version there is (2.2 to 3.5-dev). */
export const SERVERS_STATE_VERSION = "1";

/** The whole reply, its closing blank line included. Throws UnreadableReply. */
export function parseShowServersState(text: string): ShowServersState {
  const lines = text.split("\n");
  const version = lines[0] ?? "";
  const headerLine = lines[1] ?? "";
  if (!/^\d+$/.test(version) || !headerLine.startsWith("# be_id ")) {
    throw new UnreadableReply(`"show servers state" should answer with "1" and "# be_id …" but begins ${quoted(text)}`);
  }
  if (version !== SERVERS_STATE_VERSION) throw new UnreadableReply(unknownVersion(version));
  if (!text.endsWith("\n\n")) {
    throw new UnreadableReply('"show servers state" does not end with a blank line: the reply was cut');
  }
  const header = headerLine.slice(2).split(" ");
  const problems: string[] = [];
  const rows: ServerStateRow[] = [];
  for (const [index, line] of lines.slice(2, -2).entries()) {
    if (line === "")
      throw new UnreadableReply('"show servers state" goes on after a blank line: two replies are mixed');
    const cells = line.split(" ");
    if (cells.length === header.length) rows.push(new Map(header.map((name, at) => [name, cells[at] ?? ""])));
    else problems.push(`server line ${index + 1} has ${cells.length} cells, the header ${header.length}: left out`);
  }
  return { header, rows, problems };
}

export function unknownVersion(version: string): string {
  return `"show servers state" has format version ${version}; only version ${SERVERS_STATE_VERSION} is understood`;
}

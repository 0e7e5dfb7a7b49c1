// `show table` without a name (management manual 9.3): one line for each stick table, contents left out. A table is named
// after the proxy that declares it, so one with a backend's name usually keeps users on that backend's servers; a table of
// its own (a backend without servers) may serve any of them.
import { quoted, UnreadableReply } from "./unreadable.ts";

const LINE = /^# table: (\S+), type: /;
const HEAD = /^# table: (\S+), type: ([^,]+), size:(\d+), used:(\d+)/;
const LEVEL_TOO_LOW = "the socket's level is too low to read stick tables; it needs operator";

export interface TableHead {
  name: string;
  /** of its key: ip, string, ... */
  type: string;
  size: number;
  used: number;
}

/** Names of the stick tables. Throws UnreadableReply for anything that is not such a list. */
export function parseTableNames(text: string): ReadonlySet<string> {
  return new Set(parseTableHeads(text).map(({ name }) => name));
}

/** What each table is. Throws UnreadableReply for anything that is not such a list. */
export function parseTableHeads(text: string): TableHead[] {
  const heads: TableHead[] = [];
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("# contents not dumped")) continue;
    const [, name, type, size, used] = HEAD.exec(line) ?? [];
    if (name === undefined) throw new UnreadableReply(`"show table" should list "# table: NAME" lines`);
    heads.push({ name, type: type ?? "", size: Number(size), used: Number(used) });
  }
  return heads;
}

/**
 * Of `show table NAME data.server_id ...`: the longest time an entry has left, in whole seconds; null: no entry. `keeps`
 * is false when the table has no servers in it at all (it only counts). Throws UnreadableReply.
 */
export function parseLongestLeft(text: string): { keepsServers: boolean; longestLeftSec: number | null } {
  let longestMs = -1;
  let keepsServers = true;
  for (const line of text.split("\n")) {
    if (line === "" || LINE.test(line)) continue;
    if (line.startsWith("# contents not dumped")) throw new UnreadableReply(LEVEL_TOO_LOW);
    const left = /^0x[0-9a-f]+: key=.*? exp=(\d+)/.exec(line)?.[1];
    if (left !== undefined) longestMs = Math.max(longestMs, Number(left));
    else if (NOT_KEPT.test(line)) keepsServers = false;
    else throw new UnreadableReply(`"show table" has a line that is not understood: ${quoted(line)}`);
  }
  return { keepsServers, longestLeftSec: longestMs < 0 ? null : Math.ceil(longestMs / 1_000) };
}

/**
 * How many entries `show table NAME data.server_id eq N` lists, the replies of several tables behind each other.
 * A table that keeps no server (its counters only) is refused by HAProxy with a sentence and has none. Throws UnreadableReply.
 */
export function parseEntryCounts(text: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  let table: string | null = null;
  for (const line of text.split("\n")) {
    if (line === "") continue;
    if (line.startsWith("# contents not dumped")) throw new UnreadableReply(LEVEL_TOO_LOW);
    const name = LINE.exec(line)?.[1];
    if (name !== undefined) {
      table = name;
      counts.set(name, 0);
    } else if (/^0x[0-9a-f]+: key=/.test(line) && table !== null) {
      counts.set(table, (counts.get(table) ?? 0) + 1);
    } else if (!NOT_KEPT.test(line)) {
      throw new UnreadableReply(`"show table" has a line that is not understood: ${quoted(line)}`);
    }
  }
  return counts;
}

/** What 2.2 to 3.2 say of a table without that column, and of one that a reload took. */
const NOT_KEPT = /^(?:(?:Filter entry #\d+: )?Data type not stored in this table|No such table)/;

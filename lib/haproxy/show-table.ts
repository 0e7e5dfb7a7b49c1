// `show table` without a name (management manual 9.3): one line for each stick table, contents left out. A table is named
// after the proxy that declares it, so one with a backend's name usually keeps users on that backend's servers; a table of
// its own (a backend without servers) may serve any of them.
import { quoted, UnreadableReply } from "./unreadable.ts";

const LINE = /^# table: (\S+), type: /;

/** Names of the stick tables. Throws UnreadableReply for anything that is not such a list. */
export function parseTableNames(text: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("# contents not dumped")) continue;
    const name = LINE.exec(line)?.[1];
    if (name === undefined) throw new UnreadableReply(`"show table" should list "# table: NAME" lines`);
    names.add(name);
  }
  return names;
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
    if (line.startsWith("# contents not dumped"))
      throw new UnreadableReply("the socket's level is too low to read stick tables; it needs operator");
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

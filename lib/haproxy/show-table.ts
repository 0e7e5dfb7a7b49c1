// `show table` without a name (management manual 9.3): one line for each stick table, contents left out. A table is named
// after the proxy that declares it, so one with a backend's name usually keeps users on that backend's servers; a table of
// its own (a backend without servers) may serve any of them.
import { UnreadableReply } from "./unreadable.ts";

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

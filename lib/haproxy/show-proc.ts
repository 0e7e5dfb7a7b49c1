// `show proc` of the master CLI (management manual 9.4): the processes, in sections. 2.2 has one more column
// (`<relative PID>`, "[was: 1]" for old workers) and 2.6 adds "[failed: n]" to the reloads, so a line is read by its first
// two words and by the uptime, whose form is the same everywhere.
import { quoted, UnreadableReply } from "./unreadable.ts";

export interface Proc {
  readonly pid: number;
  readonly reloads: number;
  readonly uptimeSec: number;
  readonly version: string;
}

export interface ShowProc {
  readonly master: Proc;
  readonly workers: readonly Proc[];
  /** left over from before a reload; each lives until its last session ends */
  readonly oldWorkers: readonly Proc[];
}

const LINE = /^(\d+)\s+(\S+)\s+(.*?)\s+(\d+)d(\d+)h(\d+)m(\d+)s(?:\s+(\S+))?\s*$/;

/** The whole reply, its closing blank line included. Programs of the master are no load balancers and are left out. */
export function parseShowProc(text: string): ShowProc {
  if (!text.startsWith("#<PID>")) {
    throw new UnreadableReply(
      `"show proc" should answer with "#<PID>" but begins ${quoted(text)}; is this the master CLI?`,
    );
  }
  if (!text.endsWith("\n\n"))
    throw new UnreadableReply('"show proc" does not end with a blank line: the reply was cut');
  let master: Proc | undefined;
  const workers: Proc[] = [];
  const oldWorkers: Proc[] = [];
  let section = "";
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#<PID>")) continue;
    if (line.startsWith("# ")) {
      section = line.slice(2).trim();
      continue;
    }
    if (section === "programs" || section === "old programs") continue;
    const { type, proc } = parseLine(line);
    if (type === "master") master = proc;
    else if (type === "worker") (section === "old workers" ? oldWorkers : workers).push(proc);
    else throw new UnreadableReply(`"show proc" names a process of type ${quoted(type)} in section "${section}"`);
  }
  if (master === undefined) throw new UnreadableReply('"show proc" names no master process');
  return { master, workers, oldWorkers };
}

function parseLine(line: string): { type: string; proc: Proc } {
  const match = LINE.exec(line);
  if (match === null) throw new UnreadableReply(`"show proc" has a line that is not understood: ${quoted(line)}`);
  const [, pid, type = "", middle = "", days, hours, minutes, seconds, version = ""] = match;
  const reloads = middle
    .replace(/\[.*?\]/g, "")
    .trim()
    .split(/\s+/)
    .at(-1);
  const uptimeSec = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
  return { type, proc: { pid: Number(pid), reloads: Number(reloads), uptimeSec, version } };
}

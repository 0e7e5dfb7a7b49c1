// `show info` (management manual 9.3): `Key: value` lines. The set of keys differs in every version (2.6 even misspells
// one), so everything is by name and whatever is not needed stays in `fields`.
import { quoted, UnreadableReply } from "./unreadable.ts";

export interface ShowInfo {
  readonly version: string;
  readonly pid: number;
  readonly uptimeSec: number;
  /** epoch seconds on HAProxy's clock; from 2.4 */
  readonly startTimeSec: number | undefined;
  /** an old worker after a reload, or a process told to stop: its numbers are not the load balancer's */
  readonly isStopping: boolean;
  /** above 1 (2.4 and older) each process has its own servers' states */
  readonly nbproc: number;
  readonly processNum: number;
  readonly currConns: number | undefined;
  readonly maxconn: number | undefined;
  readonly node: string | undefined;
  readonly fields: ReadonlyMap<string, string>;
}

/** Throws UnreadableReply when a line is not `Key: value`, or version, pid, uptime or the stopping flag is missing. */
export function parseShowInfo(text: string): ShowInfo {
  const fields = new Map<string, string>();
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const colon = line.indexOf(":");
    if (colon <= 0)
      throw new UnreadableReply(`"show info" should answer with "Key: value" lines but has ${quoted(line)}`);
    // a description may be anything; the first of a name is HAProxy's own
    const key = line.slice(0, colon);
    if (!fields.has(key)) fields.set(key, line.slice(colon + 1).trim());
  }
  const version = fields.get("Version");
  if (version === undefined || version === "") throw missing("Version");
  return {
    version,
    pid: needed(fields, "Pid"),
    uptimeSec: needed(fields, "Uptime_sec"),
    startTimeSec: whole(fields, "Start_time_sec"),
    isStopping: needed(fields, "Stopping") !== 0,
    nbproc: whole(fields, "Nbproc") ?? 1,
    processNum: whole(fields, "Process_num") ?? 1,
    currConns: whole(fields, "CurrConns"),
    maxconn: whole(fields, "Maxconn"),
    node: fields.get("node"),
    fields,
  };
}

function needed(fields: ReadonlyMap<string, string>, name: string): number {
  const value = whole(fields, name);
  if (value === undefined) throw missing(name);
  return value;
}

function whole(fields: ReadonlyMap<string, string>, name: string): number | undefined {
  const text = fields.get(name);
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw new UnreadableReply(`"show info" has ${name} ${quoted(text)}, not a whole number`);
  return Number(text);
}

function missing(name: string): UnreadableReply {
  return new UnreadableReply(`"show info" has no ${name}: this is not a HAProxy the app understands`);
}

// `show sess` (management manual 9.3): one line for each stream, which is a request in progress or a tunnel; idle
// keep-alive connections have none. Only the words up to `age` are stable over versions, so little more is read: whether
// analysers are left on both channels (`rq[...,an=00h,...] rp[...,an=00h,...]`, 2.2 to 3.2 alike). Where none is left
// HAProxy only copies bytes: a WebSocket, a CONNECT tunnel, a TCP session. A request in progress always has one.
import { quoted, UnreadableReply } from "./unreadable.ts";

export interface Session {
  /** a memory address, used again for others: never act on one that is older than a second */
  readonly id: string;
  readonly protocol: string;
  /** client address; `unix:1` for a local one */
  readonly client: string;
  readonly frontend: string;
  readonly backend: string;
  readonly server: string;
  /** of the stream, not of the client's connection; null: HAProxy does not know */
  readonly ageSec: number | null;
  /** only copies bytes and does not end by itself: a tunnel, or a session in TCP mode */
  readonly isTunnel: boolean;
}

const LINE = /^(0x[0-9a-f]+): (.+)$/;
const CHANNEL = /\b(rq|rp)\[[^\]]*?\ban=([0-9a-f]+)h/g;

/** Every stream with a server, the whole reply given. Throws UnreadableReply: a list that was cut is no list. */
export function parseShowSess(text: string): Session[] {
  if (!text.endsWith("\n\n") && text !== "\n")
    throw new UnreadableReply('"show sess" does not end with a blank line: the reply was cut');
  const sessions: Session[] = [];
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const match = LINE.exec(line);
    if (match === null) throw new UnreadableReply(`"show sess" has a line that is not understood: ${quoted(line)}`);
    const rest = match[2] ?? "";
    // HAProxy's own streams (to its peers, DNS, Lua) have no client, and their lines no names: nobody's session.
    if (rest.startsWith("proto=? ") && !rest.includes(" srv=")) continue;
    const session = read(match[1] ?? "", rest);
    // The command line's own stream has no server, and one that waits has none yet.
    if (session.server !== "<none>") sessions.push(session);
  }
  return sessions;
}

function read(id: string, rest: string): Session {
  const words = new Map<string, string>();
  for (const word of rest.split(" ")) {
    const equals = word.indexOf("=");
    if (equals > 0 && !words.has(word.slice(0, equals))) words.set(word.slice(0, equals), word.slice(equals + 1));
  }
  const need = (key: string) => {
    const value = words.get(key);
    if (value === undefined) throw new UnreadableReply(`"show sess" has a line without ${key}: ${quoted(rest)}`);
    return value;
  };
  const analysers = [...rest.matchAll(CHANNEL)].map((match) => Number.parseInt(match[2] ?? "", 16));
  return {
    id,
    protocol: need("proto"),
    client: need("src"),
    frontend: need("fe"),
    backend: need("be"),
    server: need("srv"),
    ageSec: ageSec(need("age")),
    isTunnel: analysers.length === 2 && analysers.every((bits) => bits === 0),
  };
}

const UNIT_SEC: Record<string, number> = { d: 86_400, h: 3_600, m: 60, s: 1 };

/** `3s`, `59m57s`, `1d3h`; HAProxy prints the two largest units, and `?` when its clock went back. */
function ageSec(text: string): number | null {
  if (!/^(?:\d+[dhms])+$/.test(text)) return null;
  let sec = 0;
  for (const [, amount, unit = "s"] of text.matchAll(/(\d+)([dhms])/g)) sec += Number(amount) * (UNIT_SEC[unit] ?? 0);
  return sec;
}

// `show sess` (management manual 9.3): one line for each stream, which is a request in progress or a tunnel; idle
// keep-alive connections have none. Only the words up to `age` are stable over versions, so little more is read: whether
// analysers are left on both channels (`rq[...,an=00h,...] rp[...,an=00h,...]`, 2.2 to 3.2 alike). Where none is left
// HAProxy only copies bytes: a WebSocket, a CONNECT tunnel, a TCP session. A request in progress always has one.
//
// The time that is left stands on the channels up to 2.6 (`rx=59m57s,wx=...`) and on the ends from 2.8 (`rex=`, `wex=`); the
// word `exp` may be less, for it is when HAProxy looks again. With `show-uri` (3.2) a line may end with ` uri="GET /a HTTP/1.1"`.
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
  /** until a timeout ends it when no byte moves any more; null: none runs */
  readonly expiresInSec: number | null;
  /** of the request, without its query (which may hold secrets); null: not told */
  readonly path: string | null;
}

const LINE = /^(0x[0-9a-f]+): (.+)$/;
const URI = / uri="(.*)"$/;
/** When nothing moves on it: of channels and ends, not of connecting (`ax`) or of a body that is complete (empty). */
const EXPIRY = /[[,](?:rx|wx|rex|wex)=((?:\d+[dhms])+)/g;
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

function read(id: string, line: string): Session {
  // What a client wrote is cut off first: it could look like anything.
  const uri = URI.exec(line);
  const rest = uri === null ? line : line.slice(0, uri.index);
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
    ageSec: spanSec(need("age")),
    isTunnel: analysers.length === 2 && analysers.every((bits) => bits === 0),
    expiresInSec: expiresInSec(rest),
    path: uri === null ? null : pathOf(uri[1] ?? ""),
  };
}

const UNIT_SEC: Record<string, number> = { d: 86_400, h: 3_600, m: 60, s: 1 };

/** `3s`, `59m57s`, `1d3h`; HAProxy prints the two largest units, and `?` when its clock went back. */
function spanSec(text: string): number | null {
  if (!/^(?:\d+[dhms])+$/.test(text)) return null;
  let sec = 0;
  for (const [, amount, unit = "s"] of text.matchAll(/(\d+)([dhms])/g)) sec += Number(amount) * (UNIT_SEC[unit] ?? 0);
  return sec;
}

function expiresInSec(rest: string): number | null {
  const left = [...rest.matchAll(EXPIRY)].map((match) => spanSec(match[1] ?? "") ?? Number.POSITIVE_INFINITY);
  const least = Math.min(...left);
  return Number.isFinite(least) ? least : null;
}

/** `GET /a/b?c=d HTTP/1.1` */
function pathOf(request: string): string | null {
  const target = request.split(" ")[1];
  if (target === undefined || target === "") return null;
  return (target.split(/[?#]/)[0] ?? "").replace(/[^\x21-\x7e]/g, "");
}

// Framing. A reply ends when HAProxy closes, and a connection that broke closes too: so a reply is whole only if its text
// proves it. The reply of OBSERVE_LINE is three blocks, each closed by a blank line:
//
//   Name: HAProxy ... Key: value ...        show info
//   # pxname,svname,...  rows               show stat (a quoted cell may hold anything, blank lines and anchors too)
//   1 / # be_id ...  rows                   show servers state
//
// The last anchor is searched from the end, where nothing is free text. It is the true one exactly if the quotes before
// it pair up: otherwise it stands inside a cell of a reply that was cut in `show stat`.
import { SERVERS_STATE_VERSION, unknownVersion } from "./show-servers-state.ts";
import { quoted } from "./unreadable.ts";

/** Bytes [start, end) of the reply. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export const replyFailures = ["cut", "not-haproxy", "permission", "unreadable"] as const;
export type ReplyFailure = (typeof replyFailures)[number];

export type ObserveReply =
  | {
      readonly ok: true;
      /** `Key: value` lines */
      readonly info: Span;
      /** from `# pxname,` on; every line ends with LF, the closing blank line is not included */
      readonly stat: Span;
      /** from `# be_id ` on (the version line is checked and left out); closing blank line not included */
      readonly servers: Span;
    }
  | { readonly ok: false; readonly code: ReplyFailure; readonly message: string };

const LF = 10;
const QUOTE = 34;
const HASH = 35;
const INFO_START = ascii("Name: ");
const INFO_KEYS = ["Version", "Pid", "Uptime_sec"].map((key) => ascii(`\n${key}: `));
const STAT_START = ascii("# pxname,svname,");
const SERVERS_START = ascii("# be_id ");

/** Where the three blocks of a reply to OBSERVE_LINE are. Fails unless the reply is whole. Pass a Buffer: its indexOf is native. */
export function splitObserve(bytes: Uint8Array): ObserveReply {
  const foreign = notInfo(bytes);
  if (foreign !== null) return foreign;

  const infoEnd = endOfInfo(bytes);
  if (infoEnd === null) return cut("inside show info", bytes);
  const info = { start: 0, end: infoEnd };
  const absent = INFO_KEYS.findIndex((key) => find(bytes, key, 0, infoEnd) < 0);
  if (absent >= 0)
    return fail("unreadable", "show info has no Version, Pid or Uptime_sec; is this HAProxy 2.2 or later?");

  const statStart = infoEnd + 1;
  if (!standsAt(bytes, STAT_START, statStart)) {
    if (isPrefix(bytes, STAT_START, statStart)) return cut("after show info", bytes);
    return fail("unreadable", `after show info comes ${words(bytes, statStart)}, not the header of show stat`);
  }
  if (!endsWithBlankLine(bytes)) return cut("at the end", bytes);

  const anchor = bytes.lastIndexOf(HASH);
  if (anchor <= statStart || !standsAt(bytes, SERVERS_START, anchor)) return cut("inside show stat", bytes);
  const versionStart = bytes.lastIndexOf(LF, anchor - 2) + 1;
  const version = text(bytes, versionStart, anchor - 1);
  const statEnd = versionStart - 1;
  if (bytes[anchor - 1] !== LF || !/^\d{1,9}$/.test(version) || bytes[statEnd] !== LF || bytes[statEnd - 1] !== LF) {
    return cut("inside show stat", bytes);
  }
  if (headersOutsideQuotes(bytes, statStart, versionStart) !== 1) return misplaced(bytes, statStart, versionStart);
  if (version !== SERVERS_STATE_VERSION) return fail("unreadable", unknownVersion(version));
  return {
    ok: true,
    info,
    stat: { start: statStart, end: statEnd },
    servers: { start: anchor, end: bytes.length - 1 },
  };
}

export type StateReply =
  | { readonly ok: true }
  /** `cut`: nothing came back, so nobody knows whether it was done. `refused`: HAProxy's own words. */
  | { readonly ok: false; readonly code: "cut" | "refused"; readonly message: string };

/** The answer to `set server … state`: exactly one line end is success, no byte at all is not. */
export function stateReply(reply: string): StateReply {
  if (reply === "\n") return { ok: true };
  if (reply === "") return { ok: false, code: "cut", message: "the connection closed without an answer" };
  const said = reply.trim();
  return { ok: false, code: "refused", message: said === "" ? "an empty answer that is not HAProxy's success" : said };
}

/** Null when the reply begins as `show info` does. */
function notInfo(bytes: Uint8Array): ObserveReply | null {
  if (standsAt(bytes, INFO_START, 0)) return null;
  if (isPrefix(bytes, INFO_START, 0)) return cut("before show info", bytes);
  const said = text(bytes, 0, Math.min(bytes.length, 400));
  if (said.startsWith("Permission denied")) {
    return fail(
      "permission",
      'HAProxy answered "Permission denied" to show info; give the socket "level operator" or "level admin"',
    );
  }
  if (said.startsWith("Unknown command")) {
    return fail(
      "not-haproxy",
      "the other end does not know show info; is this the master CLI socket? A stats socket is needed",
    );
  }
  return fail("not-haproxy", `the answer begins ${quoted(said)}, not as HAProxy's show info; is this a stats socket?`);
}

/** Position of the blank line that closes show info, or null. Show info is about a kilobyte. */
function endOfInfo(bytes: Uint8Array): number | null {
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === LF) return at + 1;
  }
  return null;
}

/** Header lines outside quoted cells, or -1 when a quoted cell is still open at `end`. Hashes and quotes are rare. */
function headersOutsideQuotes(bytes: Uint8Array, start: number, end: number): number {
  let headers = 0;
  let isInside = false;
  let hash = start;
  for (let quote = bytes.indexOf(QUOTE, start); ; quote = bytes.indexOf(QUOTE, quote + 1)) {
    const stop = quote < 0 || quote > end ? end : quote;
    while (hash >= 0 && hash < stop) {
      if (!isInside && bytes[hash - 1] === LF) headers += 1;
      hash = bytes.indexOf(HASH, hash + 1);
    }
    if (stop === end) return isInside ? -1 : headers;
    isInside = !isInside;
  }
}

function misplaced(bytes: Uint8Array, start: number, end: number): ObserveReply {
  if (headersOutsideQuotes(bytes, start, end) < 0) return cut("inside show stat", bytes);
  return fail("unreadable", "the answer has more than one header of show stat: two replies are mixed");
}

function endsWithBlankLine(bytes: Uint8Array): boolean {
  return bytes[bytes.length - 1] === LF && bytes[bytes.length - 2] === LF;
}

function cut(where: string, bytes: Uint8Array): ObserveReply {
  return fail("cut", `the answer ended early, ${where}, after ${bytes.length} bytes`);
}

function fail(code: ReplyFailure, message: string): ObserveReply {
  return { ok: false, code, message };
}

function ascii(literal: string): Uint8Array {
  return new TextEncoder().encode(literal);
}

function text(bytes: Uint8Array, start: number, end: number): string {
  return new TextDecoder().decode(bytes.subarray(start, end));
}

function words(bytes: Uint8Array, start: number): string {
  return quoted(text(bytes, start, Math.min(bytes.length, start + 200)));
}

function standsAt(bytes: Uint8Array, needle: Uint8Array, at: number): boolean {
  return at >= 0 && at + needle.length <= bytes.length && needle.every((byte, index) => bytes[at + index] === byte);
}

/** Whether the reply ends at or before `needle` would be complete, and agrees with it so far. */
function isPrefix(bytes: Uint8Array, needle: Uint8Array, at: number): boolean {
  return bytes.length - at < needle.length && bytes.subarray(at).every((byte, index) => needle[index] === byte);
}

function find(bytes: Uint8Array, needle: Uint8Array, start: number, end: number): number {
  const first = needle[0] ?? LF;
  for (let at = bytes.indexOf(first, start); at >= 0 && at < end; at = bytes.indexOf(first, at + 1)) {
    if (standsAt(bytes, needle, at)) return at;
  }
  return -1;
}

// What a proxy says of the request it passes on: X-Forwarded-For, -Proto and -Host, or RFC 7239's Forwarded. Only read,
// never judged: whether the one who says it is believed, way-in.ts decides.
import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import { plainAddress } from "./networks.ts";

/** Which of the two a proxy writes. Never both: what it does not write itself, it passes on from whoever asked. */
export const forwardedHeaders = ["x-forwarded", "forwarded"] as const;
export type ForwardedHeaders = (typeof forwardedHeaders)[number];

export interface Forwarded {
  /** the first hop first, the nearest last; null: something that is no address stands there */
  hops: readonly (string | null)[];
  /** as the nearest proxy says; null: it does not, or not as something a browser could use */
  proto: "http" | "https" | null;
  host: string | null;
}

export function readForwarded(headers: IncomingHttpHeaders, kind: ForwardedHeaders): Forwarded {
  if (kind === "forwarded") return readRfc7239(textOf(headers.forwarded));
  return {
    hops: listOf(textOf(headers["x-forwarded-for"])).map(addressOf),
    proto: protoOf(listOf(textOf(headers["x-forwarded-proto"])).at(-1)),
    host: hostOf(listOf(textOf(headers["x-forwarded-host"])).at(-1)),
  };
}

function readRfc7239(text: string): Forwarded {
  const hops = splitOutsideQuotes(text, ",").map(pairsOf);
  const nearest = hops.at(-1);
  return {
    hops: hops.map((pairs) => addressOf(pairs.get("for") ?? "")),
    proto: protoOf(nearest?.get("proto")),
    host: hostOf(nearest?.get("host")),
  };
}

function pairsOf(element: string): Map<string, string> {
  const pairs = new Map<string, string>();
  for (const pair of splitOutsideQuotes(element, ";")) {
    const equals = pair.indexOf("=");
    const value = pair.slice(equals + 1).trim();
    const plain = /^"(.*)"$/.exec(value)?.[1]?.replace(/\\(.)/g, "$1") ?? value;
    if (equals > 0) pairs.set(pair.slice(0, equals).trim().toLowerCase(), plain);
  }
  return pairs;
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = [];
  let part = "";
  let isQuoted = false;
  for (let index = 0; index < text.length; index++) {
    const char = text[index] ?? "";
    if (isQuoted && char === "\\") {
      part += char + (text[++index] ?? "");
      continue;
    }
    if (char === '"') isQuoted = !isQuoted;
    if (char === separator && !isQuoted) {
      parts.push(part.trim());
      part = "";
    } else {
      part += char;
    }
  }
  return [...parts, part.trim()].filter((one) => one !== "");
}

/** `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]:4711`. */
function addressOf(text: string): string | null {
  const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  return isIP(bare) === 0 ? null : plainAddress(bare.toLowerCase());
}

function protoOf(text: string | undefined): "http" | "https" | null {
  const proto = text?.toLowerCase();
  return proto === "http" || proto === "https" ? proto : null;
}

function hostOf(text: string | undefined): string | null {
  return text !== undefined && /^(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/.test(text) ? text : null;
}

function listOf(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function textOf(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(",") : (value ?? "");
}

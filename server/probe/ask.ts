// One request of a probe, on a connection of its own, as a browser would send it. Nothing is followed, a little of the body
// is read, and it is over in a few seconds.
import { type IncomingHttpHeaders, type IncomingMessage, request as plain, type RequestOptions } from "node:http";
import { request as overTls } from "node:https";
import { isIP } from "node:net";
import type { Asked } from "#lib/maintenance/probe.ts";
import type { ProbeSetting } from "#lib/wire/persistence.ts";
import { guardedLookup, isRefusedAddress, RefusedAddress, splitAddress } from "./target.ts";

/** Longer than any page should take, short enough for a person who waits. */
export const REQUEST_MS = 5_000;
/** Read so that HAProxy does not log a client that went away; the page itself is not needed. */
const BODY_BYTES = 64 * 1024;
const HEADER_VALUE_CHARS = 100;
const USER_AGENT = "Mozilla/5.0 (compatible; Drainboard persistence probe)";

export type Answer = Pick<Asked, "reply" | "error" | "durationMs">;

export interface AskOptions {
  setting: ProbeSetting;
  /** `NAME=value` pairs */
  cookies: readonly string[];
  signal: AbortSignal;
  timeoutMs?: number;
  nowMs: () => number;
}

/** Never throws: what went wrong is part of the answer. */
export async function askOnce(options: AskOptions): Promise<Answer> {
  const beganMs = options.nowMs();
  const done = (rest: Omit<Answer, "durationMs">): Answer => ({
    ...rest,
    durationMs: Math.max(0, Math.round(options.nowMs() - beganMs)),
  });
  try {
    const { status, headers } = await exchange(options);
    return done({ error: null, reply: replyOf(status, headers, options.setting.header) });
  } catch (error) {
    return done({ error: sentenceOf(error, options.setting), reply: null });
  }
}

function exchange({ setting, cookies, signal, timeoutMs = REQUEST_MS }: AskOptions) {
  const { host, port } = splitAddress(setting.address);
  if (isRefusedAddress(host)) return Promise.reject(new RefusedAddress(host));
  const site = siteOf(setting);
  const options: RequestOptions = {
    ...{ host, port, method: setting.method, path: setting.path, agent: false, lookup: guardedLookup },
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    headers: {
      host: site,
      "user-agent": USER_AGENT,
      accept: "text/html,application/xhtml+xml,*/*;q=0.8",
      ...(setting.method === "POST" ? { "content-length": "0" } : {}),
      ...(cookies.length === 0 ? {} : { cookie: cookies.join("; ") }),
      connection: "close",
    },
  };
  return new Promise<{ status: number; headers: IncomingHttpHeaders }>((resolve, reject) => {
    const read = (incoming: IncomingMessage) => {
      const answer = { status: incoming.statusCode ?? 0, headers: incoming.headers };
      let bytes = 0;
      incoming.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > BODY_BYTES) incoming.destroy();
      });
      // However the body ends, the head is what was asked for.
      incoming.once("error", () => resolve(answer));
      incoming.once("close", () => resolve(answer));
    };
    const name = site.replace(/:\d+$/, "");
    const outgoing =
      setting.tls === "none"
        ? plain(options, read)
        : overTls(
            {
              ...options,
              rejectUnauthorized: setting.tls === "verify",
              ...(isIP(name.replace(/^\[|\]$/g, "")) === 0 ? { servername: name } : {}),
            },
            read,
          );
    outgoing.once("error", reject);
    outgoing.end();
  });
}

/** What the browser would call the site. */
export function siteOf({ host, address, tls }: ProbeSetting): string {
  if (host !== null) return host;
  return address.replace(tls === "none" ? /:80$/ : /:443$/, "");
}

export function urlOf(setting: ProbeSetting): string {
  return `${setting.tls === "none" ? "http" : "https"}://${siteOf(setting)}${setting.path}`;
}

function replyOf(status: number, headers: IncomingHttpHeaders, named: string | null): NonNullable<Answer["reply"]> {
  const value = named === null ? undefined : headers[named];
  return {
    status,
    setCookies: headers["set-cookie"] ?? [],
    location: headers.location ?? null,
    cacheControl: headers["cache-control"]?.slice(0, HEADER_VALUE_CHARS) ?? null,
    hasAge: ["expires", "etag", "last-modified"].some((one) => headers[one] !== undefined),
    header: value === undefined ? null : String(value).slice(0, HEADER_VALUE_CHARS),
  };
}

function sentenceOf(error: unknown, { address, tls }: ProbeSetting): string {
  const { name = "", code = "", message = "" } = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  if (error instanceof RefusedAddress) return `${address} was not asked: ${message}.`;
  if (name === "TimeoutError" || name === "AbortError") return `${address} did not answer in time.`;
  switch (code) {
    case "ECONNREFUSED":
      return `Nobody listens on ${address}.`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `The name in ${address} does not resolve.`;
    case "ECONNRESET":
    case "EPIPE":
      return tls === "none"
        ? `${address} broke the connection without an answer; does it expect TLS?`
        : `${address} broke the connection without an answer; does it speak TLS?`;
    case "HPE_INVALID_CONSTANT":
      return `${address} does not speak HTTP${tls === "none" ? "; does it expect TLS?" : "."}`;
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO|ALTNAME/.test(code))
    return `The certificate of ${address} is not accepted (${code}). Give the site's name as Host header, or accept any certificate.`;
  if (/SSL|TLS|EPROTO/.test(code)) return `TLS with ${address} failed (${code}). Does it speak TLS?`;
  return `${address} cannot be asked (${code || message || "no reason given"}).`;
}

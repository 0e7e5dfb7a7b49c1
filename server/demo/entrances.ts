// The load balancers as users meet them: a port each, with the connections a browser would keep open.
import http from "node:http";
import type { Entry } from "./messages.ts";

/** Longer than the longest download of an origin. */
const ANSWER_WITHIN_MS = 50_000;

export interface Answer {
  readonly statusCode: number;
  readonly headers: http.IncomingHttpHeaders;
}

export interface Entrances {
  readonly count: number;
  entry(at: number): Entry;
  /** A whole answer, or rejects with an error whose `code` says how it broke. */
  get(at: number, path: string, headers: http.OutgoingHttpHeaders): Promise<Answer>;
}

export function createEntrances(entries: readonly Entry[]): Entrances {
  const agents = entries.map(() => new http.Agent({ keepAlive: true, scheduling: "lifo" }));
  const entry = (at: number) => {
    const found = entries[at % entries.length];
    if (found === undefined) throw new RangeError("the demo has no load balancer");
    return found;
  };
  const get = (at: number, path: string, headers: http.OutgoingHttpHeaders, isRetry: boolean): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const request = http.get({
        host: "127.0.0.1",
        port: entry(at).http,
        path,
        headers,
        agent: agents[at % agents.length],
        timeout: ANSWER_WITHIN_MS,
      });
      request.on("response", (response) => {
        response.resume();
        response.on("end", () => resolve({ statusCode: response.statusCode ?? 0, headers: response.headers }));
        response.on("error", reject);
      });
      request.on("timeout", () => request.destroy(new Error("no answer")));
      request.on("error", (cause) => {
        // An idle connection that HAProxy closed at this very moment is no error to a browser: it asks again.
        if (request.reusedSocket && !isRetry && errorKind(cause) === "ECONNRESET") {
          get(at, path, headers, true).then(resolve, reject);
        } else reject(cause);
      });
    });
  return { count: entries.length, entry, get: (at, path, headers) => get(at, path, headers, false) };
}

/** `ECONNREFUSED`, `ECONNRESET`, or "no answer". */
export function errorKind(cause: unknown): string {
  if (cause instanceof Error && "code" in cause && typeof cause.code === "string") return cause.code;
  return "no answer";
}

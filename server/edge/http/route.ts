// One route: method, path, who may, what comes in, what it does. The schemas stay on the route: OpenAPI is made of them.
import type { IncomingMessage } from "node:http";
import type { z } from "zod";
import type { Actor } from "#lib/auth/actor.ts";
import type { Permission } from "#lib/auth/permissions.ts";

export type Method = "GET" | "PUT" | "POST" | "PATCH" | "DELETE";

export interface Answer {
  status: number;
  /** JSON; left out with 204 */
  body?: unknown;
  /** instead of a body: sent as it is, with the content-type among the headers */
  text?: string;
  /** instead of a body: sent piece by piece, as fast as it is read; for reads only */
  stream?: AsyncIterable<string>;
  headers?: Record<string, string | string[]>;
  /** fields of the body that carry a secret: null when the same Idempotency-Key gets this answer again */
  onceOnly?: readonly string[];
}

export interface RouteContext<Body, Query> {
  readonly req: IncomingMessage;
  /** null on public routes only, when nobody is signed in */
  readonly actor: Actor | null;
  readonly requestId: string;
  readonly remoteAddress: string;
  /** decoded `:name` parts of the path */
  readonly params: Readonly<Record<string, string>>;
  readonly body: Body;
  readonly query: Query;
  /** aborted when the answer is due: the caller is then told that the outcome is unknown */
  readonly signal: AbortSignal;
}

export interface RouteSpec<Body, Query> {
  method: Method;
  /** `/api/v1/servers/:backend/:server` */
  path: string;
  summary: string;
  /** `public`: without signing in. Where the path has a `:backend`, a limit to backends is checked with it. */
  permission: Permission | "public";
  body?: z.ZodType<Body>;
  /** a request without any body is taken as `{}` */
  isBodyOptional?: boolean;
  query?: z.ZodType<Query>;
  /** default 30 s; long polls say more */
  deadlineMs?: number;
  handle(context: RouteContext<Body, Query>): Promise<Answer> | Answer;
}

/** A route whose types are closed over: what a table of routes holds. */
export interface Route {
  readonly method: Method;
  readonly path: string;
  readonly summary: string;
  readonly permission: Permission | "public";
  readonly body: z.ZodType | undefined;
  readonly isBodyOptional: boolean;
  readonly query: z.ZodType | undefined;
  readonly deadlineMs: number;
  /** Parses body and query (throws ZodError) and handles. */
  run(context: RouteContext<unknown, unknown>): Promise<Answer>;
}

const ANSWER_WITHIN_MS = 30_000;

export function route<Body = undefined, Query = undefined>(spec: RouteSpec<Body, Query>): Route {
  return {
    method: spec.method,
    path: spec.path,
    summary: spec.summary,
    permission: spec.permission,
    body: spec.body,
    isBodyOptional: spec.isBodyOptional ?? false,
    query: spec.query,
    deadlineMs: spec.deadlineMs ?? ANSWER_WITHIN_MS,
    async run(context) {
      return spec.handle({
        ...context,
        body: parseWith(spec.body, context.body),
        query: parseWith(spec.query, context.query),
      });
    },
  };
}

/** Without a schema the type is `undefined` (the generics' default), and so is the value. */
function parseWith<T>(schema: z.ZodType<T> | undefined, value: unknown): T {
  return schema === undefined ? (undefined as T) : schema.parse(value);
}

/** For handlers of routes that are not public: the edge has let nobody else through. */
export function signedIn(actor: Actor | null): Actor {
  if (actor === null) throw new Error("a route that needs an actor is marked public");
  return actor;
}

export type Match =
  | { kind: "route"; route: Route; params: Record<string, string> }
  | { kind: "wrong-method"; allow: string[] }
  | { kind: "none" };

/** `segments` are decoded already. HEAD is answered by GET. */
export function matchRoute(routes: readonly Route[], method: string, segments: readonly string[]): Match {
  const asked = method === "HEAD" ? "GET" : method;
  const allow = new Set<string>();
  for (const route of routes) {
    const params = paramsOf(route.path, segments);
    if (params === null) continue;
    if (route.method === asked) return { kind: "route", route, params };
    allow.add(route.method);
    if (route.method === "GET") allow.add("HEAD");
  }
  return allow.size === 0 ? { kind: "none" } : { kind: "wrong-method", allow: [...allow] };
}

function paramsOf(path: string, segments: readonly string[]): Record<string, string> | null {
  const pattern = path.split("/").slice(1);
  if (pattern.length !== segments.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const value = segments[index] ?? "";
    if (!part.startsWith(":")) {
      if (part !== value) return null;
    } else if (value === "") {
      return null;
    } else {
      params[part.slice(1)] = value;
    }
  }
  return params;
}

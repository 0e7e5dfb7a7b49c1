// Everything on the port but the socket: REST, sign-in, health, and then Next's pages. The order for a route is: path,
// method, who, may they, whose page, body; only then the handler. For a page: is it public, who, Next.

import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerOptions, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Problem } from "#lib/wire/problem.ts";
import type { Auth } from "#server/auth/auth.ts";
import type { Oidc } from "#server/auth/oidc/oidc.ts";
import { directWayIn, type WayInOf } from "#server/auth/way-in.ts";
import type { Log } from "#server/log.ts";
import { ProblemError } from "#server/ops/problem-error.ts";
import type { Store } from "#server/store/store.ts";
import { createAccess, notSignedIn } from "./access.ts";
import { accountRoutes } from "./account-routes.ts";
import { auditRoutes } from "./audit-routes.ts";
import { authRoutes } from "./auth-routes.ts";
import { baseUrlOf } from "./base-url.ts";
import { parseJson, readJsonText } from "./body.ts";
import { setCommonHeaders } from "./headers.ts";
import { healthRoutes, type Readiness } from "./health-routes.ts";
import { Idempotent, type StoredAnswer } from "./idempotent.ts";
import { oidcRoutes } from "./oidc-routes.ts";
import { type OriginCheck, originCheck } from "./origin.ts";
import { createPages } from "./pages.ts";
import { peopleRoutes } from "./people-routes.ts";
import { fail, toProblem } from "./problem.ts";
import { refusals } from "./refusals.ts";
import { type Answer, matchRoute, type Route, type RouteContext } from "./route.ts";
import { parseTarget, type Target } from "./target.ts";
import { tokenRoutes } from "./token-routes.ts";
import { wallLinkRoutes } from "./wall-link-routes.ts";

/** For createServer(): slow senders are cut before they hold a connection for long (slowloris). */
export const httpServerOptions: ServerOptions = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 16 * 1024,
};

export interface HttpEdgeOptions {
  auth: Auth;
  store: Store;
  log: Log;
  /** further routes; their paths begin with /api/v1/ or stand at the root as /metrics does */
  routes: readonly Route[];
  /** Next's request handler */
  nextHandler: (req: IncomingMessage, res: ServerResponse) => Promise<void> | void;
  /** as configured; null: people come by whatever Host says */
  publicUrl: string | null;
  /** where a request comes from; default without proxies in front */
  wayInOf?: WayInOf;
  /** sign-in at a provider; default none */
  oidc?: Oidc | null;
  readiness: () => Readiness;
  /** typed errors of the verbs; null: not one of mine */
  problemOf?: (error: unknown) => Problem | null;
  isDev?: boolean;
  now?: () => number;
}

export interface HttpEdge {
  handle(req: IncomingMessage, res: ServerResponse): void;
  /** the socket's handshake asks this, and auth.principal */
  originAllowed: OriginCheck;
  /** for OpenAPI */
  routes: readonly Route[];
}

/** A reader of a long answer that stands still for so long is cut. */
const STREAM_READ_WITHIN_MS = 30_000;

export function createHttpEdge(options: HttpEdgeOptions): HttpEdge {
  const { auth, store, publicUrl, wayInOf = directWayIn, oidc = null, isDev = false, now = Date.now } = options;
  const originAllowed = originCheck(publicUrl, wayInOf);
  const idempotent = new Idempotent(store, now);
  const noteRefusal = refusals({ auth, store, wayInOf, now, log: options.log });
  const access = createAccess(auth);
  const page = createPages({ access, auth, noteRefusal, nextHandler: options.nextHandler, isDev });
  const linkBase = baseUrlOf(publicUrl, wayInOf);
  const routes = [
    ...healthRoutes(options.readiness),
    ...authRoutes(auth, oidc),
    ...(oidc === null ? [] : oidcRoutes(oidc)),
    ...accountRoutes(auth),
    ...peopleRoutes(auth.people, linkBase),
    ...tokenRoutes(auth.tokens),
    ...wallLinkRoutes(auth.wallLinks, linkBase),
    ...auditRoutes(store),
    ...options.routes,
  ];

  async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const requestId = randomUUID();
    const log = options.log.child({ requestId });
    setCommonHeaders(res, requestId, wayInOf(req));
    try {
      refuseTwoHosts(req);
      const target = parseTarget(req.url);
      // Only method and path: a query can carry a set-up code.
      log.debug({ method: req.method, path: target.path }, "request");
      const match = matchRoute(routes, req.method ?? "", target.segments);
      if (match.kind === "wrong-method") wrongMethod(req, match.allow);
      if (match.kind === "route") return await answerRoute(req, res, requestId, target, match.route, match.params, log);
      if (isData(target.path)) return await noRoute(req);
      await page(req, res, target, requestId);
    } catch (error) {
      sendProblem(req, res, requestId, error, log);
    }
  }

  async function answerRoute(
    req: IncomingMessage,
    res: ServerResponse,
    requestId: string,
    target: Target,
    route: Route,
    params: Record<string, string>,
    log: Log,
  ): Promise<void> {
    const isWrite = route.method !== "GET";
    let actor = await access.forRoute(req, route, params);
    if (isWrite && !originAllowed(req)) fail("not-allowed", FOREIGN);
    const takesBody = isWrite && route.body !== undefined && !(route.isBodyOptional && hasNoBody(req));
    const text = takesBody ? await readJsonText(req) : "";
    // A body may take its time: who asks is asked again when it is there.
    if (takesBody) actor = await access.forRoute(req, route, params);
    const context: Omit<RouteContext<unknown, unknown>, "signal"> = {
      req,
      actor,
      requestId,
      remoteAddress: wayInOf(req).address,
      params,
      body: takesBody ? parseJson(text) : bodyOfNone(route),
      query: Object.fromEntries(target.query),
    };
    const key = isWrite && actor !== null ? req.headers["idempotency-key"] : undefined;
    const answer = await withDeadline(route.deadlineMs, isWrite, (signal) => {
      const work = () => run(route, { ...context, signal }, log);
      if (!isWrite && actor !== null)
        return access.whileSame(req, actor, (gone) =>
          run(route, { ...context, signal: AbortSignal.any([signal, gone]) }, log),
        );
      if (key === undefined || actor === null) return work();
      const request = { key: String(key), actor, method: route.method, target: req.url ?? "", bodyText: text };
      return idempotent.run(request, work);
    });
    if (answer.stream === undefined || actor === null || req.method === "HEAD") return send(req, res, answer);
    const { stream } = answer;
    sendHead(res, answer);
    await access.whileSame(req, actor, (gone) => sendStream(res, stream, gone));
  }

  /** Handler and its errors, as the answer that is sent and kept. */
  async function run(route: Route, context: RouteContext<unknown, unknown>, log: Log): Promise<StoredAnswer> {
    try {
      return stored(await route.run(context));
    } catch (error) {
      return problemAnswer(context.req, context.requestId, error, log);
    }
  }

  function problemAnswer(req: IncomingMessage, requestId: string, error: unknown, log: Log): StoredAnswer {
    const problem = toProblem(error, options.problemOf);
    noteRefusal(req, requestId, problem);
    if (problem.code === "internal") log.error({ err: error }, "request failed");
    const headers: Record<string, string | string[]> = error instanceof ProblemError ? { ...error.headers } : {};
    if (problem.retryAfterSec !== undefined) headers["retry-after"] = String(problem.retryAfterSec);
    return { status: problem.status, text: JSON.stringify({ ...problem, requestId }), isProblem: true, headers };
  }

  function sendProblem(req: IncomingMessage, res: ServerResponse, requestId: string, error: unknown, log: Log): void {
    const answer = problemAnswer(req, requestId, error, log);
    if (res.headersSent) res.destroy();
    else send(req, res, answer);
  }

  /** Names of routes are nobody's business before signing in. */
  async function noRoute(req: IncomingMessage): Promise<never> {
    const credential = await auth.credential(req);
    if (credential.kind !== "good") throw notSignedIn(credential);
    return fail("not-found", "There is nothing at this address; the README lists what there is.");
  }

  return { handle: (req, res) => void handle(req, res), originAllowed, routes };
}

/** Node takes the first one; a proxy in front may have judged the request by the other. */
function refuseTwoHosts(req: IncomingMessage): void {
  if ((req.headersDistinct.host?.length ?? 0) > 1)
    fail("malformed", "The request has two Host headers. Send one.", {}, { connection: "close" });
}

function hasNoBody(req: IncomingMessage): boolean {
  return req.headers["transfer-encoding"] === undefined && Number(req.headers["content-length"] ?? 0) === 0;
}

function bodyOfNone(route: Route): unknown {
  return route.isBodyOptional ? {} : undefined;
}

function isData(path: string): boolean {
  return path === "/api" || path.startsWith("/api/") || path.startsWith("/auth/");
}

function wrongMethod(req: IncomingMessage, allow: string[]): never {
  const methods = allow.join(", ");
  return fail("method-not-allowed", `${req.method} cannot be used here; use ${methods}.`, {}, { allow: methods });
}

const FOREIGN =
  "The request comes from a page of another site (or its Origin header is missing), so it was not done. " +
  "Open Drainboard by its own address; behind a proxy, tell the app that address with --public-url.";

function stored(answer: Answer): StoredAnswer {
  const text = answer.text ?? (answer.body === undefined ? null : JSON.stringify(answer.body));
  const { status, stream, onceOnly, headers = {} } = answer;
  return {
    ...{ status, text, isProblem: false, headers, ...(stream === undefined ? {} : { stream }) },
    ...(onceOnly === undefined ? {} : { keptText: JSON.stringify({ ...asObject(answer.body), ...nulls(onceOnly) }) }),
  };
}

function asObject(body: unknown): object {
  return typeof body === "object" && body !== null ? body : {};
}

function nulls(names: readonly string[]): Record<string, null> {
  return Object.fromEntries(names.map((name) => [name, null]));
}

function sendHead(res: ServerResponse, answer: StoredAnswer): void {
  res.setHeader("cache-control", "no-store");
  for (const [name, value] of Object.entries(answer.headers)) res.setHeader(name, value);
  if (answer.text !== null && !res.hasHeader("content-type"))
    res.setHeader("content-type", answer.isProblem ? "application/problem+json" : "application/json");
  res.writeHead(answer.status);
}

function send(req: IncomingMessage, res: ServerResponse, answer: StoredAnswer): void {
  sendHead(res, answer);
  // A body that nobody reads would keep the connection busy; one that is too large ends with the connection.
  if (answer.headers.connection !== "close") req.resume();
  res.end(req.method === "HEAD" ? undefined : (answer.text ?? undefined));
}

/** Cut off in the middle when it fails, when nobody reads on, or when `gone`: half a file must not look whole. */
async function sendStream(res: ServerResponse, stream: AsyncIterable<string>, gone: AbortSignal): Promise<void> {
  res.setTimeout(STREAM_READ_WITHIN_MS, () => res.destroy());
  await pipeline(Readable.from(stream), res, { signal: gone }).catch(() => res.destroy());
}

/** A late handler goes on: a change cannot be taken back by not waiting for it. */
async function withDeadline<T>(ms: number, isWrite: boolean, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      controller.abort();
      const seconds = Math.round(ms / 1000);
      const detail = isWrite
        ? `No answer within ${seconds} s. It may still be done: look at the state and the audit before asking again.`
        : `No answer within ${seconds} s. Try again.`;
      reject(new ProblemError(isWrite ? "outcome-unknown" : "internal", detail, { status: 504 }));
    }, ms);
  });
  try {
    return await Promise.race([work(controller.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}

// An origin that keeps its users' sessions in local files. Whoever comes with an id that is not among them has lost the
// session: a new one is made and the answer says so, for the simulated user to count and for a person to read.
import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { AnswerContext } from "./origin-api.ts";
import type { SessionFiles, StoredSession } from "./session-files.ts";

export const servedByHeader = "x-served-by";
export const sessionHeader = "x-session";
export const cartHeader = "x-cart";

const DOWNLOAD_CHUNK_EVERY_MS = 2_000;
const DOWNLOAD_CHUNK = "a line of a long report\n".repeat(40);

export interface SessionContext extends AnswerContext {
  readonly files: SessionFiles;
}

export async function answerSession(
  context: SessionContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { plan, server, files, random } = context;
  const url = new URL(request.url ?? "/", "http://origin");
  const action = url.pathname.slice(plan.path.length);
  const sentId = cookieOf(request, plan.sessionCookie);
  const stored = sentId === null ? null : await files.read(sentId);
  const state = sessionState(sentId, stored);
  const id = stored === null || sentId === null ? randomBytes(16).toString("hex") : sentId;
  const session: StoredSession = {
    user: stored?.user ?? nameOf(url.searchParams.get("user")),
    cart: (stored?.cart ?? 0) + (action === "add" ? 1 : 0),
  };

  if (action === "logout") {
    await files.remove(id);
    response.setHeader("set-cookie", `${plan.sessionCookie}=; Path=${plan.path}; Max-Age=0`);
  } else {
    if (stored === null || action === "add") await files.write(id, session);
    if (stored === null) {
      response.setHeader("set-cookie", `${plan.sessionCookie}=${id}; Path=${plan.path}; HttpOnly; SameSite=Lax`);
    }
  }
  response.setHeader(servedByHeader, server);
  response.setHeader(sessionHeader, state);
  response.setHeader(cartHeader, session.cart);
  response.setHeader("content-type", "text/html; charset=utf-8");

  if (action === "download") return download(response, random.between(8_000, 20_000));
  await sleep(action === "report" ? random.between(2_000, 4_000) : random.between(100, 900));
  response.end(page(context, session, state));
}

function sessionState(sentId: string | null, stored: StoredSession | null): "kept" | "new" | "lost" {
  if (sentId === null) return "new";
  return stored === null ? "lost" : "kept";
}

function cookieOf(request: IncomingMessage, name: string): string | null {
  for (const pair of (request.headers.cookie ?? "").split(";")) {
    const [key, value] = pair.trim().split("=", 2);
    if (key === name && value) return value;
  }
  return null;
}

function nameOf(text: string | null): string {
  return text !== null && /^[a-z0-9 ]{1,40}$/.test(text) ? text : "guest";
}

async function download(response: ServerResponse, lastsMs: number): Promise<void> {
  const endAtMs = performance.now() + lastsMs;
  while (performance.now() < endAtMs && !response.destroyed) {
    response.write(DOWNLOAD_CHUNK);
    await sleep(DOWNLOAD_CHUNK_EVERY_MS);
  }
  response.end();
}

function page(context: SessionContext, session: StoredSession, state: string): string {
  const { plan, server } = context;
  const note = state === "lost" ? "<p><b>Your session was not on this server: you are new here.</b></p>" : "";
  return `<!doctype html><title>${plan.name}/${server}</title><h1>${plan.name}/${server}</h1>${note}
<p>You are ${session.user}, with ${session.cart} items in the cart.</p>
<p><a href="${plan.path}add">add an item</a> <a href="${plan.path}page">look around</a> <a href="${plan.path}logout">leave</a></p>
`;
}

// The door to the pages: public, signed in with the permission that the table asks for, or a page that says why not.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Auth } from "#server/auth/auth.ts";
import { ProblemError } from "#server/ops/problem-error.ts";
import type { Access } from "./access.ts";
import { setPageHeaders } from "./headers.ts";
import { pagePermissionOf } from "./page-permissions.ts";
import { fail } from "./problem.ts";
import type { NoteRefusal } from "./refusals.ts";
import type { Target } from "./target.ts";

export interface PagesOptions {
  access: Access;
  auth: Pick<Auth, "openWall">;
  noteRefusal: NoteRefusal;
  /** Next's request handler */
  nextHandler: (req: IncomingMessage, res: ServerResponse) => Promise<void> | void;
  isDev: boolean;
}

export function createPages({ access, auth, noteRefusal, nextHandler, isDev }: PagesOptions) {
  async function render(req: IncomingMessage, res: ServerResponse): Promise<void> {
    setPageHeaders(req, res, { isDev });
    await nextHandler(req, res);
  }

  /** Next keeps the status that is set before. */
  async function renderRefusal(
    req: IncomingMessage,
    res: ServerResponse,
    requestId: string,
    refusal: ProblemError,
  ): Promise<void> {
    noteRefusal(req, requestId, refusal.problem());
    res.statusCode = 403;
    res.setHeader("cache-control", "no-store");
    req.url = `/not-allowed?why=${encodeURIComponent(refusal.message)}`;
    await render(req, res);
  }

  /** The key comes once, in the query, and leaves the address with the redirect; from then on it is an HttpOnly cookie. */
  async function openWall(req: IncomingMessage, res: ServerResponse, requestId: string, key: string): Promise<void> {
    const cookie = await auth.openWall(req, key);
    res.setHeader("referrer-policy", "no-referrer");
    if (cookie === null) return renderRefusal(req, res, requestId, new ProblemError("not-allowed", NO_WALL));
    res.setHeader("set-cookie", cookie);
    redirect(req, res, "/wall");
  }

  return async function page(req: IncomingMessage, res: ServerResponse, target: Target, requestId: string) {
    if (req.method !== "GET" && req.method !== "HEAD")
      fail("method-not-allowed", `${req.method} cannot be used here; use GET, HEAD.`, {}, { allow: "GET, HEAD" });
    const key = target.path === "/wall" ? target.query.get("key") : null;
    if (key !== null) return openWall(req, res, requestId, key);
    const permission = pagePermissionOf(target.path, target.segments, isDev);
    if (permission === "public") return render(req, res);
    try {
      await access.actorFor(req, permission);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      if (error.code === "not-signed-in") return redirect(req, res, `/sign-in${nextOf(target)}`);
      return renderRefusal(req, res, requestId, error);
    }
    // Until the wall has a page of its own, its screens show the board, which is read-only for them.
    if (target.path === "/wall") return redirect(req, res, "/");
    // Its sentence is put there by renderRefusal only: an address with somebody else's words must not show them as ours.
    if (target.segments[0] === "not-allowed") req.url = "/not-allowed";
    await render(req, res);
  };
}

const NO_WALL = "This wall link does not work (any more). Ask an admin for a new one.";

function nextOf(target: Target): string {
  // The path begins with one slash (parseTarget), so this never leads to another site; the sign-in page checks again.
  const isDocument = target.path !== "/" && !target.path.startsWith("/_next/");
  const query = target.query;
  query.delete("_rsc");
  const rest = query.size === 0 ? "" : `?${query}`;
  return isDocument ? `?next=${encodeURIComponent(`${target.path}${rest}`)}` : "";
}

function redirect(req: IncomingMessage, res: ServerResponse, location: string): void {
  res.writeHead(303, { location, "cache-control": "no-store" });
  res.end();
  req.resume();
}

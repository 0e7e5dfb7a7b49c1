// Requests that were refused before a verb could audit them: without a credential, without the permission, from another
// site, malformed. Each is an attempt in the audit, counted when there are many. Reads count only when they were not
// allowed: a mistyped filter is no attempt to change anything.
import type { IncomingMessage } from "node:http";
import type { Problem } from "#lib/wire/problem.ts";
import type { Auth } from "#server/auth/auth.ts";
import { bearerOf } from "#server/auth/bearer.ts";
import { type Credential, whoOf } from "#server/auth/principal.ts";
import type { WayInOf } from "#server/auth/way-in.ts";
import type { Log } from "#server/log.ts";
import { nobody } from "#server/store/audit-attempts.ts";
import type { Store } from "#server/store/store.ts";

const MAX_PATH_CHARS = 200;

export interface RefusalsOptions {
  auth: Auth;
  store: Store;
  wayInOf: WayInOf;
  now: () => number;
  log: Log;
}

/** The edge calls it with every problem it answers; never throws, and nobody waits for it. */
export type NoteRefusal = (req: IncomingMessage, requestId: string, problem: Problem) => void;

export function refusals({ auth, store, wayInOf, now, log }: RefusalsOptions): NoteRefusal {
  async function note(
    req: IncomingMessage,
    path: string,
    requestId: string,
    { status, code, detail }: Problem,
  ): Promise<void> {
    if (await store.audit.knows(requestId)) return;
    const credential = await auth.credential(req);
    const method = req.method ?? "";
    await store.audit.attempt({
      ...{ at: now(), requestId, action: "request:refused", via: "rest", outcome: status < 500 ? "denied" : "unknown" },
      actor: whoOf(credential) ?? nobody,
      remoteAddress: wayInOf(req).address,
      answer: `${method} ${path}: ${detail}`,
      detail: { method, path, status, code, ...credentialOf(req, credential) },
    });
  }

  return (req, requestId, problem) => {
    const isWrite = req.method !== "GET" && req.method !== "HEAD";
    if (!isWrite && problem.status !== 401 && problem.status !== 403) return;
    // At once: a page that is refused is answered under another address. Without the query: it can carry a set-up code.
    const path = (req.url ?? "").split("?")[0]?.slice(0, MAX_PATH_CHARS) ?? "";
    note(req, path, requestId, problem).catch((error: unknown) => {
      log.error({ err: error, requestId }, "a refused request could not be noted in the audit");
    });
  };
}

/** What it came with and what that is worth, never the thing itself. */
function credentialOf(req: IncomingMessage, credential: Credential) {
  const cookie = req.headers.cookie === undefined ? "none" : "cookie";
  const worth = credential.kind === "over" ? credential.why : credential.kind;
  return { credential: bearerOf(req.headers) === null ? cookie : "token", worth };
}

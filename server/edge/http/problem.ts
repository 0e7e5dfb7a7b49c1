// From a thrown error to what the wire carries (RFC 9457): the one place that decides status and code. Errors that
// nobody typed are bugs: they say "internal" outside and everything in the log.
import { z } from "zod";
import { leastRole, type Permission } from "#lib/auth/permissions.ts";
import type { Problem, ProblemCode } from "#lib/wire/problem.ts";
import { StoreError } from "#server/store/errors.ts";

const statusOf: Record<ProblemCode, number> = {
  malformed: 400,
  "not-signed-in": 401,
  "not-allowed": 403,
  "unknown-name": 404,
  "not-found": 404,
  "method-not-allowed": 405,
  guard: 409,
  "state-changed": 409,
  conflict: 409,
  "too-large": 413,
  "unsupported-media-type": 415,
  refused: 422,
  "too-many-requests": 429,
  internal: 500,
  unreachable: 502,
  "outcome-unknown": 502,
};

const titleOf: Record<ProblemCode, string> = {
  malformed: "The request is not understood",
  "not-signed-in": "Not signed in",
  "not-allowed": "Not allowed",
  "unknown-name": "Unknown name",
  "not-found": "Not found",
  "method-not-allowed": "Method not allowed",
  guard: "Refused by a guard",
  "state-changed": "The state has changed meanwhile",
  conflict: "Conflict",
  "too-large": "Too large",
  "unsupported-media-type": "Unsupported media type",
  refused: "Refused by HAProxy",
  "too-many-requests": "Too many requests",
  internal: "Internal error",
  unreachable: "Load balancer unreachable",
  "outcome-unknown": "Outcome unknown",
};

export type ProblemExtras = Partial<Pick<Problem, "findings" | "outcomes" | "retryAfterSec">> & { status?: number };

export function problemOf(code: ProblemCode, detail: string, extras: ProblemExtras = {}): Problem {
  return { type: "about:blank", status: statusOf[code], code, title: titleOf[code], detail, ...extras };
}

/** Thrown inside the edge and by route handlers. */
export class ProblemError extends Error {
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;
  constructor(problem: Problem, headers: Record<string, string> = {}) {
    super(problem.detail);
    this.name = "ProblemError";
    this.problem = problem;
    this.headers = headers;
  }
}

export function fail(
  code: ProblemCode,
  detail: string,
  extras?: ProblemExtras,
  headers?: Record<string, string>,
): never {
  throw new ProblemError(problemOf(code, detail, extras), headers);
}

/** `null` from `more` means: not one of mine. */
export function toProblem(error: unknown, more?: (error: unknown) => Problem | null): Problem {
  if (error instanceof ProblemError) return error.problem;
  const mapped = more?.(error) ?? null;
  if (mapped !== null) return mapped;
  if (error instanceof z.ZodError) return problemOf("malformed", sentenceOf(error));
  if (error instanceof StoreError) return problemOf("internal", error.message);
  return problemOf(
    "internal",
    "Something went wrong inside Drainboard. Its log has the details under this request id.",
  );
}

/** `adminState: expected one of "ready"|"drain"|"maint"; reason: too long` */
export function sentenceOf(error: z.ZodError): string {
  const sentences = error.issues.slice(0, 5).map((issue) => {
    const path = issue.path.map(String).join(".");
    return path === "" ? issue.message : `${path}: ${issue.message}`;
  });
  return `${sentences.join("; ")}.`;
}

export function notAllowed(permission: Permission, role: string, backend?: string): Problem {
  const least = leastRole(permission);
  const where = backend === undefined ? "" : ` on backend ${backend}`;
  const why = least === role ? "limited to other backends" : `of role ${role}; it takes role ${least}`;
  return problemOf("not-allowed", `You may not do this${where} (${permission}): you are ${why}. Ask an admin.`);
}

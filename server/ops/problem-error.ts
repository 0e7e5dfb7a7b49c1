// An answer that is not a result, as a typed error: mapped to REST and socket in one place each.
import type { Problem, ProblemCode } from "#lib/wire/problem.ts";

const STATUS: Record<ProblemCode, number> = {
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

const TITLE: Record<ProblemCode, string> = {
  malformed: "Malformed request",
  "not-signed-in": "Not signed in",
  "not-allowed": "Not allowed",
  "unknown-name": "Unknown name",
  "not-found": "Not found",
  "method-not-allowed": "Method not allowed",
  guard: "Needs a second look",
  "state-changed": "The state changed meanwhile",
  conflict: "Conflict",
  "too-large": "Too large",
  "unsupported-media-type": "Unsupported media type",
  refused: "HAProxy refused",
  "too-many-requests": "Too many requests",
  internal: "Error in the app",
  unreachable: "Load balancer unreachable",
  "outcome-unknown": "Outcome unknown",
};

export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly extra: Partial<Problem>;

  constructor(code: ProblemCode, detail: string, extra: Partial<Problem> = {}) {
    super(detail);
    this.name = "ProblemError";
    this.code = code;
    this.extra = extra;
  }

  problem(requestId?: string): Problem {
    return {
      type: "about:blank",
      status: STATUS[this.code],
      code: this.code,
      title: TITLE[this.code],
      detail: this.message,
      ...this.extra,
      ...(requestId === undefined ? {} : { requestId }),
    };
  }
}

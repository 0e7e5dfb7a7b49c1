// Errors as people and programs meet them: RFC 9457 problem details with a stable code.

export const problemCodes = [
  "malformed",
  "not-signed-in",
  "not-allowed",
  "unknown-name",
  "guard",
  "state-changed",
  "refused",
  "unreachable",
  "outcome-unknown",
  "conflict",
  "last-admin",
  "too-many-requests",
  "too-large",
  "unsupported-media-type",
  "method-not-allowed",
  "not-found",
  "internal",
] as const;
export type ProblemCode = (typeof problemCodes)[number];

export interface Problem {
  type: "about:blank";
  status: number;
  code: ProblemCode;
  title: string;
  /** one or two sentences for people: what, where, what to do */
  detail: string;
  requestId?: string;
  /** with code `guard`: what would happen, each with its numbers; confirm by sending again with override */
  findings?: Finding[];
  /** with code `refused`, `unreachable`, `outcome-unknown`: what each load balancer said */
  outcomes?: import("./commands.ts").LoadBalancerOutcome[];
  /** the same for a weight, a check, an agent or stick-table entries */
  controls?: import("./server-control.ts").ControlOutcome[];
  /** the same for sessions that should end */
  ended?: import("./sessions.ts").EndedSessions[];
  retryAfterSec?: number;
}

export const findingCodes = [
  "claimed",
  "last-server",
  "below-minimum",
  "sessions-left",
  "queue",
  "trackers",
  "tracking",
  "agent",
  "unresolved",
  "not-live",
  "read-only",
  "several-processes",
  "unproven-health",
  "weight-zero",
  "shared-host",
  "too-busy",
  "old-workers-unseen",
  "static-balance",
  "weight-rounds-to-zero",
  "not-configured",
  "shared-table",
] as const;
export type FindingCode = (typeof findingCodes)[number];

export interface Finding {
  code: FindingCode;
  /** `block`: cannot be done this way; `confirm`: done only when confirmed (override); `note`: worth knowing */
  severity: "block" | "confirm" | "note";
  lb: string | null;
  /** cause, number, limit */
  message: string;
}

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
  "last-admin": 409,
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
  "last-admin": "The last admin",
  "too-large": "Too large",
  "unsupported-media-type": "Unsupported media type",
  refused: "Refused by HAProxy",
  "too-many-requests": "Too many requests",
  internal: "Internal error",
  unreachable: "Load balancer unreachable",
  "outcome-unknown": "Outcome unknown",
};

/** One code has one status and one title, wherever it is said. */
export function problemOf(code: ProblemCode, detail: string, extras: Partial<Problem> = {}): Problem {
  return { type: "about:blank", status: statusOf[code], code, title: titleOf[code], detail, ...extras };
}

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
  retryAfterSec?: number;
}

export const findingCodes = [
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

// Why a server is not empty yet: each cause with its count, what it is, and what to do next.
import type { ServerId } from "#lib/haproxy/names.ts";
import type { SessionKind } from "./sessions.ts";

export const diagnosisCodes = [
  "not-draining",
  "split-state",
  "stale-load-balancer",
  "unlisted-sessions",
  "requests",
  "tunnels",
  "tcp-sessions",
  "http2",
  "keep-alive",
  "queue",
  "old-workers",
  "old-workers-unseen",
  "cookie-users",
  "cookie-mismatch",
  "stick-entries",
  "persist-rule",
  "agent",
  "weight-zero",
  "tracking",
  "trackers",
  // not to be seen from the socket: checks by hand
  "check-cookie-options",
  "check-stripped-cookies",
  "check-session-timeout",
  "check-old-workers",
  "check-stick-tables",
  "check-persist-rules",
] as const;
export type DiagnosisCode = (typeof diagnosisCodes)[number];

/** A button beside the cause: the command that it sends, for this server. */
export type DiagnosisAction =
  | { kind: "end-sessions"; which: SessionKind }
  | { kind: "clear-stick-entries" }
  | { kind: "set-state"; adminState: "drain" }
  | { kind: "disable-agent" };

export interface Diagnosis {
  code: DiagnosisCode;
  /** how many; null: a check by hand, nothing can be counted from here */
  count: number | null;
  /** a few words with the number */
  title: string;
  /** one or two sentences: what it is and how it is known */
  detail: string;
  /** what to do */
  next: string;
  /** lines for a shell, for checks by hand; empty: none is needed */
  commands: string[];
  perLoadBalancer: { lb: string; count: number }[];
  action: DiagnosisAction | null;
}

/** `notAsked`: what is missing from the evidence, one sentence each; the causes then may be more. */
export interface DiagnosisReport {
  at: number;
  server: ServerId;
  causes: Diagnosis[];
  notAsked: { lb: string; why: string }[];
}

// Everything that can go wrong between the app and one HAProxy, as a closed set of codes that the fleet shows, the log
// counts and lib/fleet/link.ts judges. A message says where, what and what to do.

export const runtimeErrorCodes = [
  "not-found",
  "not-a-socket",
  "permission",
  "refused",
  "unresolved",
  "connect-timeout",
  "reply-timeout",
  "cut",
  "too-large",
  "tls",
  "not-haproxy",
  "denied",
  "unreadable",
  "old-process",
  "aborted",
] as const;
export type RuntimeErrorCode = (typeof runtimeErrorCodes)[number];

/** `before-send`: HAProxy never saw the line. `after-send`: it may have done what the line says. */
export type ExchangePhase = "before-send" | "after-send";

export class RuntimeError extends Error {
  readonly code: RuntimeErrorCode;
  readonly phase: ExchangePhase;

  /** `who` is the load balancer or its master, as people read it: `load balancer "lb1"` */
  constructor(code: RuntimeErrorCode, phase: ExchangePhase, who: string, sentence: string, cause?: unknown) {
    super(`${who}: ${sentence}`, cause === undefined ? undefined : { cause });
    this.name = "RuntimeError";
    this.code = code;
    this.phase = phase;
  }

  /** What a write that ended so may be called: nothing was changed, or nobody knows before looking. */
  get outcome(): "refused" | "unknown" {
    return this.phase === "before-send" || this.code === "denied" ? "refused" : "unknown";
  }
}

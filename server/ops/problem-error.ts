// An answer that is not a result, as the one typed error of verbs and edges: REST and socket send its problem.
import type { z } from "zod";
import { type Problem, type ProblemCode, problemOf } from "#lib/wire/problem.ts";

export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly extra: Partial<Problem>;
  /** for REST: `retry-after`, `allow` */
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, detail: string, extra: Partial<Problem> = {}, headers: Record<string, string> = {}) {
    super(detail);
    this.name = "ProblemError";
    this.code = code;
    this.extra = extra;
    this.headers = headers;
  }

  problem(requestId?: string): Problem {
    return problemOf(this.code, this.message, requestId === undefined ? this.extra : { ...this.extra, requestId });
  }
}

/** `adminState: expected one of "ready"|"drain"|"maint"; reason: too long` */
export function sentenceOf(error: z.ZodError): string {
  const sentences = error.issues.slice(0, 5).map((issue) => {
    const path = issue.path.map(String).join(".");
    return path === "" || issue.message.startsWith(`${path}: `) ? issue.message : `${path}: ${issue.message}`;
  });
  return `${sentences.join("; ")}.`;
}

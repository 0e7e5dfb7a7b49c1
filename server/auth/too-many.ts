import { ProblemError } from "#server/ops/problem-error.ts";

/** The answer to somebody who tries too often, with the header Retry-After. */
export function tooManyAttempts(retryAfterSec: number): ProblemError {
  const wait = retryAfterSec === 1 ? "a second" : `${retryAfterSec} seconds`;
  return new ProblemError("too-many-requests", `Too many attempts. Try again in ${wait}.`, { retryAfterSec });
}

// From a thrown error to what the wire carries (RFC 9457): the one place that decides status and code. Errors that
// nobody typed are bugs: they say "internal" outside and everything in the log.
import { z } from "zod";
import { leastRole, type Permission } from "#lib/auth/permissions.ts";
import { type Problem, type ProblemCode, problemOf } from "#lib/wire/problem.ts";
import { ProblemError, sentenceOf } from "#server/ops/problem-error.ts";
import { StoreError } from "#server/store/errors.ts";

export function fail(
  code: ProblemCode,
  detail: string,
  extras?: Partial<Problem>,
  headers?: Record<string, string>,
): never {
  throw new ProblemError(code, detail, extras, headers);
}

/** `null` from `more` means: not one of mine. */
export function toProblem(error: unknown, more?: (error: unknown) => Problem | null): Problem {
  if (error instanceof ProblemError) return error.problem();
  const mapped = more?.(error) ?? null;
  if (mapped !== null) return mapped;
  if (error instanceof z.ZodError) return problemOf("malformed", sentenceOf(error));
  if (error instanceof StoreError) return problemOf("internal", error.message);
  return problemOf(
    "internal",
    "Something went wrong inside Drainboard. Its log has the details under this request id.",
  );
}

export function notAllowed(permission: Permission, role: string, backend?: string): ProblemError {
  const least = leastRole(permission);
  const where = backend === undefined ? "" : ` on backend ${backend}`;
  const why = least === role ? "limited to other backends" : `of role ${role}; it takes role ${least}`;
  return new ProblemError("not-allowed", `You may not do this${where} (${permission}): you are ${why}. Ask an admin.`);
}

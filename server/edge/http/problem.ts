// From a thrown error to what the wire carries (RFC 9457): the one place that decides status and code. Errors that
// nobody typed are bugs: they say "internal" outside and everything in the log.
import { z } from "zod";
import type { Actor } from "#lib/auth/actor.ts";
import { leastRole, type Permission, roleAllows } from "#lib/auth/permissions.ts";
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

/** For people who read it on a page as well as for programs. */
export function notAllowed(permission: Permission, actor: Actor, backend?: string): ProblemError {
  return new ProblemError("not-allowed", `${whyNot(actor, permission, backend)} (${permission}). Ask an admin.`);
}

function whyNot(actor: Actor, permission: Permission, backend: string | undefined): string {
  if (!roleAllows(actor.role, permission))
    return `This takes the role ${leastRole(permission)}, and yours is ${actor.role}`;
  if (actor.kind === "wall") return "A wall link shows the board and nothing else";
  if (actor.kind === "token" && permission === "account:write")
    return "A token has no account; this takes a person who signed in";
  return `You may change other backends, and not ${backend ?? "all of them"}`;
}

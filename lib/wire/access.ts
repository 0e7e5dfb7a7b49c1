// What people, tokens and wall links have in common on the wire. Times are epoch milliseconds; what comes in may also be
// written as 2026-12-24T18:00:00Z.
import { z } from "zod";
import { type Role, roles } from "#lib/auth/permissions.ts";

const MAX_PATTERNS = 100;
const MAX_NAME_CHARS = 100;

/** What a backend's name may be made of, and `*`. */
const backendPattern = z
  .string("write names of backends, such as APP1 or team-a-*")
  .regex(/^[A-Za-z0-9_.:*-]{1,255}$/, "is not the name of a backend, nor a pattern such as team-a-*");

export const backendsSchema = z
  .array(backendPattern, 'backends: write a list such as ["team-a-*"], or null for all')
  .min(1, "backends: name at least one, or write null for all")
  .max(MAX_PATTERNS, `backends: at most ${MAX_PATTERNS}`)
  .nullable();

export const roleSchema = z.enum(roles, `role: write one of ${roles.join(", ")}`);

/** Of a token or a wall link: for people to tell them apart. */
export const labelSchema = z
  .string("name: write text")
  .trim()
  .min(1, "name: write what it is for, such as deploy pipeline")
  .max(MAX_NAME_CHARS, `name: at most ${MAX_NAME_CHARS} characters`)
  .regex(/^[^\p{Cc}\p{Cf}]*$/u, "name: leave out line ends and other invisible characters");

const NOT_A_TIME = "expiresAt: write a time such as 2026-12-24T18:00:00Z, or epoch milliseconds, or null for never";

export const expiresAtSchema = z
  .union(
    [z.int().positive(), z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)), z.null()],
    NOT_A_TIME,
  )
  .optional();

/** An admin with a limit could take it off again, so it would only look like one. */
export function refuseLimitedAdmin(
  body: { role?: Role | undefined; backends?: readonly string[] | null | undefined },
  ctx: z.RefinementCtx,
): void {
  if (body.role !== "admin" || body.backends === undefined || body.backends === null) return;
  ctx.addIssue({
    code: "custom",
    path: ["backends"],
    message:
      "backends: an admin cannot be limited to backends, for an admin may change every limit; choose operator, or leave backends out",
  });
}

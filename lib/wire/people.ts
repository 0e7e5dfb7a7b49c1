// People over REST (admins only): `GET /people`, `POST /people`, `PATCH /people/{id}`, `DELETE /people/{id}`,
// `POST /people/{id}/reset-link`; and the two public calls of the page that a link opens.
import { z } from "zod";
import type { Role } from "#lib/auth/permissions.ts";
import { backendsSchema, refuseLimitedAdmin, roleSchema } from "./access.ts";

/** The length keeps rubbish out; what a name must be, auth says in its own sentence. */
const text = z.string().max(2_000);

/** `POST /people` */
export const addPersonSchema = z
  .strictObject({ name: text, role: roleSchema, backends: backendsSchema.optional() })
  .superRefine(refuseLimitedAdmin);
export type AddPerson = z.output<typeof addPersonSchema>;

/** `PATCH /people/{id}`: what is left out stays. */
export const changePersonSchema = z
  .strictObject({
    role: roleSchema.optional(),
    backends: backendsSchema.optional(),
    isDisabled: z.boolean("isDisabled: write true or false").optional(),
  })
  .refine(
    (body) => Object.values(body).some((value) => value !== undefined),
    "nothing to change: give role, backends or isDisabled",
  )
  .superRefine(refuseLimitedAdmin);
export type ChangePerson = z.output<typeof changePersonSchema>;

/** `POST /auth/reset/check`, public: whose link it is. */
export const resetCheckSchema = z.strictObject({ code: text });
/** `POST /auth/reset`, public: sets the password, ends the person's other logins and signs in. */
export const resetSchema = z.strictObject({ code: text, password: text });

/**
 * How the person signs in. `invited`: not yet, an invitation link is out or has expired; `openid` and `proxy`: at the
 * provider or the proxy in front, so there is no password to reset.
 */
export const signInKinds = ["password", "invited", "openid", "proxy"] as const;
export type SignInKind = (typeof signInKinds)[number];

/** One row of `GET /people` (an array, by name). */
export interface PersonBody {
  id: string;
  name: string;
  role: Role;
  /** whose servers may be changed: names and patterns; null: all */
  backends: string[] | null;
  isDisabled: boolean;
  signsInWith: SignInKind;
  createdAt: number;
  lastSeenAt: number | null;
  /** until when the newest invitation or reset link works; null: there is none */
  linkExpiresAt: number | null;
  /** the person who asks */
  isYou: boolean;
}

/** A one-time link to `/reset?code=...`, shown once: only its hash is kept. */
export interface ResetLinkBody {
  url: string;
  expiresAt: number;
}

/** 201 of `POST /people`. `link` is null when the same Idempotency-Key asks again: it is shown once. */
export type AddedPersonBody = PersonBody & { link: ResetLinkBody | null };

/** 200 of `POST /auth/reset/check` */
export interface ResetCheckBody {
  name: string;
  isInvitation: boolean;
  expiresAt: number;
}

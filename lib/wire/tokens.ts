// API tokens over REST (admins only): `GET /tokens`, `POST /tokens`, `DELETE /tokens/{id}`; wall links likewise.
import { z } from "zod";
import type { Role } from "#lib/auth/permissions.ts";
import { backendsSchema, expiresAtSchema, labelSchema, refuseLimitedAdmin, roleSchema } from "./access.ts";

/** `POST /tokens` */
export const addTokenSchema = z
  .strictObject({
    name: labelSchema,
    role: roleSchema,
    backends: backendsSchema.optional(),
    expiresAt: expiresAtSchema,
  })
  .superRefine(refuseLimitedAdmin);
export type AddToken = z.output<typeof addTokenSchema>;

/** `POST /wall-links` */
export const addWallLinkSchema = z.strictObject({ name: labelSchema, expiresAt: expiresAtSchema });
export type AddWallLink = z.output<typeof addWallLinkSchema>;

/** One row of `GET /tokens` (an array, newest first; revoked ones are left out, expired ones are not). */
export interface TokenBody {
  id: string;
  name: string;
  role: Role;
  backends: string[] | null;
  /** how the token begins, to tell which one a file holds */
  prefix: string;
  createdAt: number;
  createdBy: string;
  /** null: never */
  expiresAt: number | null;
  isExpired: boolean;
  /** to the minute; null: never used */
  lastUsedAt: number | null;
  lastUsedFrom: string | null;
}

/** 201 of `POST /tokens`. `token` is null when the same Idempotency-Key asks again: it is shown once. */
export type AddedTokenBody = TokenBody & { token: string | null };

/** One row of `GET /wall-links`. */
export interface WallLinkBody {
  id: string;
  name: string;
  prefix: string;
  createdAt: number;
  createdBy: string;
  expiresAt: number | null;
  isExpired: boolean;
  /** to the minute; null: never opened */
  lastSeenAt: number | null;
  lastSeenFrom: string | null;
}

/** 201 of `POST /wall-links`: `url` is what the screen opens; both are shown once, as with tokens. */
export type AddedWallLinkBody = WallLinkBody & { token: string | null; url: string | null };

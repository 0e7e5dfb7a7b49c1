// One's own account over REST (people only, any role): `GET /account`, `PUT /account/password`, `GET /account/logins`,
// `DELETE /account/logins/{id}`, `POST /account/sign-out-everywhere`.
import { z } from "zod";
import type { Role } from "#lib/auth/permissions.ts";
import type { SignInKind } from "./people.ts";

const text = z.string().max(2_000);

/** `PUT /account/password`: 204; the person's other logins are ended. */
export const changePasswordSchema = z.strictObject({ oldPassword: text, newPassword: text });

/** `GET /account` */
export interface AccountBody {
  id: string;
  name: string;
  role: Role;
  backends: string[] | null;
  signsInWith: SignInKind;
  createdAt: number;
}

/** One row of `GET /account/logins` (an array, last seen first): a browser that this person signed in with. */
export interface LoginBody {
  id: string;
  /** the browser that asks */
  isThis: boolean;
  createdAt: number;
  /** to the minute */
  lastSeenAt: number;
  expiresAt: number;
  /** where it was last seen; null: from before this was kept */
  remoteAddress: string | null;
  userAgent: string;
}

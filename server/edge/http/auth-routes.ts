import { z } from "zod";
import { resetCheckSchema, resetSchema } from "#lib/wire/people.ts";
import type { Auth } from "#server/auth/auth.ts";
import type { Oidc } from "#server/auth/oidc/oidc.ts";
import { RESET_LINK_REFUSED, type Reset, type SetUp } from "#server/auth/sign-in.ts";
import { tooManyAttempts } from "#server/auth/too-many.ts";
import { fail } from "./problem.ts";
import { type Route, route } from "./route.ts";

// The lengths keep rubbish out; what a name and a password must be, auth says in its own sentences.
const text = z.string().max(2_000);

export const signInSchema = z.strictObject({ name: text.min(1), password: text.min(1) });
export const setupSchema = z.strictObject({ code: text, name: text.optional(), password: text });

export function authRoutes(auth: Auth, oidc: Oidc | null): Route[] {
  return [
    route({
      method: "POST",
      path: "/auth/sign-in",
      summary: "Sign in with name and password; sets the cookie",
      permission: "public",
      body: signInSchema,
      async handle({ req, requestId, body }) {
        const result = await auth.signIn(req, requestId, body);
        if (result.ok) return { status: 204, headers: { "set-cookie": result.cookie } };
        switch (result.why) {
          case "wrong":
            return fail("not-signed-in", "Name or password is wrong. Try again, or ask an admin for a new password.");
          case "too-many":
            throw tooManyAttempts(result.retryAfterSec);
        }
      },
    }),
    route({
      method: "POST",
      path: "/auth/sign-out",
      summary:
        "Sign out: ends the login of this browser; 200 with `next` when the provider's session is to be ended, too",
      permission: "public",
      async handle({ req, requestId }) {
        // Asked before: afterwards nobody is signed in.
        const elsewhere = (await oidc?.signOutUrl(req)) ?? null;
        const headers = { "set-cookie": await auth.signOut(req, requestId) };
        return elsewhere === null ? { status: 204, headers } : { status: 200, headers, body: { next: elsewhere } };
      },
    }),
    route({
      method: "POST",
      path: "/auth/setup",
      summary: "Make the first admin with the code of the set-up link; signs in",
      permission: "public",
      body: setupSchema,
      async handle({ req, requestId, body }) {
        const result = await auth.setUp(req, requestId, body);
        if (result.ok) return { status: 204, headers: { "set-cookie": result.cookie } };
        return refused(result);
      },
    }),
    route({
      method: "POST",
      path: "/auth/reset/check",
      summary: "Whose invitation or reset link a code is of, and until when it works",
      permission: "public",
      body: resetCheckSchema,
      async handle({ body }) {
        return { status: 200, body: (await auth.checkReset(body.code)) ?? fail("not-allowed", RESET_LINK_REFUSED) };
      },
    }),
    route({
      method: "POST",
      path: "/auth/reset",
      summary: "Choose a password with the code of an invitation or reset link; ends other logins and signs in",
      permission: "public",
      body: resetSchema,
      async handle({ req, requestId, body }) {
        const result = await auth.reset(req, requestId, body);
        if (result.ok) return { status: 204, headers: { "set-cookie": result.cookie } };
        return refused(result);
      },
    }),
    route({
      method: "GET",
      path: "/auth/state",
      summary: "Who is signed in",
      permission: "public",
      async handle({ req }) {
        return {
          status: 200,
          body: { ...(await auth.state(req)), oidc: oidc === null ? null : { label: oidc.label } },
        };
      },
    }),
  ];
}

function refused(result: Exclude<SetUp | Reset, { ok: true }>): never {
  switch (result.why) {
    case "too-many":
      throw tooManyAttempts(result.retryAfterSec);
    case "code":
      return fail("not-allowed", result.message);
    case "name":
    case "password":
      return fail("malformed", result.message);
  }
}

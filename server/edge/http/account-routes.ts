import type { IncomingMessage } from "node:http";
import { changePasswordSchema } from "#lib/wire/account.ts";
import type { Auth } from "#server/auth/auth.ts";
import { callOf } from "./call.ts";
import { type Route, route } from "./route.ts";

const ROOT = "/api/v1/account";
const permission = "account:write";

export function accountRoutes(auth: Auth): Route[] {
  const { account } = auth;

  async function loginOf(req: IncomingMessage): Promise<string | null> {
    const found = await auth.credential(req);
    return found.kind === "good" ? found.login : null;
  }

  return [
    route({
      method: "GET",
      path: ROOT,
      summary: "One's own name, role and limit",
      permission,
      handle: async (context) => ({ status: 200, body: await account.show(callOf(context)) }),
    }),
    route({
      method: "PUT",
      path: `${ROOT}/password`,
      summary: "Change one's own password; the other logins end",
      permission,
      body: changePasswordSchema,
      handle: async (context) => {
        await account.changePassword(callOf(context), await loginOf(context.req), context.body);
        return { status: 204 };
      },
    }),
    route({
      method: "GET",
      path: `${ROOT}/logins`,
      summary: "Browsers in which one is signed in, last seen first",
      permission,
      handle: async (context) => ({
        status: 200,
        body: await account.logins(callOf(context), await loginOf(context.req)),
      }),
    }),
    route({
      method: "DELETE",
      path: `${ROOT}/logins/:id`,
      summary: "Sign out one browser",
      permission,
      handle: async (context) => {
        await account.endLogin(callOf(context), context.params.id ?? "");
        return { status: 204 };
      },
    }),
    route({
      method: "POST",
      path: `${ROOT}/sign-out-everywhere`,
      summary: "Sign out in every browser, this one too",
      permission,
      handle: async (context) => {
        await account.signOutEverywhere(callOf(context));
        return { status: 204, headers: { "set-cookie": await auth.signOut(context.req, context.requestId) } };
      },
    }),
  ];
}

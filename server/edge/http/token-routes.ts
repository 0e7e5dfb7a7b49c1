import { addTokenSchema } from "#lib/wire/tokens.ts";
import type { ManageTokens } from "#server/auth/manage-tokens.ts";
import { callOf } from "./call.ts";
import { type Route, route } from "./route.ts";

const ROOT = "/api/v1/tokens";
const permission = "tokens:write";

export function tokenRoutes(tokens: ManageTokens): Route[] {
  return [
    route({
      method: "GET",
      path: ROOT,
      summary: "API tokens, newest first, without their secrets; revoked ones are left out",
      permission,
      handle: async () => ({ status: 200, body: await tokens.list() }),
    }),
    route({
      method: "POST",
      path: ROOT,
      summary: "Make an API token; it is in this answer and never shown again",
      permission,
      body: addTokenSchema,
      handle: async (context) => ({
        status: 201,
        body: await tokens.add(callOf(context), context.body),
        onceOnly: ["token"],
      }),
    }),
    route({
      method: "DELETE",
      path: `${ROOT}/:id`,
      summary: "Revoke an API token; its open connections end",
      permission,
      handle: async (context) => {
        await tokens.revoke(callOf(context), context.params.id ?? "");
        return { status: 204 };
      },
    }),
  ];
}

import { addWallLinkSchema } from "#lib/wire/tokens.ts";
import type { ManageWallLinks } from "#server/auth/manage-tokens.ts";
import type { BaseUrlOf } from "./base-url.ts";
import { callOf } from "./call.ts";
import { type Route, route } from "./route.ts";

const ROOT = "/api/v1/wall-links";
const permission = "tokens:write";

export function wallLinkRoutes(wallLinks: ManageWallLinks, baseUrlOf: BaseUrlOf): Route[] {
  return [
    route({
      method: "GET",
      path: ROOT,
      summary: "Wall links, newest first, and where each was last seen; revoked ones are left out",
      permission,
      handle: async () => ({ status: 200, body: await wallLinks.list() }),
    }),
    route({
      method: "POST",
      path: ROOT,
      summary: "Make a wall link; its address is in this answer and never shown again",
      permission,
      body: addWallLinkSchema,
      handle: async (context) => ({
        status: 201,
        body: await wallLinks.add(callOf(context), context.body, baseUrlOf(context.req)),
        onceOnly: ["token", "url"],
      }),
    }),
    route({
      method: "DELETE",
      path: `${ROOT}/:id`,
      summary: "Revoke a wall link; the screens that show it go dark",
      permission,
      handle: async (context) => {
        await wallLinks.revoke(callOf(context), context.params.id ?? "");
        return { status: 204 };
      },
    }),
  ];
}

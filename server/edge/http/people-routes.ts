import { addPersonSchema, changePersonSchema } from "#lib/wire/people.ts";
import type { ManagePeople } from "#server/auth/manage-people.ts";
import type { BaseUrlOf } from "./base-url.ts";
import { callOf } from "./call.ts";
import { type Route, route } from "./route.ts";

const ROOT = "/api/v1/people";
const permission = "people:write";

export function peopleRoutes(people: ManagePeople, baseUrlOf: BaseUrlOf): Route[] {
  return [
    route({
      method: "GET",
      path: ROOT,
      summary: "People who may sign in, by name",
      permission,
      handle: async (context) => ({ status: 200, body: await people.list(callOf(context)) }),
    }),
    route({
      method: "POST",
      path: ROOT,
      summary: "Add a person; the answer has the one-time link by which the person chooses a password",
      permission,
      body: addPersonSchema,
      handle: async (context) => {
        const body = await people.add(callOf(context), context.body, baseUrlOf(context.req));
        return { status: 201, body, onceOnly: ["link"], headers: { location: `${ROOT}/${body.id}` } };
      },
    }),
    route({
      method: "PATCH",
      path: `${ROOT}/:id`,
      summary: "Change role, backends, or whether the person may sign in; open connections end",
      permission,
      body: changePersonSchema,
      handle: async (context) => ({
        status: 200,
        body: await people.change(callOf(context), context.params.id ?? "", context.body),
      }),
    }),
    route({
      method: "DELETE",
      path: `${ROOT}/:id`,
      summary: "Remove a person; logins and open connections end",
      permission,
      handle: async (context) => {
        await people.remove(callOf(context), context.params.id ?? "");
        return { status: 204 };
      },
    }),
    route({
      method: "POST",
      path: `${ROOT}/:id/reset-link`,
      summary: "A one-time link by which the person chooses a new password; it replaces the one before",
      permission,
      handle: async (context) => ({
        status: 201,
        body: await people.resetLink(callOf(context), context.params.id ?? "", baseUrlOf(context.req)),
        onceOnly: ["url"],
      }),
    }),
  ];
}

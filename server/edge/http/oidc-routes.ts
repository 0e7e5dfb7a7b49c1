import { z } from "zod";
import { OIDC_CALLBACK_PATH, OIDC_START_PATH, type Oidc, type Redirect } from "#server/auth/oidc/oidc.ts";
import { type Answer, type Route, route } from "./route.ts";

export function oidcRoutes(oidc: Oidc): Route[] {
  return [
    route({
      method: "GET",
      path: OIDC_START_PATH,
      summary: "Leads the browser to the OpenID Connect provider",
      permission: "public",
      query: z.looseObject({ next: z.string().optional() }),
      async handle({ req, requestId, query }) {
        return redirect(await oidc.start(req, requestId, query.next));
      },
    }),
    route({
      method: "GET",
      path: OIDC_CALLBACK_PATH,
      summary: "Where the provider leads the browser back to; signs in",
      permission: "public",
      async handle({ req, requestId }) {
        const url = req.url ?? "";
        const mark = url.indexOf("?");
        return redirect(await oidc.finish(req, requestId, mark < 0 ? "" : url.slice(mark)));
      },
    }),
  ];
}

function redirect({ location, cookies }: Redirect): Answer {
  return { status: 303, headers: { location, ...(cookies.length === 0 ? {} : { "set-cookie": cookies }) } };
}

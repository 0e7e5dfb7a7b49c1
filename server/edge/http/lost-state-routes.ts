// Drain and maint that a reload took away and that wait for an answer.
import { lostAnswerSchema } from "#lib/wire/commands.ts";
import type { KeptStates } from "#server/maintenance/kept-states.ts";
import { type Route, route, signedIn } from "./route.ts";

export function lostStateRoutes(keptStates: KeptStates): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/lost-states",
      summary: "Drain and maint set by a click that a reload took away, and that nobody answered yet",
      permission: "fleet:read",
      handle: () => ({ status: 200, body: keptStates.lost() }),
    }),
    route({
      method: "POST",
      path: "/api/v1/lost-states",
      summary: "Answer one: re-apply it, or keep the server ready",
      permission: "server:set-state",
      body: lostAnswerSchema,
      handle: async ({ body, actor, requestId, remoteAddress }) => {
        const call = { actor: signedIn(actor), requestId, via: "rest" as const, remoteAddress };
        await keptStates.answer(call, body.lb, body.server, body.answer);
        return { status: 200, body: keptStates.lost() };
      },
    }),
  ];
}

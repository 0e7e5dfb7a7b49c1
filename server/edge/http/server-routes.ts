// What can be seen and done on one server beside its admin state: sessions, why it is not empty, weight, checks, agent,
// stick-table entries. The lists of contract.md are arrays; what is missing of them is told in a header.
import { z } from "zod";
import { serverId } from "#lib/haproxy/names.ts";
import {
  agentBodySchema,
  checkBodySchema,
  clearStickBodySchema,
  healthBodySchema,
  weightBodySchema,
} from "#lib/wire/server-control.ts";
import { endSessionsBodySchema, type SessionsReport } from "#lib/wire/sessions.ts";
import type { SessionLists } from "#server/fleet/session-lists.ts";
import type { Diagnose } from "#server/maintenance/diagnose.ts";
import { ProblemError } from "#server/ops/problem-error.ts";
import type { ServerCommands } from "#server/ops/server-commands.ts";
import type { Call } from "#server/ops/verb.ts";
import { refuseToInsist } from "../insist.ts";
import { type Route, type RouteContext, route, signedIn } from "./route.ts";

/** Load balancers of which something is missing, as `lb1, lb2`; left out when the list is complete. */
const INCOMPLETE = "drainboard-incomplete";
/** Thousands of sessions end in rounds. */
const END_WITHIN_MS = 60_000;

const SERVER = "/api/v1/servers/:backend/:server";
const sessionsQuery = z.strictObject({
  force: z.enum(["true", "false"], "force: write true or false").optional(),
  as: z.literal("report", "as: write report, or leave it out for the plain list").optional(),
});

export interface ServerRoutesOptions {
  commands: ServerCommands;
  lists: SessionLists;
  diagnose: Diagnose;
}

export function serverRoutes({ commands, lists, diagnose }: ServerRoutesOptions): Route[] {
  const control = <Body>(
    method: "PUT" | "POST",
    path: string,
    summary: string,
    body: z.ZodType<Body>,
    run: (call: Call, input: unknown) => Promise<unknown>,
  ) =>
    route<Body>({
      ...{
        method,
        path: `${SERVER}/${path}`,
        summary,
        permission: "fleet:read",
        body,
        isBodyOptional: method === "POST",
      },
      handle: async (context) => ({
        status: 200,
        body: await run(callOf(context), { ...context.body, server: idOf(context.params) }),
      }),
    });

  return [
    route({
      method: "GET",
      path: `${SERVER}/sessions`,
      summary: "Its sessions over every load balancer and old worker; as=report tells what is missing",
      permission: "sessions:read",
      query: sessionsQuery,
      handle: async ({ actor, params, query }) => {
        const server = idOf(params);
        const isForced = query.force === "true";
        if (isForced) refuseToInsist(signedIn(actor), server);
        const report = known(await lists.report({ server, isForced }), server);
        if (query.as === "report") return { status: 200, body: report };
        refuseNothing(report);
        return {
          status: 200,
          body: report.sessions,
          headers: missingOf(report.loadBalancers.filter((one) => one.why)),
        };
      },
    }),
    route({
      method: "POST",
      path: `${SERVER}/sessions/end`,
      summary: "Ends chosen sessions; counted again before, refused when it is not as expected, read again after",
      permission: "fleet:read",
      body: endSessionsBodySchema,
      deadlineMs: END_WITHIN_MS,
      handle: async (context) => ({
        status: 200,
        body: await commands.endSessions(callOf(context), { ...context.body, server: idOf(context.params) }),
      }),
    }),
    route({
      method: "GET",
      path: `${SERVER}/diagnosis`,
      summary: "Why it is not empty: each cause with its count and the next step",
      permission: "sessions:read",
      handle: async ({ params }) => {
        const server = idOf(params);
        const report = known(await diagnose(server), server);
        return { status: 200, body: report.causes, headers: missingOf(report.notAsked) };
      },
    }),
    control("PUT", "weight", "Sets the weight, as 100 or 50%", weightBodySchema, commands.setWeight),
    control("PUT", "health", "Forces up, nolb or down", healthBodySchema, commands.setHealth),
    control("PUT", "check", "Enables or disables the health check", checkBodySchema, commands.setCheck),
    control(
      "PUT",
      "agent",
      "Enables or disables the agent check, or says up or down for it",
      agentBodySchema,
      commands.setAgent,
    ),
    control(
      ...(["POST", "stick-entries/clear", "Forgets stick-table entries that point to it"] as const),
      ...([clearStickBodySchema, commands.clearStick] as const),
    ),
  ];
}

function callOf({ actor, requestId, remoteAddress }: RouteContext<unknown, unknown>): Call {
  return { actor: signedIn(actor), requestId, via: "rest", remoteAddress };
}

function idOf(params: Readonly<Record<string, string>>): string {
  return serverId(params.backend ?? "", params.server ?? "");
}

function known<T>(value: T | null, server: string): T {
  if (value !== null) return value;
  throw new ProblemError(
    "unknown-name",
    `No load balancer has a server ${JSON.stringify(server)}. GET /api/v1/fleet lists them.`,
  );
}

/** An empty list would read as "nobody is there". */
function refuseNothing({ loadBalancers }: SessionsReport): void {
  if (loadBalancers.some((one) => one.count !== null)) return;
  const why = loadBalancers.map((one) => one.why ?? "").join(" ");
  const isBusy = loadBalancers.every((one) => one.reason === "too-busy");
  throw new ProblemError(isBusy ? "guard" : "unreachable", `No load balancer lists sessions now. ${why}`);
}

function missingOf(parts: readonly { lb: string }[]): Record<string, string> {
  return parts.length === 0 ? {} : { [INCOMPLETE]: [...new Set(parts.map((one) => one.lb))].join(", ") };
}

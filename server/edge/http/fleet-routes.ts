// The fleet over REST: what contract.md promises under /api/v1. A change goes through the same table of commands as the
// socket; the verb asks for its own permission, so that a refused attempt is audited too.
import { z } from "zod";
import { historySteps } from "#lib/fleet/history.ts";
import type { FleetView, ServerView } from "#lib/fleet/merge.ts";
import { serverId } from "#lib/haproxy/names.ts";
import { setStateBodySchema } from "#lib/wire/commands.ts";
import { HISTORY_MAX_POINTS } from "#lib/wire/limits.ts";
import { type Claims, fleetBody, serverBody } from "#lib/wire/rest.ts";
import type { Fleet } from "#server/fleet/fleet.ts";
import type { Commands } from "#server/ops/commands.ts";
import { ProblemError } from "#server/ops/problem-error.ts";
import { type Route, route, signedIn } from "./route.ts";

const HOUR_MS = 3_600_000;
/** Many servers, a few at a time, each looked at again. */
const HOST_WITHIN_MS = 120_000;

export interface FleetRoutesOptions {
  fleet: Fleet;
  commands: Commands;
  claims: () => Claims;
  now: () => number;
}

const narrowing = z.strictObject({
  backend: z.string().optional(),
  lb: z.string().optional(),
  host: z.string().optional(),
});

const epochMs = z.coerce.number().int().min(0);
const historyQuery = z.strictObject({ from: epochMs.optional(), to: epochMs.optional() });

export function fleetRoutes({ fleet, commands, claims, now }: FleetRoutesOptions): Route[] {
  const emptySince = (lb: string, id: string) => fleet.poller(lb)?.model.emptySince(id) ?? null;
  return [
    route({
      method: "GET",
      path: "/api/v1/fleet",
      summary: "Load balancers, backends and servers as last observed",
      permission: "fleet:read",
      query: narrowing,
      handle: ({ query }) => {
        const view = fleet.view();
        if (query.lb !== undefined && fleet.poller(query.lb) === undefined) {
          throw new ProblemError("unknown-name", `There is no load balancer "${query.lb}".`);
        }
        if (query.backend !== undefined && !view.backends.some((one) => one.backend === query.backend)) {
          throw new ProblemError("unknown-name", `No load balancer has a backend "${query.backend}".`);
        }
        return { status: 200, body: fleetBody(view, now(), emptySince, query, claims()) };
      },
    }),
    route({
      method: "GET",
      path: "/api/v1/servers/:backend/:server",
      summary: "One server over all its load balancers",
      permission: "fleet:read",
      handle: ({ params }) => {
        const view = fleet.view();
        return { status: 200, body: serverBody(view, known(view, params), now(), emptySince, claims()) };
      },
    }),
    route({
      method: "PUT",
      path: "/api/v1/servers/:backend/:server/admin-state",
      summary: "Set ready, drain or maint; answers after HAProxy was observed to show it",
      permission: "fleet:read",
      body: setStateBodySchema,
      handle: async ({ params, body, actor, requestId, remoteAddress }) => {
        const result = await commands.setState(
          { actor: signedIn(actor), requestId, via: "rest", remoteAddress },
          { ...body, server: idOf(params) },
        );
        return { status: 200, body: result };
      },
    }),
    route({
      method: "PUT",
      path: "/api/v1/hosts/:address/admin-state",
      summary: "The same for every server at that address, in whatever backend, on every load balancer, as one action",
      permission: "fleet:read",
      body: setStateBodySchema,
      deadlineMs: HOST_WITHIN_MS,
      handle: async ({ params, body, actor, requestId, remoteAddress }) => {
        const result = await commands.setStates(
          { actor: signedIn(actor), requestId, via: "rest", remoteAddress },
          { ...body, host: params.address },
        );
        return { status: 200, body: result };
      },
    }),
    route({
      method: "GET",
      path: "/api/v1/servers/:backend/:server/history",
      summary: "Sessions and arrivals, one a step from `from` (epoch ms): seconds for ten minutes, minutes for a day",
      permission: "fleet:read",
      query: historyQuery,
      handle: ({ params, query }) => {
        const { id } = known(fleet.view(), params);
        const nowMs = now();
        const to = Math.min(query.to ?? nowMs, nowMs);
        const from = query.from ?? to - 10 * 60_000;
        if (from >= to) throw new ProblemError("malformed", "from is not before to; both are epoch milliseconds.");
        if (nowMs - from > 24 * HOUR_MS)
          throw new ProblemError("malformed", "from is more than 24 hours ago; that far back nothing is kept.");
        return { status: 200, body: historyOf(fleet, id, from, to, nowMs) };
      },
    }),
  ];
}

/**
 * The finest step that is kept for that time and stays within the bound of points.
 * `from` of the answer is when its first step begins (epoch ms), which need not be the moment that was asked for.
 */
function historyOf(fleet: Fleet, id: string, from: number, to: number, nowMs: number) {
  const isRecent = nowMs - from <= 590_000;
  const stepMs = isRecent ? 1_000 : Math.max(60_000, Math.ceil((to - from) / HISTORY_MAX_POINTS / 60_000) * 60_000);
  const series = fleet.history([id], nowMs - from, stepMs, nowMs)[id] ?? { sessions: [], arrivals: [] };
  const count = Math.max(1, Math.ceil((to - from) / stepMs));
  const { fromSec } = historySteps(nowMs, nowMs - from, stepMs);
  return {
    from: fromSec * 1_000,
    stepMs,
    sessions: series.sessions.slice(0, count),
    arrivals: series.arrivals.slice(0, count),
  };
}

function idOf(params: Readonly<Record<string, string>>): string {
  return serverId(params.backend ?? "", params.server ?? "");
}

function known(view: FleetView, params: Readonly<Record<string, string>>): ServerView {
  const id = idOf(params);
  const server = view.servers.get(id);
  if (server === undefined)
    throw new ProblemError(
      "unknown-name",
      `No load balancer has a server ${JSON.stringify(id)}. GET /api/v1/fleet lists them.`,
    );
  return server;
}

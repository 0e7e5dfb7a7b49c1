// How a backend keeps its users, where its probe asks, and the probe.
import { serverId } from "#lib/haproxy/names.ts";
import { probeBodySchema, probeSettingSchema } from "#lib/wire/persistence.ts";
import type { Probe } from "#server/ops/probe.ts";
import { ProblemError } from "#server/ops/problem-error.ts";
import type { Call } from "#server/ops/verb.ts";
import { urlOf } from "#server/probe/ask.ts";
import type { ReadPersistence } from "#server/probe/persistence.ts";
import { PROBE_MS } from "#server/probe/run.ts";
import type { ProbeSettings } from "#server/probe/settings.ts";
import { type Route, type RouteContext, route, signedIn } from "./route.ts";

const SETTING = "/api/v1/settings/backends/:backend/probe";

export interface PersistenceRoutesOptions {
  read: ReadPersistence;
  settings: ProbeSettings;
  probe: Probe;
}

export function persistenceRoutes({ read, settings, probe }: PersistenceRoutesOptions): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/backends/:backend/persistence",
      summary: "How it keeps users: cookie, balance, stick tables, and what that means for draining",
      permission: "sessions:read",
      handle: async ({ params }) => {
        const backend = params.backend ?? "";
        const found = await read(backend);
        if (found === null)
          throw new ProblemError("unknown-name", `No load balancer has a backend ${JSON.stringify(backend)}.`);
        const setting = settings.of(backend);
        return { status: 200, body: { ...found, probeUrl: setting === null ? null : urlOf(setting) } };
      },
    }),
    route({
      method: "POST",
      path: "/api/v1/servers/:backend/:server/probe",
      summary:
        "Asks the configured frontend with and without its cookie: {requests?} gives {verdict:{code, tone, text, next}, notes, steps:[{kind, said, counted, requests:[{status, answeredBy, fate, setCookie, durationMs, ...}]}]}",
      permission: "server:probe",
      body: probeBodySchema,
      isBodyOptional: true,
      deadlineMs: PROBE_MS + 10_000,
      handle: async (context) => {
        const { params, body, signal } = context;
        const server = serverId(params.backend ?? "", params.server ?? "");
        return { status: 200, body: await probe(callOf(context), server, body, signal) };
      },
    }),
    route({
      method: "GET",
      path: SETTING,
      summary: "Where the probe of a backend asks, and a guess from the frontends",
      permission: "settings:read",
      handle: async ({ params }) => ({ status: 200, body: await settings.read(params.backend ?? "") }),
    }),
    route({
      method: "PUT",
      path: SETTING,
      summary:
        "Set where the probe of a backend asks: address, path, Host header, TLS, method, header that names who answered",
      permission: "settings:write",
      body: probeSettingSchema,
      handle: async (context) => ({
        status: 200,
        body: await settings.change(callOf(context), context.params.backend ?? "", context.body),
      }),
    }),
    route({
      method: "DELETE",
      path: SETTING,
      summary: "The probe of a backend asks nowhere any more",
      permission: "settings:write",
      handle: async (context) => {
        await settings.change(callOf(context), context.params.backend ?? "", null);
        return { status: 204 };
      },
    }),
  ];
}

function callOf({
  actor,
  requestId,
  remoteAddress,
}: Pick<RouteContext<unknown, unknown>, "actor" | "requestId" | "remoteAddress">): Call {
  return { actor: signedIn(actor), requestId, via: "rest", remoteAddress };
}

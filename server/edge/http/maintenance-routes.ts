// Maintenances over REST, as contract.md promises. Permission for changes is asked by the request itself, with the
// backends that it concerns, so that a refused attempt is audited too.
import { z } from "zod";
import { recordCsv, recordFile, recordMarkdown } from "#lib/maintenance/record.ts";
import {
  patchMaintenanceSchema,
  pauseMaintenanceSchema,
  readyMaintenanceSchema,
  resumeMaintenanceSchema,
  startMaintenanceSchema,
  stopMaintenanceSchema,
} from "#lib/wire/maintenance.ts";
import type { Maintenances, RequestKind } from "#server/maintenance/maintenances.ts";
import type { Call } from "#server/ops/verb.ts";
import { type Answer, type Method, type Route, type RouteContext, route, signedIn } from "./route.ts";

const ROOT = "/api/v1/maintenances";
const WAIT_DEFAULT_SEC = 60;
const WAIT_MAX_SEC = 300;
const LIST_DEFAULT = 100;
const LIST_MAX = 1_000;

const listQuery = z.strictObject({
  open: z.enum(["true", "false"], "open: write true or false").optional(),
  limit: z.coerce.number("limit: write a number").int().min(1).max(LIST_MAX, `limit: at most ${LIST_MAX}`).optional(),
});
const waitQuery = z.strictObject({
  until: z.enum(["maint", "done"], "write maint or done").optional(),
  timeout: z.coerce
    .number(`write seconds, from 1 to ${WAIT_MAX_SEC}`)
    .min(1, `write seconds, from 1 to ${WAIT_MAX_SEC}`)
    .max(WAIT_MAX_SEC, `write seconds, from 1 to ${WAIT_MAX_SEC}; ask again after that`)
    .optional(),
});
const recordQuery = z.strictObject({ format: z.enum(["json", "csv", "md"], "write json, csv or md").optional() });
const anything = z.unknown();

type Asked = RouteContext<unknown, unknown>;

export function maintenanceRoutes(maintenances: Maintenances): Route[] {
  const act = (method: Method, path: string, kind: RequestKind, summary: string, body: z.ZodType): Route =>
    described(
      route({
        method,
        path: `${ROOT}/:id${path}`,
        summary,
        permission: "fleet:read",
        body: anything,
        isBodyOptional: true,
        handle: async (context) => ({
          status: 200,
          body: await maintenances.request(callOf(context), context.params.id ?? "", kind, context.body),
        }),
      }),
      body,
    );
  return [
    described(
      route({
        method: "POST",
        path: ROOT,
        summary: "Start a graceful maintenance; with dryRun only its plan",
        permission: "fleet:read",
        body: anything,
        handle: async (context) => {
          if (isDryRun(context.body))
            return { status: 200, body: await maintenances.plan(callOf(context), context.body) };
          const started = await maintenances.start(callOf(context), context.body);
          return { status: 201, body: started, headers: { location: `${ROOT}/${started.id}` } };
        },
      }),
      startMaintenanceSchema,
    ),
    route({
      method: "GET",
      path: ROOT,
      summary: "Maintenances, newest first",
      permission: "maintenance:read",
      query: listQuery,
      handle: async ({ query }) => {
        const filter = query.open === undefined ? {} : { isOpen: query.open === "true" };
        return { status: 200, body: await maintenances.list({ ...filter, limit: query.limit ?? LIST_DEFAULT }) };
      },
    }),
    route({
      method: "GET",
      path: `${ROOT}/:id`,
      summary: "One maintenance",
      permission: "maintenance:read",
      handle: async ({ params }) => ({ status: 200, body: await maintenances.get(params.id ?? "") }),
    }),
    route({
      method: "GET",
      path: `${ROOT}/:id/wait`,
      summary: "Answers when a server is in maint (your turn), or when all is done, or after the timeout in seconds",
      permission: "maintenance:read",
      query: waitQuery,
      deadlineMs: (WAIT_MAX_SEC + 10) * 1_000,
      handle: async ({ params, query, req, signal }) => {
        const gone = new AbortController();
        const leave = () => gone.abort();
        req.socket.once("close", leave);
        try {
          const ended = AbortSignal.any([signal, gone.signal]);
          const timeoutMs = (query.timeout ?? WAIT_DEFAULT_SEC) * 1_000;
          const body = await maintenances.wait(params.id ?? "", query.until ?? "done", timeoutMs, ended);
          return { status: 200, body };
        } finally {
          req.socket.off("close", leave);
        }
      },
    }),
    act("POST", "/ready", "ready", "My turn is over: bring the servers back", readyMaintenanceSchema),
    act("POST", "/stop", "stop", "Break off: back to what it was, or leave it as it is", stopMaintenanceSchema),
    act("POST", "/pause", "pause", "Nothing goes on by itself until resumed", pauseMaintenanceSchema),
    act("POST", "/resume", "resume", "Go on", resumeMaintenanceSchema),
    act("PATCH", "", "patch", "Change window, deadline or what happens at it", patchMaintenanceSchema),
    route({
      method: "GET",
      path: `${ROOT}/:id/record`,
      summary: "The flight recorder: counts, phases, commands, people",
      permission: "maintenance:read",
      query: recordQuery,
      handle: async ({ params, query }) => {
        const id = params.id ?? "";
        const { maintenance, events } = await maintenances.record(id);
        switch (query.format ?? "json") {
          case "json":
            return {
              status: 200,
              body: { maintenance, events },
              headers: attached(recordFile(maintenance.id, "json")),
            };
          case "csv":
            return file(
              recordCsv(events),
              "text/csv; charset=utf-8; header=present",
              recordFile(maintenance.id, "csv"),
            );
          case "md":
            return file(
              recordMarkdown(maintenance, events),
              "text/markdown; charset=utf-8",
              recordFile(maintenance.id, "md"),
            );
        }
      },
    }),
  ];
}

/** The body is checked where REST and socket meet, with its own sentences; the schema here is for the description. */
function described(one: Route, body: z.ZodType): Route {
  return { ...one, body, run: (context) => one.run(context) };
}

function callOf({ actor, requestId, remoteAddress }: Pick<Asked, "actor" | "requestId" | "remoteAddress">): Call {
  return { actor: signedIn(actor), requestId, via: "rest", remoteAddress };
}

function isDryRun(body: unknown): boolean {
  return typeof body === "object" && body !== null && "dryRun" in body && body.dryRun === true;
}

function file(text: string, type: string, name: string): Answer {
  return { status: 200, text, headers: { "content-type": type, ...attached(name) } };
}

function attached(name: string): Record<string, string> {
  return { "content-disposition": `attachment; filename="${name}"` };
}

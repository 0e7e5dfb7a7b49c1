// What people and programs send about maintenances, checked here once for REST, socket and command line. Sentences say
// what, where and what to write instead; several mistakes give several sentences.
import { z } from "zod";
import { isName } from "#lib/haproxy/names.ts";
import { parseDuration } from "#lib/maintenance/duration.ts";
import { deadlineActions, endSessionsOrders, type MaintenanceOptions } from "#lib/maintenance/job.ts";
import { type Plan, runUnits } from "#lib/maintenance/plan.ts";
import type { OptionsPatch } from "#lib/maintenance/requests.ts";
import type { QuietWindow } from "#lib/maintenance/window.ts";
import { hostSchema, SERVERS_MAX, serverIdSchema } from "./commands.ts";

/** Shorter than a poll proves nothing; longer than a day is a mistyped unit. */
export const QUIET_MIN_MS = 1_000;
export const QUIET_MAX_MS = 24 * 3_600_000;
const DEADLINE_MAX_MS = 7 * 24 * 3_600_000;

export function durationSchema(what: string, minMs: number, maxMs: number, limits: string) {
  return z.string(`${what}: write it as text, such as "30s" or "28m"`).transform((text, ctx) => {
    const ms = parseDuration(text);
    if (ms === null)
      ctx.addIssue({
        code: "custom",
        message: `${what}: ${JSON.stringify(text.slice(0, 40))} is not a span of time; write it like 30s, 28m or 1h30m`,
      });
    else if (ms < minMs || ms > maxMs)
      ctx.addIssue({
        code: "custom",
        message: `${what}: ${JSON.stringify(text)} is out of range; it must be ${limits}`,
      });
    else return ms;
    return z.NEVER;
  });
}

const quietSchema = durationSchema("quiet window", QUIET_MIN_MS, QUIET_MAX_MS, "from 1s to 24h");
const deadlineSchema = durationSchema("deadline", QUIET_MIN_MS, DEADLINE_MAX_MS, "from 1s to 7d");
const autoReturnSchema = durationSchema("return by itself", 1_000, DEADLINE_MAX_MS, "from 1s to 7d");
const concurrencySchema = z
  .int("concurrency: write a whole number of servers, such as 1")
  .min(1, "concurrency: at least 1 server must be out at a time; to start nothing yet, do not start it")
  .max(SERVERS_MAX, `concurrency: at most ${SERVERS_MAX}`);

function noDuplicates(what: string) {
  return (values: string[], ctx: z.RefinementCtx) => {
    const twice = values.filter((value, i) => values.indexOf(value) !== i);
    for (const value of new Set(twice))
      ctx.addIssue({ code: "custom", message: `${what}: ${value} is in the list twice; name it once` });
  };
}

const serversSchema = z
  .array(serverIdSchema, 'servers: write a list such as ["APP1/SRV1"]')
  .min(1, "servers: name at least one, such as APP1/SRV1")
  .max(SERVERS_MAX, `servers: at most ${SERVERS_MAX} in one maintenance`)
  .superRefine(noDuplicates("servers"));

const hostsSchema = z
  .array(hostSchema, 'hosts: write a list of addresses such as ["10.0.0.1"]')
  .min(1, "hosts: name at least one, such as 10.0.0.1")
  .max(SERVERS_MAX, `hosts: at most ${SERVERS_MAX} in one maintenance`)
  .superRefine(noDuplicates("hosts"));

const loadBalancersSchema = z
  .array(z.string().max(255).refine(isName, "is not the name of a load balancer"))
  .min(1, "loadBalancers: name at least one, or leave it out for all that carry the server")
  .max(256)
  .superRefine(noDuplicates("loadBalancers"));

const optionsShape = {
  quiet: quietSchema.optional(),
  deadline: deadlineSchema.nullable().optional(),
  atDeadline: z.enum(deadlineActions, `atDeadline: write one of ${deadlineActions.join(", ")}`).optional(),
  endSessions: z.enum(endSessionsOrders, `endSessions: write one of ${endSessionsOrders.join(", ")}`).optional(),
  concurrency: concurrencySchema.optional(),
  autoReturn: autoReturnSchema.nullable().optional(),
};

/** Body of `POST /maintenances`. Durations are milliseconds after parsing. */
export const startMaintenanceSchema = z
  .strictObject({
    servers: serversSchema.optional(),
    /** instead of servers: every server at these addresses, host by host */
    hosts: hostsSchema.optional(),
    /** host: the servers of one address go out, have their turn and return together; default server, with hosts host */
    by: z.enum(runUnits, `by: write ${runUnits.join(" or ")}`).optional(),
    reason: z.string("reason: write text").max(500, "reason: at most 500 characters").optional(),
    ...optionsShape,
    loadBalancers: loadBalancersSchema.optional(),
    /** true: start although the plan warns; the warnings go to the audit */
    override: z.boolean().optional(),
    dryRun: z.boolean().optional(),
  })
  .superRefine((body, ctx) => {
    if (body.servers === undefined && body.hosts === undefined) {
      ctx.addIssue({ code: "custom", path: ["servers"], message: 'servers: write a list such as ["APP1/SRV1"]' });
    }
    if (body.servers !== undefined && body.hosts !== undefined) {
      ctx.addIssue({
        code: "custom",
        path: ["hosts"],
        message: "hosts: give servers or hosts, not both; hosts stands for every server at these addresses",
      });
    }
    if (body.deadline != null && body.quiet !== undefined && body.deadline < body.quiet) {
      ctx.addIssue({
        code: "custom",
        path: ["deadline"],
        message: "deadline: it is shorter than the quiet window, so it would pass before quiet can be proved",
      });
    }
    if (body.deadline == null && body.atDeadline !== undefined && body.atDeadline !== "wait") {
      ctx.addIssue({
        code: "custom",
        path: ["atDeadline"],
        message: `atDeadline: ${body.atDeadline} needs a deadline, such as "deadline": "28m"`,
      });
    }
  });
export type StartMaintenance = z.output<typeof startMaintenanceSchema>;

export const patchMaintenanceSchema = z
  .strictObject(optionsShape)
  .refine(
    (body) => Object.values(body).some((value) => value !== undefined),
    "nothing to change: give quiet, deadline, atDeadline, endSessions, concurrency or autoReturn",
  );
export type PatchMaintenance = z.output<typeof patchMaintenanceSchema>;

const someServers = serversSchema.optional();
export const readyMaintenanceSchema = z.strictObject({ servers: someServers, direct: z.boolean().optional() });
export const stopMaintenanceSchema = z.strictObject({
  servers: someServers,
  // biome-ignore lint/suspicious/noThenProperty: the contract's name; a schema's shape is never awaited
  then: z.enum(["ready", "leave"], "then: write ready (back to what it was) or leave (leave it as it is)"),
});
export const pauseMaintenanceSchema = z.strictObject({ reason: z.string().max(500).optional() });
export const resumeMaintenanceSchema = z.strictObject({});

export type Parsed<T> = { kind: "ok"; value: T } | { kind: "malformed"; problems: string[] };

/** One sentence a mistake, in the order of the fields. */
export function parseBody<S extends z.ZodType>(schema: S, body: unknown): Parsed<z.output<S>> {
  const result = schema.safeParse(body);
  if (result.success) return { kind: "ok", value: result.data };
  return { kind: "malformed", problems: result.error.issues.map(sentence) };
}

function sentence(issue: z.core.$ZodIssue): string {
  const where = issue.path.map(String).join(".");
  if (issue.code === "unrecognized_keys")
    return `${listed(issue.keys)} is not known here; look at the API description for the names`;
  const top = String(issue.path[0] ?? "");
  return where === "" || issue.message.startsWith(`${top}:`) || /^[a-z ]+: /.test(issue.message)
    ? issue.message
    : `${where}: ${issue.message}`;
}

function listed(keys: readonly string[]): string {
  return keys.map((key) => JSON.stringify(key.slice(0, 60))).join(", ");
}

export const DEFAULT_CONCURRENCY = 1;

/** The job's options: what was asked for, and the default window with its reason where nothing was. */
export function optionsOf(body: StartMaintenance, window: QuietWindow, who: string): Parsed<MaintenanceOptions> {
  const quietMs = body.quiet ?? window.quietMs;
  const deadlineMs = body.deadline ?? null;
  if (deadlineMs !== null && deadlineMs < quietMs) {
    return {
      kind: "malformed",
      problems: [
        `deadline: it is shorter than this backend's quiet window of ${quietMs / 1_000} s. ${window.why} Give a shorter quiet window or a later deadline.`,
      ],
    };
  }
  return {
    kind: "ok",
    value: {
      quietMs,
      quietWhy: body.quiet === undefined ? window.why : `chosen by ${who}`,
      deadlineMs,
      atDeadline: body.atDeadline ?? "wait",
      endSessions: body.endSessions ?? "tunnels-first",
      concurrency: body.concurrency ?? DEFAULT_CONCURRENCY,
      loadBalancers: body.loadBalancers ?? null,
      autoReturnMs: body.autoReturn ?? null,
      // Only the plan knows what an override was given for: see withOverride() in plan.ts.
      ignoreMinimum: false,
    },
  };
}

export function patchOf(body: PatchMaintenance): OptionsPatch {
  return {
    quietMs: body.quiet,
    deadlineMs: body.deadline,
    atDeadline: body.atDeadline,
    endSessions: body.endSessions,
    concurrency: body.concurrency,
    autoReturnMs: body.autoReturn,
  };
}

/** `POST /maintenances` with `dryRun` answers this, without it the MaintenanceSummary of what was started. */
export type DryRunResult = Plan & { script: string };

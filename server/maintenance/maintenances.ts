// Maintenances as people, scripts and the board meet them: plan, start, requests, lists, waiting. REST and the socket are
// thin doors to this.
import { randomBytes } from "node:crypto";
import { shownName } from "#lib/auth/actor.ts";
import { groupFindings } from "#lib/fleet/group-findings.ts";
import { countsAsLive } from "#lib/fleet/link.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import { hasTurn, isOpen, type Maintenance, newMaintenance, phaseOf } from "#lib/maintenance/job.ts";
import { type Plan, unconfirmed, withOverride } from "#lib/maintenance/plan.ts";
import { type JobRequest, request } from "#lib/maintenance/requests.ts";
import { scriptOf } from "#lib/maintenance/script.ts";
import type { MaintenanceSummary } from "#lib/maintenance/summary.ts";
import { unreadableSummary } from "#lib/maintenance/unreadable.ts";
import { listOf, plural } from "#lib/util/format.ts";
import type { MaintenancePreview } from "#lib/wire/events.ts";
import {
  parseBody,
  patchMaintenanceSchema,
  patchOf,
  pauseMaintenanceSchema,
  readyMaintenanceSchema,
  resumeMaintenanceSchema,
  startMaintenanceSchema,
  stopMaintenanceSchema,
} from "#lib/wire/maintenance.ts";
import type { Claim } from "#lib/wire/rest.ts";
import { runRequest } from "#server/ops/audited.ts";
import { ProblemError } from "#server/ops/problem-error.ts";
import type { Call, OpsContext } from "#server/ops/verb.ts";
import type { StoredEvent } from "#server/store/maintenance-events.ts";
import type { Maintenances as MaintenanceStore, UnreadableMaintenance } from "#server/store/maintenances.ts";
import type { MaintenanceEngine, MaintenanceListener } from "./engine.ts";
import {
  backendsOf,
  findingsOf,
  type NamedStart,
  nameServers,
  type Preflight,
  preflight,
  type QuietOf,
  runOrder,
} from "./preflight.ts";

export const requestKinds = ["ready", "stop", "pause", "resume", "patch"] as const;
export type RequestKind = (typeof requestKinds)[number];

export interface Maintenances {
  /** what a start would do; nothing is sent or stored */
  plan(call: Call, body: unknown): Promise<MaintenancePreview>;
  start(call: Call, body: unknown): Promise<MaintenanceSummary>;
  request(call: Call, id: string, kind: RequestKind, body: unknown): Promise<MaintenanceSummary>;
  /** open ones and those of the last day, oldest first */
  recent(): MaintenanceSummary[];
  list(filter: { isOpen?: boolean; limit: number }): Promise<MaintenanceSummary[]>;
  get(id: string): Promise<MaintenanceSummary>;
  /** Resolves when it is reached, cannot be reached any more, or the time is over. */
  wait(
    id: string,
    until: "maint" | "done",
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<MaintenanceSummary & { reached: boolean }>;
  record(id: string): Promise<{ maintenance: MaintenanceSummary; events: StoredEvent[] }>;
  claims(): ReadonlyMap<ServerId, Claim & { maintenanceId: string }>;
  onChange(listener: MaintenanceListener): () => void;
}

export interface MaintenancesOptions {
  context: OpsContext;
  engine: MaintenanceEngine;
  store: MaintenanceStore;
  quietOf: QuietOf;
}

const LIST_MAX = 1_000;

export function createMaintenances({ context, engine, store, quietOf }: MaintenancesOptions): Maintenances {
  const { fleet, now } = context;

  function look(body: NamedStart, who: string): Preflight {
    return preflight({ fleet, quietOf, nowMs: now(), taken: engine.taken() }, engine.jobs(), body, who);
  }

  async function pollLive(): Promise<void> {
    const live = fleet.view().loadBalancers.filter((lb) => countsAsLive(lb.link));
    await fleet.pollNow(live.map((lb) => lb.name));
  }

  async function found(id: string): Promise<Maintenance> {
    const job = engine.job(id) ?? (await store.get(id));
    if (job === null)
      throw new ProblemError(
        "unknown-name",
        `There is no maintenance ${JSON.stringify(id)}. GET /api/v1/maintenances lists them.`,
      );
    return job;
  }

  function confirmed(plan: Plan, isOverridden: boolean): void {
    const against = unconfirmed(plan);
    if (isOverridden || against.length === 0) return;
    const words = groupFindings(against)
      .map(({ message }) => message)
      .join(" ");
    throw new ProblemError("guard", `${words} Send it again with override to do it anyway.`, {
      findings: findingsOf(plan.warnings),
    });
  }

  function newestFirst(jobs: readonly Maintenance[], unreadable: readonly UnreadableMaintenance[]) {
    return [...engine.summariesOf(jobs), ...unreadable.map(unreadableSummary)].sort(
      (one, other) => other.createdAt - one.createdAt,
    );
  }

  /** All that can be asked of one that cannot be read. */
  function letGo(call: Call, one: UnreadableMaintenance, asked: JobRequest): Promise<MaintenanceSummary> {
    return runRequest(context, call, {
      action: `maintenance:${asked.kind}`,
      permission: "maintenance:write",
      backends: one.servers.length === 0 ? ["any backend"] : backendsOf(one.servers),
      target: one.servers.length === 1 ? (one.servers[0] ?? null) : null,
      reason: null,
      check: () => {
        if (asked.kind !== "stop" || !asked.isLeft)
          throw new ProblemError(
            "conflict",
            `Maintenance ${one.id} cannot be read, so it can only be let go of: stop it with then: "leave", and set its servers by hand.`,
          );
        return { maintenanceId: one.id, asked };
      },
      act: () => engine.letGo(one),
      after: () => ({ after: "stopped", detail: { maintenanceId: one.id } }),
    });
  }

  return {
    async plan(call, raw) {
      const asked = bodyOf(startMaintenanceSchema, raw);
      await pollLive();
      const body = nameServers(fleet.view(), asked);
      const { options, plan } = look(body, shownName(call.actor));
      return {
        ...plan,
        script: scriptOf(plan, options),
        quietSec: options.quietMs / 1_000,
        quietWhy: options.quietWhy,
      };
    },

    async start(call, raw) {
      const asked = bodyOf(startMaintenanceSchema, raw);
      await pollLive();
      const body = nameServers(fleet.view(), asked);
      const who = shownName(call.actor);
      const checked = () => {
        const ready = look(body, who);
        confirmed(ready.plan, body.override === true);
        return ready;
      };
      const job = await runRequest(context, call, {
        action: "maintenance:start",
        permission: "maintenance:write",
        backends: backendsOf(body.servers),
        target: body.servers.length === 1 ? (body.servers[0] ?? null) : null,
        reason: body.reason ?? null,
        check: () => {
          const { options, plan } = checked();
          return { servers: body.servers, by: body.by, options, ...plan };
        },
        // Planned again, and entered in the same synchronous block: of two starts at once the second one meets the first.
        act: async () => {
          const { options, plan } = checked();
          const made = newMaintenance(
            {
              id: newId(),
              reason: body.reason ?? "",
              startedBy: who,
              startedById: call.actor.id,
              ...runOrder(body, plan),
              options: body.override === true ? withOverride(options, plan) : options,
            },
            now(),
          );
          const text = `Started by ${who}${whatRuns(body, plan)}${made.reason === "" ? "" : ` (${made.reason})`}.`;
          const data = { servers: body.servers.length, quietMs: options.quietMs, deadlineMs: options.deadlineMs };
          await engine.insert(made, [
            { atMs: now(), kind: "person", server: null, lb: null, who, text, isAlert: false, data },
          ]);
          return made;
        },
        after: (made) => ({ after: made.id, maintenanceId: made.id, detail: { maintenanceId: made.id } }),
      });
      return engine.summary(engine.job(job.id) ?? job);
    },

    async request(call, id, kind, raw) {
      const asked = askedOf(kind, raw);
      const unreadable = engine.unreadable().find((one) => one.id === id);
      if (unreadable !== undefined) return letGo(call, unreadable, asked);
      const stored = await found(id);
      const who = shownName(call.actor);
      const apply = (current: Maintenance) => {
        const result = request(current, asked, who, now());
        if (result.kind === "refused") throw new ProblemError(result.code, sentence(result.text));
        return result;
      };
      const servers =
        "servers" in asked && asked.servers !== undefined ? asked.servers : stored.servers.map((one) => one.id);
      const job = await runRequest(context, call, {
        action: `maintenance:${kind}`,
        permission: "maintenance:write",
        backends: backendsOf(servers),
        target: servers.length === 1 ? (servers[0] ?? null) : null,
        maintenanceId: id,
        reason: asked.kind === "pause" ? (asked.why ?? null) : null,
        check: () => {
          apply(engine.job(id) ?? stored);
          return { maintenanceId: id, asked };
        },
        act: async () => {
          // It may have ended since the check.
          apply(engine.job(id) ?? stored);
          return engine.change(id, apply);
        },
        after: (next) => ({ after: phaseOf(next), detail: { maintenanceId: id } }),
      });
      return engine.summary(engine.job(id) ?? job);
    },

    recent: () => engine.summaries(),

    async list({ isOpen: wantsOpen, limit }) {
      if (wantsOpen === true) return newestFirst(engine.jobs(), engine.unreadable()).slice(0, limit);
      const { jobs, unreadable } = await store.list({
        ...(wantsOpen === undefined ? {} : { isOpen: wantsOpen }),
        limit: Math.min(limit, LIST_MAX),
      });
      const newest = jobs.map((job) => engine.job(job.id) ?? job);
      const broken = engine.unreadable().filter((one) => newest.some((job) => job.id === one.id));
      const readable = newest.filter((job) => !broken.some((one) => one.id === job.id));
      return newestFirst(readable, [...unreadable, ...broken]);
    },

    async get(id) {
      const unreadable = engine.unreadable().find((one) => one.id === id);
      return unreadable === undefined ? engine.summary(await found(id)) : unreadableSummary(unreadable);
    },

    async wait(id, until, timeoutMs, signal) {
      const job = await found(id);
      const current = await new Promise<Maintenance>((resolve) => {
        if (reach(job, until) !== "not-yet") return resolve(job);
        let newest = job;
        const end = () => {
          clearTimeout(timer);
          stopListening();
          signal.removeEventListener("abort", end);
          resolve(newest);
        };
        const timer = setTimeout(end, timeoutMs);
        const stopListening = engine.onChange((_summary, changed) => {
          if (changed?.id !== id) return;
          newest = changed;
          if (reach(changed, until) !== "not-yet") end();
        });
        signal.addEventListener("abort", end);
        // Who asked may be gone already: an event that has passed is never told.
        if (signal.aborted) end();
      });
      return { reached: reach(current, until) === "reached", ...engine.summary(current) };
    },

    async record(id) {
      const job = await found(id);
      return { maintenance: engine.summary(job), events: await store.events(id) };
    },

    claims() {
      const claims = new Map<ServerId, Claim & { maintenanceId: string }>();
      for (const [id, { maintenanceId, who, sinceMs, reason }] of engine.taken())
        claims.set(id, { maintenanceId, who, since: sinceMs, reason });
      return claims;
    },

    onChange: (listener) => engine.onChange(listener),
  };
}

function whatRuns({ servers }: NamedStart, { hosts }: Plan): string {
  if (hosts.length === 0) return `: ${listOf(servers)}`;
  return `, host by host: ${hosts.map((one) => `${one.host} with ${listOf(one.servers)}`).join("; ")}`;
}

function bodyOf<S extends Parameters<typeof parseBody>[0]>(schema: S, raw: unknown) {
  const parsed = parseBody(schema, raw);
  if (parsed.kind === "ok") return parsed.value;
  const more = parsed.problems.length - 5;
  const sentences = parsed.problems.slice(0, 5).map(ended).join(" ");
  throw new ProblemError("malformed", more > 0 ? `${sentences} And ${plural(more, "more mistake")}.` : sentences);
}

function askedOf(kind: RequestKind, raw: unknown): JobRequest {
  const body = raw ?? {};
  switch (kind) {
    case "ready":
      return { kind, ...bodyOf(readyMaintenanceSchema, body) };
    case "stop": {
      const { then, servers } = bodyOf(stopMaintenanceSchema, body);
      return { kind, isLeft: then === "leave", ...(servers === undefined ? {} : { servers }) };
    }
    case "pause": {
      const { reason } = bodyOf(pauseMaintenanceSchema, body);
      return { kind, ...(reason === undefined ? {} : { why: reason }) };
    }
    case "resume":
      bodyOf(resumeMaintenanceSchema, body);
      return { kind };
    case "patch":
      return { kind, patch: patchOf(bodyOf(patchMaintenanceSchema, body)) };
  }
}

function reach(job: Maintenance, until: "maint" | "done"): "reached" | "not-yet" | "never" {
  if (!isOpen(job)) return phaseOf(job) === "done" ? "reached" : "never";
  return until === "maint" && job.servers.some(hasTurn) ? "reached" : "not-yet";
}

function sentence(text: string): string {
  return ended(text.charAt(0).toUpperCase() + text.slice(1));
}

function ended(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** Short enough to be said on the phone; letters and digits that are not mistaken for each other. */
function newId(): string {
  const letters = "23456789abcdefghjkmnpqrstuvwxyz";
  return `m-${[...randomBytes(7)].map((byte) => letters[byte % letters.length]).join("")}`;
}

// The one order in which anything changes a HAProxy: permission -> guard -> audit intent -> act -> audit outcome.
// A verb supplies the steps; none of them can be left out, and what is refused on the way is audited too.
import { type Actor, shownName } from "#lib/auth/actor.ts";
import { can, leastRole, type Permission } from "#lib/auth/permissions.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import { listOf } from "#lib/util/format.ts";
import type { Finding, ProblemCode } from "#lib/wire/problem.ts";
import type { Fleet } from "#server/fleet/fleet.ts";
import type { Log } from "#server/log.ts";
import type { Audit, AuditFacts, AuditResult, AuditVia } from "#server/store/audit.ts";
import { ProblemError } from "./problem-error.ts";

/** What every verb works with; made once by app.ts. */
export interface OpsContext {
  fleet: Fleet;
  audit: Audit;
  log: Log;
  now: () => number;
  /** Somebody as the store knows them now; null: may not act any more. Left out where nobody is stored. */
  actorNow?: (actor: Actor) => Promise<Actor | null>;
  /** servers that maintenances are taking out right now, whether HAProxy shows it yet or not */
  leaving?: () => readonly ServerId[];
  /** servers of open maintenances, and whose */
  claims?: () => ReadonlyMap<
    ServerId,
    { maintenanceId: string; who: string; whoId?: string; sinceMs: number; reason: string }
  >;
}

/** Who asks, through which door. */
export interface Call {
  actor: Actor;
  requestId: string;
  via: AuditVia;
  remoteAddress: string | null;
  /** the maintenance that acts, on behalf of who started it */
  job?: { id: string; startedBy: string };
}

/** Of every row that this call leads to. */
export function whoAsks(
  call: Call,
): Pick<AuditFacts, "requestId" | "actor" | "via" | "remoteAddress" | "onBehalfOf" | "maintenanceId"> {
  const { requestId, actor, via, remoteAddress, job } = call;
  return { requestId, actor, via, remoteAddress, onBehalfOf: job?.startedBy ?? null, maintenanceId: job?.id ?? null };
}

/** Who lacks the permission may ask without end: those are written up to a rate, then counted. */
export async function auditDenied(
  audit: Pick<Audit, "attempt" | "event">,
  code: ProblemCode,
  facts: Parameters<Audit["event"]>[0],
): Promise<void> {
  await (code === "not-allowed" ? audit.attempt(facts) : audit.event(facts));
}

/** One change at one load balancer: its audit facts before, and how to do it. Never throws: what happened is a value. */
export interface Step<Outcome> {
  /** `target`: the server, where the verb is about several */
  facts: Pick<AuditFacts, "lb" | "before" | "command"> & Partial<Pick<AuditFacts, "target">>;
  act: () => Promise<{ outcome: Outcome; audit: Omit<AuditResult, "at"> }>;
  /** After an unknown outcome: resolves when looking has told what became of it. May stay pending for ever. */
  resolved: () => Promise<Omit<AuditResult, "at">>;
}

export interface Plan<Outcome> {
  findings: readonly Finding[];
  /** goes to the audit with the intent and with a refusal */
  detail: unknown;
  steps: readonly Step<Outcome>[];
}

export interface Verb<Input, Outcome> {
  action: string;
  permission: Permission;
  /** every one of them must be allowed */
  backendOf: (input: Input) => string | readonly string[];
  /** null: several servers; each step names its own */
  targetOf: (input: Input) => string | null;
  reasonOf: (input: Input) => string | null;
  isOverridden: (input: Input) => boolean;
  /** Looks at the fleet, freshly polled; throws ProblemError for a name that is not there or a state that changed. */
  plan: (context: OpsContext, input: Input, call: Call) => Promise<Plan<Outcome>>;
}

export async function runVerb<Input, Outcome>(
  verb: Verb<Input, Outcome>,
  context: OpsContext,
  call: Call,
  input: Input,
): Promise<{ outcomes: Outcome[]; findings: readonly Finding[] }> {
  const common: AuditFacts = {
    ...whoAsks(call),
    at: context.now(),
    action: verb.action,
    target: verb.targetOf(input),
    reason: verb.reasonOf(input),
  };
  try {
    return await permitted(verb, context, call, input, common);
  } catch (error) {
    if (error instanceof ProblemError) {
      await auditDenied(context.audit, error.code, {
        ...common,
        at: context.now(),
        outcome: "denied",
        answer: error.message,
        detail: { code: error.code, input, findings: error.extra.findings },
      });
    }
    throw error;
  }
}

async function permitted<Input, Outcome>(
  verb: Verb<Input, Outcome>,
  context: OpsContext,
  call: Call,
  input: Input,
  common: AuditFacts,
): Promise<{ outcomes: Outcome[]; findings: readonly Finding[] }> {
  const actor = await permittedNow(verb, context, call, input);
  const plan = await verb.plan(context, input, { ...call, actor });
  refuseByGuard(plan.findings, verb.isOverridden(input));
  // Looking at the fleet can take as long as a HAProxy that does not answer: who lost the right meanwhile sends nothing.
  await permittedNow(verb, context, call, input);

  // All intents first: if one cannot be written, nothing is sent anywhere.
  const seqs: number[] = [];
  try {
    for (const step of plan.steps) {
      seqs.push(await context.audit.intent({ ...common, ...step.facts, at: context.now(), detail: plan.detail }));
    }
  } catch (error) {
    await closeUnsent(context, seqs);
    throw error;
  }
  const outcomes = await Promise.all(
    plan.steps.map(async (step, i) => {
      const { outcome, audit } = await step.act();
      const seq = seqs[i];
      if (seq !== undefined) {
        await context.audit.outcome(seq, { ...audit, at: context.now() }).catch((error: unknown) => {
          // The change is made; without this row the intent is closed as unknown at the next start.
          context.log.error({ err: error, seq }, "an audit outcome could not be written");
        });
      }
      if (audit.outcome === "unknown") void auditResolved(context, common, step);
      return outcome;
    }),
  );
  return { outcomes, findings: plan.findings };
}

async function permittedNow<Input, Outcome>(
  verb: Verb<Input, Outcome>,
  context: OpsContext,
  call: Call,
  input: Input,
): Promise<Actor> {
  const actor = await actingNow(context, call);
  permit(actor, verb.permission, [verb.backendOf(input)].flat());
  return actor;
}

/** Nothing is done to some of several backends: who lacks one is refused all of it. */
export function permit(actor: Actor, permission: Permission, backends: readonly string[]): void {
  const refused = backends.filter((backend) => !can(actor, permission, backend));
  if (backends.length > 0 ? refused.length === 0 : can(actor, permission)) return;
  const where = refused.length === 0 ? "" : ` to ${listOf(refused)}`;
  const limit =
    actor.backends === null || refused.length === 0
      ? ""
      : ` and ${refused.length === 1 ? "the backend" : "these backends"} among the ones allowed`;
  throw new ProblemError(
    "not-allowed",
    `${shownName(actor)} may not do this${where}: it needs role ${leastRole(permission)}${limit}.`,
  );
}

/** Between the door and here a command may have waited for its turn: who was removed meanwhile does nothing any more. */
export async function actingNow({ actorNow }: Pick<OpsContext, "actorNow">, { actor }: Call): Promise<Actor> {
  const current = actorNow === undefined ? actor : await actorNow(actor);
  if (current !== null) return current;
  throw new ProblemError(
    "not-signed-in",
    `${shownName(actor)} was signed out, removed or revoked meanwhile; nothing was done.`,
  );
}

/** An unknown outcome stays in the audit as it was; what looking found later is a row of its own. */
async function auditResolved<Outcome>(
  context: OpsContext,
  common: AuditFacts,
  { resolved, facts }: Step<Outcome>,
): Promise<void> {
  try {
    const result = await resolved();
    await context.audit.event({ ...common, ...facts, ...result, at: context.now() });
  } catch (error) {
    context.log.error({ err: error, requestId: common.requestId }, "what became of a change could not be audited");
  }
}

/** Intents that stand though nothing follows them; one that cannot be closed is closed as unknown at the next start. */
async function closeUnsent(context: OpsContext, seqs: readonly number[]): Promise<void> {
  for (const seq of seqs) {
    await context.audit
      .outcome(seq, {
        at: context.now(),
        outcome: "denied",
        answer: "nothing was sent: the audit could not be written",
      })
      .catch(() => undefined);
  }
}

function refuseByGuard(findings: readonly Finding[], isOverridden: boolean): void {
  const blocks = findings.filter((finding) => finding.severity === "block");
  const confirms = findings.filter((finding) => finding.severity === "confirm");
  const against = blocks.length > 0 ? blocks : isOverridden ? [] : confirms;
  if (against.length === 0) return;
  const detail = against.map((finding) => finding.message).join(" ");
  const isSilent = blocks.length > 0 && blocks.every((finding) => finding.code === "not-live");
  throw new ProblemError(
    isSilent ? "unreachable" : "guard",
    blocks.length > 0 ? detail : `${detail} Send it again with override to do it anyway.`,
    { findings: [...findings] },
  );
}

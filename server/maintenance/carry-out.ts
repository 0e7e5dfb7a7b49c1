// One effect of decide(), carried out through the verbs that people use: audited, compared with what was seen, looked at
// afterwards. Never throws: what came of it goes back into the job.
import type { Actor } from "#lib/auth/actor.ts";
import type { Effect, MaintenanceEvent } from "#lib/maintenance/effect.ts";
import type { Maintenance } from "#lib/maintenance/job.ts";
import type { EffectOutcome } from "#lib/maintenance/outcome.ts";
import { endSessions } from "#server/ops/end-sessions.ts";
import { type JobOutcome, jobSetState, NotWanted } from "#server/ops/job-set-state.ts";
import { ProblemError } from "#server/ops/problem-error.ts";
import { type Call, type OpsContext, runVerb } from "#server/ops/verb.ts";
import { StoreError } from "#server/store/errors.ts";

export interface CarriedOut {
  result: EffectOutcome;
  event: Omit<MaintenanceEvent, "atMs"> | null;
}

export function jobActor(job: Maintenance): Actor {
  const name = `maintenance ${job.id} of ${job.startedBy}`;
  return { kind: "system", id: `maintenance:${job.id}`, name, role: "admin", backends: null };
}

export async function carryOut(
  context: OpsContext,
  job: Maintenance,
  effect: Effect,
  isStillWanted: () => boolean,
): Promise<CarriedOut> {
  const { id, startedBy } = job;
  const by = { requestId: effect.id, via: "system", remoteAddress: null } as const;
  const call: Call = { ...by, actor: jobActor(job), job: { id, startedBy } };
  try {
    return await (effect.kind === "set-state"
      ? setState(context, call, effect, isStillWanted)
      : end(context, call, effect, isStillWanted));
  } catch (error) {
    return failed(context, effect, error);
  }
}

async function setState(
  context: OpsContext,
  call: Call,
  effect: Effect & { kind: "set-state" },
  isStillWanted: () => boolean,
): Promise<CarriedOut> {
  const { server, lb, adminState, expect, process, why } = effect;
  const { outcomes } = await runVerb(jobSetState, context, call, {
    ...{ server, lb, adminState, expect, process, why, isStillWanted },
  });
  const outcome = outcomes[0];
  if (outcome === undefined) return unsent("nothing was to be done");
  const result = { outcome: meaningOf(outcome), process: outcome.process, message: outcome.message };
  const answer = outcome.answer ?? "";
  return { result, event: command(effect, outcome.command, answer, result, outcome.message) };
}

/**
 * What a person is told as refused is for a job only final when HAProxy itself said no. A reload in between, or an answer
 * that was lost, is looked at again.
 */
function meaningOf(outcome: JobOutcome): EffectOutcome["outcome"] {
  if (outcome.outcome !== "refused") return outcome.outcome;
  if (outcome.isSent === false) return "unsent";
  return outcome.message.startsWith("HAProxy refused") ? "refused" : "unknown";
}

async function end(
  context: OpsContext,
  call: Call,
  effect: Effect & { kind: "end-sessions" },
  isStillWanted: () => boolean,
): Promise<CarriedOut> {
  const { server, lb, which, expectCount, inOldWorkers, why } = effect;
  const { outcomes } = await runVerb(endSessions, context, call, {
    ...{ server, lb, which, expectCount, inOldWorkers, why, isStillWanted },
  });
  const outcome = outcomes[0];
  if (outcome === undefined) return unsent("nothing was to be done");
  const { remain } = outcome;
  const counted = `${outcome.found} before, ${remain === null ? "not known" : remain} after.`;
  const message = `${outcome.message} ${counted}`.trim();
  const result = { outcome: outcome.outcome, process: null, message };
  const event = command(effect, outcome.command, outcome.message, result, message);
  return { result, event: { ...event, data: { ...event.data, found: outcome.found, remain } } };
}

function command(effect: Effect, line: string, answer: string, result: EffectOutcome, message: string) {
  const words = message === "" ? "" : ` ${message}`;
  return {
    kind: "command" as const,
    server: effect.server,
    lb: effect.lb,
    who: null,
    text: `${effect.lb}: ${line}: ${result.outcome}.${words}`,
    isAlert: result.outcome === "refused",
    data: { command: line, answer, outcome: result.outcome, requestId: effect.id },
  };
}

function unsent(message: string): CarriedOut {
  return { result: { outcome: "unsent", process: null, message }, event: null };
}

function failed(context: OpsContext, effect: Effect, error: unknown): CarriedOut {
  if (error instanceof NotWanted) return unsent(error.message);
  if (error instanceof StoreError) {
    context.log.error({ err: error, effect: effect.id }, error.message);
    return unsent(error.message);
  }
  if (error instanceof ProblemError) {
    // Only the guard speaks of what stays so; the others are about a moment.
    if (error.code !== "guard") return unsent(error.message);
    const result = { outcome: "refused" as const, process: null, message: error.message };
    return { result, event: command(effect, effect.kind, "", result, error.message) };
  }
  context.log.error({ err: error, effect: effect.id }, "an effect of a maintenance failed in the app itself");
  const message = error instanceof Error ? error.message : String(error);
  return { result: { outcome: "unknown", process: null, message }, event: null };
}

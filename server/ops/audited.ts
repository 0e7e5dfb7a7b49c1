// What changes no HAProxy by itself but leads to changes (starting a maintenance, pausing it): the same order as runVerb,
// permission -> check -> audit intent -> act -> audit outcome.
import type { Permission } from "#lib/auth/permissions.ts";
import type { AuditFacts } from "#server/store/audit.ts";
import { ProblemError } from "./problem-error.ts";
import { actingNow, auditDenied, type Call, type OpsContext, permit, whoAsks } from "./verb.ts";

export interface Request<T> {
  action: string;
  permission: Permission;
  /** all of them must be allowed; none: what is asked for concerns no backend */
  backends: readonly string[];
  target: string | null;
  /** the one it is about; one that it begins comes with `after` */
  maintenanceId?: string;
  lb?: string | null;
  before?: string | null;
  reason: string | null;
  /** Before the intent: throws ProblemError when it cannot be done. What it returns goes to the audit. */
  check: () => unknown;
  /** Checks again, because time passed, and does it. */
  act: () => Promise<T>;
  /** what came of it, for the audit */
  after: (value: T) => { after: string | null; maintenanceId?: string; detail?: unknown };
}

export async function runRequest<T>(
  context: Pick<OpsContext, "audit" | "log" | "now" | "actorNow">,
  call: Call,
  request: Request<T>,
): Promise<T> {
  const facts: AuditFacts = {
    ...whoAsks(call),
    at: context.now(),
    action: request.action,
    target: request.target,
    maintenanceId: request.maintenanceId ?? null,
    lb: request.lb ?? null,
    before: request.before ?? null,
    reason: request.reason,
  };
  let detail: unknown;
  try {
    permit(await actingNow(context, call), request.permission, request.backends);
    detail = request.check();
  } catch (error) {
    if (error instanceof ProblemError) {
      const { code, extra } = error;
      await auditDenied(context.audit, code, {
        ...{ ...facts, at: context.now(), outcome: "denied", answer: error.message },
        detail: { code, findings: extra.findings },
      });
    }
    throw error;
  }
  const seq = await context.audit.intent({ ...facts, at: context.now(), detail });
  const close = (result: {
    outcome: "done" | "denied" | "unknown";
    after?: string | null;
    answer?: string;
    maintenanceId?: string;
    detail?: unknown;
  }) =>
    context.audit.outcome(seq, { ...result, at: context.now() }).catch((error: unknown) => {
      context.log.error({ err: error, seq }, "an audit outcome could not be written");
    });
  try {
    const value = await request.act();
    await close({ outcome: "done", ...request.after(value) });
    return value;
  } catch (error) {
    const answer = error instanceof Error ? error.message : String(error);
    await close({ outcome: error instanceof ProblemError ? "denied" : "unknown", answer });
    throw error;
  }
}

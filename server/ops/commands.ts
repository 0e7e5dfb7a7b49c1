// Binds the typed table of lib/wire to verbs: what a socket event or a REST call of that name does. One change of a
// server at a time: a second one waits for the first, so that "before" in the audit is true.

import type { z } from "zod";
import type { LoadBalancerOutcome, SetStateInput, SetStateResult } from "#lib/wire/commands.ts";
import { setStateInputSchema } from "#lib/wire/commands.ts";
import type { LastChange } from "#lib/wire/events.ts";
import { ProblemError } from "./problem-error.ts";
import { setState } from "./set-state.ts";
import { type Call, type OpsContext, runVerb } from "./verb.ts";

export interface Commands {
  setState(call: Call, input: unknown): Promise<SetStateResult>;
  /** the newest change that reached a load balancer, for the status line */
  lastChange(): LastChange | null;
  onChange(listener: (change: LastChange) => void): () => void;
}

export async function createCommands(context: OpsContext): Promise<Commands> {
  const listeners = new Set<(change: LastChange) => void>();
  const queues = new Map<string, Promise<unknown>>();
  let last = await lastFromAudit(context);

  /** Runs after whatever runs for the same server now. */
  function inTurn<T>(server: string, work: () => Promise<T>): Promise<T> {
    const run = (queues.get(server) ?? Promise.resolve()).then(work, work);
    const settled = run
      .catch(() => undefined)
      .finally(() => {
        if (queues.get(server) === settled) queues.delete(server);
      });
    queues.set(server, settled);
    return run;
  }

  async function run(call: Call, input: SetStateInput): Promise<SetStateResult> {
    const { outcomes, findings } = await runVerb(setState, context, call, input);
    if (outcomes.some((one) => one.outcome === "done" && one.before !== one.after)) {
      last = { atMs: context.now(), who: call.actor.name, server: input.server, adminState: input.adminState };
      for (const listener of listeners) listener(last);
    }
    const failed = outcomes.filter((one) => one.outcome !== "done");
    if (failed.length === outcomes.length) throw asProblem(input, failed);
    return { requestId: call.requestId, outcomes, findings: [...findings] };
  }

  return {
    async setState(call, raw) {
      const input = parsed(setStateInputSchema, raw);
      return inTurn(input.server, () => run(call, input));
    },
    lastChange: () => last,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Throws ProblemError "malformed" with a sentence for each mistake. */
export function parsed<T>(schema: z.ZodType<T>, raw: unknown): T {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const sentences = result.error.issues.map((issue) => {
    const where = issue.path.join(".");
    return where === "" ? issue.message : `${where}: ${issue.message}`;
  });
  throw new ProblemError("malformed", `${sentences.slice(0, 5).join("; ")}.`);
}

/** All load balancers failed: refused by HAProxy, or nobody knows. A partial success is a result, with its outcomes. */
function asProblem(input: SetStateInput, outcomes: LoadBalancerOutcome[]): ProblemError {
  const isUnknown = outcomes.some((one) => one.outcome === "unknown");
  const detail = outcomes.map((one) => `${one.lb}: ${one.message}`).join(" ");
  return new ProblemError(
    isUnknown ? "outcome-unknown" : "refused",
    `${input.server} was not set to ${input.adminState}. ${detail}`,
    {
      outcomes,
    },
  );
}

async function lastFromAudit(context: OpsContext): Promise<LastChange | null> {
  const rows = await context.audit.list({ limit: 50 });
  for (const row of rows) {
    if (row.kind !== "outcome" || row.action !== setState.action || row.outcome !== "done" || row.target === null)
      continue;
    const asked = / state (ready|drain|maint)$/.exec(row.command ?? "")?.[1];
    if (asked === "ready" || asked === "drain" || asked === "maint") {
      return { atMs: row.at, who: row.actorName, server: row.target, adminState: asked };
    }
  }
  return null;
}

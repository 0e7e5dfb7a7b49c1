// Binds the typed table of lib/wire to verbs: what a socket event or a REST call of that name does.

import type { z } from "zod";
import type { ServerId } from "#lib/haproxy/names.ts";
import type { LoadBalancerOutcome, SetStateInput, SetStateResult } from "#lib/wire/commands.ts";
import { setStateInputSchema } from "#lib/wire/commands.ts";
import type { LastChange } from "#lib/wire/events.ts";
import type { ProblemCode } from "#lib/wire/problem.ts";
import { ProblemError, sentenceOf } from "./problem-error.ts";
import { ServerTurns } from "./server-turns.ts";
import { setState } from "./set-state.ts";
import { type Call, type OpsContext, runVerb } from "./verb.ts";

/** A change by a person that reached HAProxy, whole or in part. */
export interface SetDone {
  call: Call;
  input: SetStateInput;
  outcomes: readonly LoadBalancerOutcome[];
}

export interface Commands {
  setState(call: Call, input: unknown): Promise<SetStateResult>;
  /** a person's change is under way: one load balancer may show it, and the next one not yet */
  isChanging(server: ServerId): boolean;
  /** the newest change that reached a load balancer, for the status line */
  lastChange(): LastChange | null;
  /** a change that was made another way, by a maintenance */
  changed(change: LastChange): void;
  onSet(listener: (done: SetDone) => void): () => void;
  onChange(listener: (change: LastChange) => void): () => void;
}

export async function createCommands(context: OpsContext, turns = new ServerTurns()): Promise<Commands> {
  const listeners = new Set<(change: LastChange) => void>();
  const setListeners = new Set<(done: SetDone) => void>();
  const changing: ServerId[] = [];
  let last = await lastFromAudit(context);

  function changed(change: LastChange): void {
    last = change;
    for (const listener of listeners) listener(change);
  }

  async function run(call: Call, input: SetStateInput): Promise<SetStateResult> {
    const { outcomes, findings } = await runVerb(setState, context, call, input);
    if (outcomes.some((one) => one.outcome === "done" && one.before !== one.after)) {
      changed({ atMs: context.now(), who: call.actor.name, server: input.server, adminState: input.adminState });
    }
    for (const listener of setListeners) listener({ call, input, outcomes });
    const failed = outcomes.filter((one) => one.outcome !== "done");
    if (failed.length === outcomes.length) throw asProblem(input, failed);
    return { requestId: call.requestId, outcomes, findings: [...findings] };
  }

  return {
    async setState(call, raw) {
      const input = parsed(setStateInputSchema, raw);
      changing.push(input.server);
      try {
        return await turns.run(input.server, () => run(call, input));
      } finally {
        changing.splice(changing.indexOf(input.server), 1);
      }
    },
    isChanging: (server) => changing.includes(server),
    lastChange: () => last,
    changed,
    onSet(listener) {
      setListeners.add(listener);
      return () => setListeners.delete(listener);
    },
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
  throw new ProblemError("malformed", sentenceOf(result.error));
}

/** All load balancers failed: refused by HAProxy, or nobody knows. A partial success is a result, with its outcomes. */
function asProblem(input: SetStateInput, outcomes: LoadBalancerOutcome[]): ProblemError {
  const detail = outcomes.map((one) => `${one.lb}: ${one.message}`).join(" ");
  return new ProblemError(codeOf(outcomes), `${input.server} was not set to ${input.adminState}. ${detail}`, {
    outcomes,
  });
}

function codeOf(outcomes: readonly LoadBalancerOutcome[]): ProblemCode {
  if (outcomes.some((one) => one.outcome === "unknown")) return "outcome-unknown";
  return outcomes.every((one) => one.isSent === false) ? "unreachable" : "refused";
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

// Binds the typed tables of lib/wire (sessions, server-control) to verbs, as commands.ts does for admin states.
import type { z } from "zod";
import type { Finding, ProblemCode } from "#lib/wire/problem.ts";
import {
  agentInputSchema,
  type ControlOutcome,
  type ControlResult,
  checkInputSchema,
  clearStickInputSchema,
  healthInputSchema,
  weightInputSchema,
} from "#lib/wire/server-control.ts";
import { type EndedSessions, type EndSessionsResult, endSessionsInputSchema } from "#lib/wire/sessions.ts";
import type { SessionLists } from "#server/fleet/session-lists.ts";
import { clearStick } from "./clear-stick.ts";
import { parsed } from "./commands.ts";
import type { ControlInput } from "./control.ts";
import { endListedSessions } from "./end-listed-sessions.ts";
import { ProblemError } from "./problem-error.ts";
import type { ServerTurns } from "./server-turns.ts";
import { setAgent } from "./set-agent.ts";
import { setCheck } from "./set-check.ts";
import { setHealth } from "./set-health.ts";
import { setWeight } from "./set-weight.ts";
import { type Call, type OpsContext, runVerb, type Verb } from "./verb.ts";

type ControlCommand = (call: Call, input: unknown) => Promise<ControlResult>;

export interface ServerCommands {
  setWeight: ControlCommand;
  setHealth: ControlCommand;
  setCheck: ControlCommand;
  setAgent: ControlCommand;
  clearStick: ControlCommand;
  endSessions: (call: Call, input: unknown) => Promise<EndSessionsResult>;
}

export function createServerCommands(context: OpsContext, turns: ServerTurns, lists: SessionLists): ServerCommands {
  const endVerb = endListedSessions(lists);

  function control<Input extends ControlInput>(
    schema: z.ZodType<Input>,
    verb: Verb<Input, ControlOutcome>,
  ): ControlCommand {
    return async (call, raw) => {
      const input = parsed(schema, raw);
      const { outcomes, findings } = await turns.run(input.server, () => runVerb(verb, context, call, input));
      refuseWhole(input.server, outcomes, findings, (failed) => ({ controls: failed }));
      return { requestId: call.requestId, outcomes, findings: [...findings] };
    };
  }

  return {
    setWeight: control(weightInputSchema, setWeight),
    setHealth: control(healthInputSchema, setHealth),
    setCheck: control(checkInputSchema, setCheck),
    setAgent: control(agentInputSchema, setAgent),
    clearStick: control(clearStickInputSchema, clearStick),
    async endSessions(call, raw) {
      const input = parsed(endSessionsInputSchema, raw);
      // Not in the server's turn: a slow end must not hold up "ready", and no state is compared.
      const { outcomes, findings } = await runVerb(endVerb, context, call, input);
      refuseWhole(input.server, outcomes, findings, (failed) => ({ ended: failed }));
      return {
        requestId: call.requestId,
        found: outcomes.reduce((sum, one) => sum + one.found, 0),
        ended: sumOf(outcomes.map((one) => one.ended)),
        remain: sumOf(outcomes.map((one) => one.remain)),
        loadBalancers: outcomes,
      };
    },
  };
}

/** All load balancers failed. A partial success is a result, with its outcomes. */
function refuseWhole<Outcome extends ControlOutcome | EndedSessions>(
  server: string,
  outcomes: Outcome[],
  findings: readonly Finding[],
  extra: (failed: Outcome[]) => object,
): void {
  if (outcomes.length === 0 || outcomes.some((one) => one.outcome === "done")) return;
  const said = outcomes.map((one) => `${one.lb}: ${one.message}`).join(" ");
  throw new ProblemError(codeOf(outcomes), `${server} was not changed. ${said}`, {
    findings: [...findings],
    ...extra(outcomes),
  });
}

function codeOf(outcomes: readonly (ControlOutcome | EndedSessions)[]): ProblemCode {
  if (outcomes.some((one) => one.outcome === "unknown")) return "outcome-unknown";
  return outcomes.every((one) => "isSent" in one && one.isSent === false) ? "unreachable" : "refused";
}

function sumOf(counts: readonly (number | null)[]): number | null {
  let sum = 0;
  for (const count of counts) {
    if (count === null) return null;
    sum += count;
  }
  return sum;
}

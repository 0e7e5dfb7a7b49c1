// Binds the typed table of lib/wire to verbs: what a socket event or a REST call of that name does.

import type { z } from "zod";
import { shownName } from "#lib/auth/actor.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import { serversOfMachine } from "#lib/maintenance/hosts.ts";
import type {
  LoadBalancerOutcome,
  ServerOutcome,
  SetStateInput,
  SetStateResult,
  SetStatesInput,
  SetStatesResult,
} from "#lib/wire/commands.ts";
import { setStateInputSchema, setStatesInputSchema } from "#lib/wire/commands.ts";
import type { LastChange } from "#lib/wire/events.ts";
import type { ProblemCode } from "#lib/wire/problem.ts";
import { ProblemError, sentenceOf } from "./problem-error.ts";
import { ServerTurns } from "./server-turns.ts";
import { type SetOutcome, setState, toldOutcome } from "./set-state.ts";
import { setStates } from "./set-states.ts";
import { type Call, type OpsContext, runVerb } from "./verb.ts";

/** A change by a person that reached HAProxy, whole or in part. */
export interface SetDone {
  call: Call;
  input: SetStateInput;
  outcomes: readonly SetOutcome[];
}

export interface Commands {
  setState(call: Call, input: unknown): Promise<SetStateResult>;
  /** several servers as one action */
  setStates(call: Call, input: unknown): Promise<SetStatesResult>;
  /** a person's change is under way: one load balancer may show it, and the next one not yet */
  isChanging(server: ServerId): boolean;
  /** the newest change that reached a load balancer, for the status line */
  lastChange(): LastChange | null;
  /** a change that was made another way, by a maintenance */
  changed(change: LastChange): void;
  onSet(listener: (done: SetDone) => void): () => void;
  onChange(listener: (change: LastChange) => void): () => void;
}

const TOLD_MAX = 5;

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
      changed({ atMs: context.now(), who: shownName(call.actor), server: input.server, adminState: input.adminState });
    }
    for (const listener of setListeners) listener({ call, input, outcomes });
    const failed = outcomes.filter((one) => one.outcome !== "done");
    if (failed.length === outcomes.length) throw asProblem(input, failed.map(toldOutcome));
    return { requestId: call.requestId, outcomes: outcomes.map(toldOutcome), findings: [...findings] };
  }

  async function runMany(call: Call, input: SetStatesInput, servers: readonly ServerId[]): Promise<SetStatesResult> {
    const { adminState, reason, loadBalancers, override, expect, host = null } = input;
    const expected = new Map(servers.map((id) => [id, input.expected?.[id] ?? expect] as const));
    const request = { servers, host, adminState, reason, loadBalancers, override, expected: withSeen(expected) };
    const { outcomes, findings } = await runVerb(setStates, context, call, request);
    const changes = new Set(
      outcomes.filter((one) => one.outcome === "done" && one.before !== one.after).map((one) => one.server),
    );
    const [first] = changes;
    if (first !== undefined) {
      const others = changes.size - 1;
      const more = others === 0 ? {} : { others };
      changed({ atMs: context.now(), who: shownName(call.actor), server: first, adminState, ...more });
    }
    for (const [server, own] of Map.groupBy(outcomes, (one) => one.server)) {
      const done = { call, input: { server, adminState, reason, loadBalancers, override }, outcomes: own };
      for (const listener of setListeners) listener(done);
    }
    const failed = outcomes.filter((one) => one.outcome !== "done");
    if (failed.length === outcomes.length) throw asProblemOfMany(input, failed.map(toldOutcome));
    return { requestId: call.requestId, outcomes: outcomes.map(toldOutcome), findings: [...findings] };
  }

  /** One change of each server at a time; all their turns are taken before anything is looked at. */
  async function inTurn<T>(servers: readonly ServerId[], work: () => Promise<T>): Promise<T> {
    changing.push(...servers);
    try {
      // Everybody who waits for several waits in the same order: two of them cannot wait for each other.
      const ordered = [...servers].sort();
      return await ordered.reduceRight<() => Promise<T>>((inner, id) => () => turns.run(id, inner), work)();
    } finally {
      for (const id of servers) changing.splice(changing.indexOf(id), 1);
    }
  }

  return {
    async setState(call, raw) {
      const input = parsed(setStateInputSchema, raw);
      return inTurn([input.server], () => run(call, input));
    },
    async setStates(call, raw) {
      const input = parsed(setStatesInputSchema, raw);
      const servers =
        input.host === undefined ? [...new Set(input.servers)] : serversOfMachine(context.fleet.view(), input.host);
      return inTurn(servers, () => runMany(call, input, servers));
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

function asProblemOfMany({ adminState }: SetStatesInput, outcomes: ServerOutcome[]): ProblemError {
  const detail = outcomes.map((one) => `${one.server} on ${one.lb}: ${one.message}`);
  const shown = detail.slice(0, TOLD_MAX).join(" ");
  const more = detail.length > TOLD_MAX ? ` And ${detail.length - TOLD_MAX} more.` : "";
  return new ProblemError(codeOf(outcomes), `No server was set to ${adminState}. ${shown}${more}`, { outcomes });
}

function withSeen<T>(expected: ReadonlyMap<ServerId, T | undefined>): ReadonlyMap<ServerId, T> {
  return new Map([...expected].flatMap(([id, seen]) => (seen === undefined ? [] : [[id, seen] as const])));
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
      return {
        atMs: row.at,
        who: shownName({ kind: row.actorKind, name: row.actorName }),
        server: row.target,
        adminState: asked,
      };
    }
  }
  return null;
}

// Ready, drain, maint on several servers as one action: one look, one guard over all backends, all intents before the
// first command, then a few at a time. The servers of a machine are those at its address when the command is sent.

import type { MergedAdminState, ServerCell } from "#lib/fleet/merge.ts";
import type { AdminState } from "#lib/haproxy/admin-state.ts";
import { type ServerId, splitServerId } from "#lib/haproxy/names.ts";
import { type GuardedPart, guardSetStates } from "#lib/maintenance/guard-group.ts";
import { knownHosts, serversOfMachine } from "#lib/maintenance/hosts.ts";
import { listOf } from "#lib/util/format.ts";
import type { Finding } from "#lib/wire/problem.ts";
import { Turns } from "#server/auth/turns.ts";
import type { Fleet } from "#server/fleet/fleet.ts";
import { ProblemError } from "./problem-error.ts";
import { claimFindings, lookFreshly, type SetOutcome, setState, stepOf } from "./set-state.ts";
import type { Call, OpsContext, Plan, Step, Verb } from "./verb.ts";

/** A HAProxy answers its runtime API in one thread; a person's single click must not wait for all of a bulk. */
const AT_ONCE_PER_LB = 4;
const NAMED_MAX = 5;

export interface StatesRequest {
  /** empty: nothing is at that address */
  servers: readonly ServerId[];
  host: string | null;
  adminState: AdminState;
  reason?: string | undefined;
  loadBalancers?: readonly string[] | undefined;
  override?: boolean | undefined;
  /** the state each was seen in; left out: whatever it is */
  expected: ReadonlyMap<ServerId, MergedAdminState>;
}

/** What became of one server at one load balancer. */
export interface SetOneOutcome extends SetOutcome {
  server: ServerId;
}

export const setStates: Verb<StatesRequest, SetOneOutcome> = {
  action: setState.action,
  permission: setState.permission,
  backendOf: ({ servers }) => [...new Set(servers.flatMap((id) => splitServerId(id)?.backend ?? []))],
  targetOf: () => null,
  reasonOf: (input) => input.reason ?? null,
  isOverridden: (input) => input.override === true,
  plan,
};

async function plan(context: OpsContext, input: StatesRequest, call: Call): Promise<Plan<SetOneOutcome>> {
  const { fleet, leaving } = context;
  const loadBalancers = input.loadBalancers ?? null;
  await lookFreshly(fleet, loadBalancers);
  refuseOtherMachine(fleet, input);
  const { servers, adminState } = input;
  const guarded = guardSetStates(fleet.view(), { servers, adminState, loadBalancers, leaving: leaving?.() ?? [] });
  if (guarded.kind === "unknown-name") throw new ProblemError("unknown-name", guarded.message);
  refuseChanged(guarded.parts, input);
  const findings: Finding[] = [...guarded.findings];
  for (const part of guarded.parts)
    if (part.targets.length > 0 && part.current !== adminState)
      findings.unshift(...claimFindings(context, part.id, call));
  const group = input.host === null ? { kind: "servers", servers } : { kind: "host", host: input.host, servers };
  return { findings, detail: { adminState, group, findings }, steps: stepsOf(fleet, guarded.parts, input) };
}

/** Who asked for a host gets all of it: what stands there now, not what stood there when the question came in. */
function refuseOtherMachine(fleet: Fleet, { host, servers }: StatesRequest): void {
  if (host === null) return;
  const now = serversOfMachine(fleet.view(), host);
  if (now.length === 0) {
    const all = fleet.view().backends.flatMap((backend) => backend.servers);
    throw new ProblemError("unknown-name", `No server has the address ${host}; ${knownHosts(all, null)}.`);
  }
  if (now.length === servers.length && now.every((id) => servers.includes(id))) return;
  throw new ProblemError(
    "state-changed",
    `The servers at ${host} changed meanwhile: there are ${named(now)} now. Nothing was sent; look again.`,
  );
}

function refuseChanged(parts: readonly GuardedPart[], { expected }: StatesRequest): void {
  const changed = parts.filter(({ id, current }) => {
    const seen = expected.get(id);
    return seen !== undefined && seen !== current;
  });
  if (changed.length === 0) return;
  const words = changed.map(({ id, current }) => {
    const now = current === "split" ? "in different states" : current;
    return `${id} is ${now}, not ${expected.get(id)}`;
  });
  throw new ProblemError("state-changed", `${named(words)} now. Nothing was sent to any of them; look again.`);
}

function named(words: readonly string[]): string {
  if (words.length <= NAMED_MAX) return listOf(words);
  return `${words.slice(0, NAMED_MAX).join(", ")} and ${words.length - NAMED_MAX} more`;
}

function stepsOf(fleet: Fleet, parts: readonly GuardedPart[], input: StatesRequest): Step<SetOneOutcome>[] {
  const lanes = new Map<string, Turns>();
  const steps: Step<SetOneOutcome>[] = [];
  const settled = new Map<string, PromiseWithResolvers<void>>();
  for (const { id, targets } of parts)
    for (const cell of targets) settled.set(`${cell.lb} ${id}`, Promise.withResolvers<void>());
  for (const { id, targets, left } of parts) {
    steps.push(...left.map(({ cell, why }) => leftOut(id, cell, why)));
    for (const cell of targets) {
      const poller = fleet.poller(cell.lb);
      if (poller === undefined) continue;
      const { adminState, reason } = input;
      const step = stepOf(poller, cell, { server: id, adminState, reason });
      const lane = lanes.get(cell.lb) ?? new Turns({ atOnce: AT_ONCE_PER_LB, waiting: Number.POSITIVE_INFINITY });
      lanes.set(cell.lb, lane);
      // A server that follows another one shows what was asked only when that one has it.
      const first = cell.row.tracked === null ? undefined : settled.get(`${cell.lb} ${cell.row.tracked}`);
      steps.push({
        facts: { ...step.facts, target: id },
        resolved: step.resolved,
        act: async () => {
          try {
            await first?.promise;
            const { outcome, audit } = await lane.take(step.act);
            return { outcome: { ...outcome, server: id }, audit };
          } finally {
            settled.get(`${cell.lb} ${id}`)?.resolve();
          }
        },
      });
    }
  }
  return steps;
}

/** Told like the others, and in the audit with them, but nothing is sent. */
function leftOut(server: ServerId, { lb, adminState }: ServerCell, why: string): Step<SetOneOutcome> {
  const message = `Nothing was sent: ${why}`;
  return {
    facts: { lb, before: adminState, command: null, target: server },
    act: async () => ({
      outcome: {
        server,
        lb,
        outcome: "refused",
        before: adminState,
        after: null,
        message,
        isSent: false,
        process: null,
      },
      audit: { outcome: "denied", answer: message },
    }),
    resolved: () => new Promise(() => {}),
  };
}

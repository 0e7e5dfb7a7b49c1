// Ready, drain, maint on one server, over the load balancers that carry it. "Done" is said only after HAProxy was asked
// again and shows the bits; an answer that did not come whole is unknown and resolved by looking, never by sending again.

import { shownName } from "#lib/auth/actor.ts";
import { countsAsLive } from "#lib/fleet/link.ts";
import type { ServerCell } from "#lib/fleet/merge.ts";
import { isSameProcess } from "#lib/fleet/process.ts";
import type { ProcessIdentity } from "#lib/fleet/view.ts";
import { type AdminState, adminStateOf, showsRequest } from "#lib/haproxy/admin-state.ts";
import { commandLine, type RuntimeCommand } from "#lib/haproxy/command.ts";
import { type ServerId, splitServerId } from "#lib/haproxy/names.ts";
import { stateReply } from "#lib/haproxy/reply.ts";
import { guardSetState } from "#lib/maintenance/guard.ts";
import { clockTime } from "#lib/util/format.ts";
import type { LoadBalancerOutcome, SetStateInput } from "#lib/wire/commands.ts";
import type { Finding } from "#lib/wire/problem.ts";
import type { Poller } from "#server/fleet/poller.ts";
import { RuntimeError } from "#server/runtime/errors.ts";
import type { AuditResult } from "#server/store/audit.ts";
import { ProblemError } from "./problem-error.ts";
import type { Call, OpsContext, Plan, Step, Verb } from "./verb.ts";

/** Reads right after a set were consistent in every run of every version; a second look is for a reload in between. */
const LOOKS = 3;
/** A HAProxy that answers nobody costs each look its time-out: the answer to the person must come before REST's own. */
const LOOK_FOR_MS = 5_000;
/** An agent check that disagrees sets a state back within its interval: two seconds, unless agent-inter says else. */
const AGENT_MAY_TAKE_MS = 2_200;
const LOOK_AGAIN_AFTER_MS = 150;
const NOT_SHOWN_FOR_MS = 2_000;

/** As it is told, and the process that showed `after`: null where none did. */
export interface SetOutcome extends LoadBalancerOutcome {
  process: ProcessIdentity | null;
}

/** For people, who have no use for process ids. */
export function toldOutcome<T extends SetOutcome>({ process: _, ...told }: T): Omit<T, "process"> {
  return told;
}

export const setState: Verb<SetStateInput, SetOutcome> = {
  action: "server:set-state",
  permission: "server:set-state",
  backendOf: (input) => splitServerId(input.server)?.backend ?? "",
  targetOf: (input) => input.server,
  reasonOf: (input) => input.reason ?? null,
  isOverridden: (input) => input.override === true,
  plan,
};

async function plan(context: OpsContext, input: SetStateInput, call: Call): Promise<Plan<SetOutcome>> {
  const { fleet, leaving } = context;
  const request = { id: input.server, adminState: input.adminState, loadBalancers: input.loadBalancers ?? null };
  await lookFreshly(fleet, request.loadBalancers);
  const guarded = guardSetState(fleet.view(), { ...request, leaving: leaving?.() ?? [] });
  if (guarded.kind === "unknown-name") throw new ProblemError("unknown-name", guarded.message);
  if (input.expect !== undefined && input.expect !== guarded.current) {
    throw new ProblemError(
      "state-changed",
      `${input.server} is ${guarded.current === "split" ? "in different states" : guarded.current} now, not ${input.expect}. Nothing was sent; look again.`,
    );
  }
  const steps: Step<SetOutcome>[] = [];
  for (const cell of guarded.targets) {
    const poller = fleet.poller(cell.lb);
    if (poller !== undefined) steps.push(stepOf(poller, cell, input));
  }
  const findings =
    guarded.current === input.adminState
      ? guarded.findings
      : [...claimFindings(context, input.server, call), ...guarded.findings];
  return { findings, detail: { adminState: input.adminState, findings }, steps };
}

/** A maintenance has it: whose and since when must be seen first. A person may still outrank it. */
export function claimFindings({ claims }: OpsContext, server: ServerId, { actor }: Call): Finding[] {
  const claim = claims?.().get(server);
  if (claim === undefined || actor.kind === "system") return [];
  // A maintenance from before ids were kept: by name, which only people had for themselves.
  const isOwn = claim.whoId === undefined ? claim.who === shownName(actor) : claim.whoId === actor.id;
  const who = isOwn ? "You have" : `${claim.who} has`;
  const why = claim.reason === "" ? "" : ` (${claim.reason})`;
  return [
    {
      code: "claimed",
      severity: "confirm",
      lb: null,
      message: `${who} ${server} in maintenance ${claim.maintenanceId} since ${clockTime(claim.sinceMs)}${why}. Setting it by hand ends that maintenance for this server, as overridden.`,
    },
  ];
}

/** What a reload under way does to a poll; the next one meets the new process. */
const PASSING_FAULTS = new Set(["old-process", "cut"]);

/** Only load balancers that are worth it: asking a silent one would only cost its time-out. */
export async function lookFreshly(fleet: OpsContext["fleet"], chosen: readonly string[] | null): Promise<void> {
  let names = fleet
    .view()
    .loadBalancers.filter((lb) => countsAsLive(lb.link) && (chosen === null || chosen.includes(lb.name)))
    .map((lb) => lb.name);
  for (let i = 0; i < LOOKS && names.length > 0; i++) {
    if (i > 0) await pause();
    await fleet.pollNow(names);
    names = names.filter((name) => PASSING_FAULTS.has(fleet.poller(name)?.view.head.error?.code ?? ""));
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_AFTER_MS));
}

export function stepOf(poller: Poller, cell: ServerCell, input: SetStateInput): Step<SetOutcome> {
  const command: RuntimeCommand = {
    kind: "set-state",
    backend: cell.row.backend,
    server: cell.row.server,
    adminState: input.adminState,
  };
  return {
    facts: { lb: cell.lb, before: cell.adminState, command: commandLine(command) },
    act: async () => {
      const release = poller.holdFast();
      try {
        return await act(poller, cell, input, command);
      } finally {
        release();
      }
    },
    resolved: () => seenLater(poller, input),
  };
}

/**
 * What became of a command whose outcome was unknown. Shown is done at once; not shown counts only when it lasts: a HAProxy
 * that was stopped may answer a poll before it carries out the line that still lay in its buffer (seen on 3.0).
 */
function seenLater(poller: Poller, input: SetStateInput): Promise<Omit<AuditResult, "at">> {
  return new Promise((resolve) => {
    let notShownSinceMs: number | null = null;
    const stop = poller.onPublish(({ before, after }) => {
      if (after.head.error !== null || after.head.observedAtMs === before.head.observedAtMs) return;
      const row = poller.row(input.server);
      const isShown = row !== undefined && showsRequest(row.adminBits, input.adminState);
      const seenAtMs = after.head.observedAtMs ?? 0;
      notShownSinceMs ??= seenAtMs;
      if (!isShown && seenAtMs - notShownSinceMs < NOT_SHOWN_FOR_MS) return;
      stop();
      const state = row === undefined ? null : adminStateOf(row.adminBits);
      resolve({
        outcome: isShown ? "done" : "refused",
        after: state,
        answer: `Looked again: ${poller.name} ${state === null ? "does not list it any more" : `shows ${state}`}.`,
      });
    });
  });
}

async function act(
  poller: Poller,
  cell: ServerCell,
  input: SetStateInput,
  command: RuntimeCommand,
): Promise<{ outcome: SetOutcome; audit: Omit<AuditResult, "at"> }> {
  const before = cell.adminState;
  const result = (
    outcome: LoadBalancerOutcome["outcome"],
    after: AdminState | null,
    message: string,
    answer: string | null,
    process: ProcessIdentity | null = null,
  ) => ({
    outcome: { lb: cell.lb, outcome, before, after, message, process },
    audit: { outcome, after, answer: answer ?? message },
  });
  const processBefore = poller.model.process;
  let answer = "";
  let isUnclear = false;
  let mayStillCome = false;
  try {
    answer = await poller.client.send(command);
    const reply = stateReply(answer);
    if (!reply.ok) {
      if (reply.code === "cut") isUnclear = true;
      else {
        await poller.pollNow();
        return result("refused", stateNow(poller, input.server), `HAProxy refused: ${reply.message}`, answer);
      }
    }
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    if (error.phase === "before-send")
      return notSent(result("refused", null, `Nothing was sent: ${error.message}`, null));
    if (error.outcome === "refused") {
      await poller.pollNow();
      return result("refused", stateNow(poller, input.server), `HAProxy refused: ${error.message}`, null);
    }
    isUnclear = true;
    // A HAProxy that is only slow has the line in its buffer and may still carry it out.
    mayStillCome = error.code === "reply-timeout";
    answer = error.message;
  }
  let seen = await look(poller, input);
  if (seen.kind === "shown" && cell.row.agentStatus !== "") seen = await keepLooking(poller, input, seen);
  const hasReloaded =
    processBefore !== null && poller.model.process !== null && !isSameProcess(processBefore, poller.model.process);
  switch (seen.kind) {
    case "shown":
      return result("done", seen.after, "", answer, seen.process);
    case "not-shown":
      if (mayStillCome)
        return result("unknown", seen.after, `Sent, but not answered in time; it still shows ${seen.after}.`, answer);
      if (isUnclear)
        return result(
          "refused",
          seen.after,
          `HAProxy's answer was lost; it still shows ${seen.after}. Try again.`,
          answer,
        );
      return result(
        "refused",
        seen.after,
        hasReloaded
          ? `HAProxy took it, then was reloaded and shows ${seen.after}. Try again.`
          : `HAProxy took it but shows ${seen.after}: something else sets it back (an agent check, another tool).`,
        answer,
      );
    case "unseen":
      return result("unknown", null, `Sent, but ${cell.lb} could not be asked what became of it: ${seen.why}`, answer);
  }
}

function notSent<T extends { outcome: LoadBalancerOutcome }>(result: T): T {
  return { ...result, outcome: { ...result.outcome, isSent: false } };
}

type Seen =
  | { kind: "shown"; after: AdminState; process: ProcessIdentity | null }
  | { kind: "not-shown"; after: AdminState }
  | { kind: "unseen"; why: string };

async function look(poller: Poller, input: SetStateInput): Promise<Seen> {
  let seen: Seen = { kind: "unseen", why: "no answer" };
  const giveUpAtMs = performance.now() + LOOK_FOR_MS;
  for (let i = 0; i < LOOKS && (i === 0 || performance.now() < giveUpAtMs); i++) {
    if (i > 0) await pause();
    const before = poller.view;
    await poller.pollNow();
    const { head } = poller.view;
    const row = poller.row(input.server);
    if (head.error !== null || poller.view === before) {
      seen = { kind: "unseen", why: head.error?.message ?? "no answer" };
    } else if (row === undefined) {
      seen = { kind: "unseen", why: `${input.server} is not listed any more` };
    } else {
      const after = adminStateOf(row.adminBits);
      if (showsRequest(row.adminBits, input.adminState)) return { kind: "shown", after, process: head.process };
      seen = { kind: "not-shown", after };
    }
  }
  return seen;
}

/** "Done" is not said of a state that an agent check takes back at once. */
async function keepLooking(poller: Poller, input: SetStateInput, first: Seen): Promise<Seen> {
  let seen = first;
  const untilMs = performance.now() + AGENT_MAY_TAKE_MS;
  while (seen.kind === "shown" && performance.now() < untilMs) {
    await pause();
    seen = await look(poller, input);
  }
  return seen;
}

function stateNow(poller: Poller, id: string): AdminState | null {
  const row = poller.row(id);
  return row === undefined || poller.view.head.error !== null ? null : adminStateOf(row.adminBits);
}

// What weight, health, check and agent have in common: one command for each load balancer that carries the server, "done"
// only after HAProxy was asked again and shows it, and the line that takes it back. Each verb says the rest in its own file.
import { countsAsLive } from "#lib/fleet/link.ts";
import type { FleetView, ServerCell } from "#lib/fleet/merge.ts";
import type { AdminState } from "#lib/haproxy/admin-state.ts";
import { commandLine, type RuntimeCommand } from "#lib/haproxy/command.ts";
import { type ServerId, splitServerId } from "#lib/haproxy/names.ts";
import { stateReply } from "#lib/haproxy/reply.ts";
import type { ServerStateRow } from "#lib/haproxy/show-servers-state.ts";
import { UnreadableReply } from "#lib/haproxy/unreadable.ts";
import { guardSetState, socketFindings } from "#lib/maintenance/guard.ts";
import { clockTime } from "#lib/util/format.ts";
import type { Finding } from "#lib/wire/problem.ts";
import type { ControlOutcome } from "#lib/wire/server-control.ts";
import type { Poller } from "#server/fleet/poller.ts";
import { serverState } from "#server/fleet/stick-entries.ts";
import { RuntimeError } from "#server/runtime/errors.ts";
import type { AuditResult } from "#server/store/audit.ts";
import { ProblemError } from "./problem-error.ts";
import type { OpsContext, Plan, Step, Verb } from "./verb.ts";

export interface ControlInput {
  server: ServerId;
  reason?: string | undefined;
  loadBalancers?: string[] | undefined;
  override?: boolean | undefined;
}

/** One server on one load balancer, read right before. */
export interface ControlSight {
  lb: string;
  backend: string;
  server: string;
  cell: ServerCell;
  /** balance algorithm; empty at level user */
  algo: string;
  state: ControlState;
}

export interface ControlState {
  /** 0 stopped, 1 starting, 2 running, 3 stopping */
  opState: number;
  uweight: number;
  iweight: number;
  check: "none" | "enabled" | "disabled";
  agent: "none" | "enabled" | "disabled";
}

export interface Control<Input extends ControlInput> {
  action: string;
  permission: Verb<Input, ControlOutcome>["permission"];
  command: (input: Input, sight: ControlSight) => RuntimeCommand;
  /** as people read it */
  words: (state: ControlState) => string;
  isShown: (state: ControlState, input: Input) => boolean;
  undo: (input: Input, sight: ControlSight) => RuntimeCommand | null;
  findings: (input: Input, sight: ControlSight) => Finding[];
  /** it takes new users away as this state does; null: it does not */
  leaves: (input: Input, sight: ControlSight) => AdminState | null;
}

/** Reads right after a set were consistent in every run; a second look is for a reload in between. */
const LOOKS = 3;
const LOOK_AGAIN_AFTER_MS = 150;
const CHECK_CONFIGURED = 0x02;
const CHECK_ENABLED = 0x04;
const CAPACITY = new Set<Finding["code"]>(["last-server", "below-minimum"]);

export function controlVerb<Input extends ControlInput>(control: Control<Input>): Verb<Input, ControlOutcome> {
  return {
    action: control.action,
    permission: control.permission,
    backendOf: (input) => splitServerId(input.server)?.backend ?? "",
    targetOf: (input) => input.server,
    reasonOf: (input) => input.reason ?? null,
    isOverridden: (input) => input.override === true,
    plan: (context, input) => plan(control, context, input),
  };
}

async function plan<Input extends ControlInput>(
  control: Control<Input>,
  context: OpsContext,
  input: Input,
): Promise<Plan<ControlOutcome>> {
  const { targets, findings } = await reachable(context, input);
  const steps: Step<ControlOutcome>[] = [];
  for (const { cell, poller } of targets) {
    const state = await stateOf(poller, input.server);
    if (state === null) throw new ProblemError("unknown-name", `${cell.lb} does not list ${input.server} any more.`);
    const { backend, server } = cell.row;
    const algo = poller.view.backends.find((row) => row.backend === backend)?.algo ?? "";
    const sight: ControlSight = { lb: cell.lb, backend, server, cell, algo, state };
    findings.push(
      ...control.findings(input, sight),
      ...capacityFindings(control.leaves(input, sight), context, input, cell),
    );
    steps.push(stepOf(control, poller, input, sight));
  }
  const { server: _server, override: _override, reason: _reason, ...asked } = input;
  return { findings, detail: { ...asked, findings }, steps };
}

/** Where it can be sent, freshly polled, and what stands against it anywhere. Throws ProblemError for an unknown name. */
export async function reachable(
  { fleet, claims }: OpsContext,
  { server, loadBalancers }: Pick<ControlInput, "server" | "loadBalancers">,
): Promise<{ targets: { cell: ServerCell; poller: Poller }[]; findings: Finding[] }> {
  const cells = cellsOf(fleet.view(), server, loadBalancers ?? null);
  await fleet.pollNow(cells.filter((cell) => countsAsLive(cell.link)).map((cell) => cell.lb));
  const findings: Finding[] = [];
  const targets: { cell: ServerCell; poller: Poller }[] = [];
  const silent: string[] = [];
  for (const cell of cellsOf(fleet.view(), server, loadBalancers ?? null)) {
    const poller = fleet.poller(cell.lb);
    if (poller === undefined || !countsAsLive(cell.link) || poller.view.head.error !== null) silent.push(cell.lb);
    else {
      targets.push({ cell, poller });
      findings.push(...socketFindings(poller));
    }
  }
  const isFatal = targets.length === 0 || loadBalancers !== undefined;
  for (const lb of silent)
    findings.push({
      ...{ code: "not-live", severity: isFatal ? "block" : "note", lb },
      message: `${lb} does not answer: nothing can be set there. It keeps what it has.`,
    });
  const claim = claims?.().get(server);
  if (claim !== undefined)
    findings.push({
      ...{ code: "claimed", severity: "note", lb: null },
      message: `${claim.who} has ${server} in maintenance ${claim.maintenanceId} since ${clockTime(claim.sinceMs)}.`,
    });
  return { targets, findings };
}

function cellsOf(view: FleetView, id: ServerId, chosen: readonly string[] | null): ServerCell[] {
  const server = view.servers.get(id);
  if (server === undefined) throw new ProblemError("unknown-name", `No load balancer has a server ${id}.`);
  for (const lb of chosen ?? [])
    if (!server.cells.some((cell) => cell.lb === lb))
      throw new ProblemError("unknown-name", `Load balancer ${JSON.stringify(lb)} has no server ${id}.`);
  return server.cells.filter((cell) => chosen === null || chosen.includes(cell.lb));
}

function capacityFindings(
  leaves: AdminState | null,
  { fleet, leaving }: OpsContext,
  { server }: ControlInput,
  { lb }: ServerCell,
): Finding[] {
  if (leaves === null) return [];
  const request = { id: server, adminState: leaves, loadBalancers: [lb], leaving: leaving?.() ?? [] };
  const guarded = guardSetState(fleet.view(), request);
  return guarded.kind === "checked" ? guarded.findings.filter((one) => CAPACITY.has(one.code)) : [];
}

/** Null: HAProxy does not list it. */
async function stateOf(poller: Poller, server: ServerId): Promise<ControlState | null> {
  const row = await serverState(poller, server);
  return row === undefined ? null : controlState(row);
}

function controlState(row: ServerStateRow): ControlState {
  const number = (name: string) => Number(row.get(name) ?? 0);
  const of = (bits: number) => {
    if ((bits & CHECK_CONFIGURED) === 0) return "none";
    return bits & CHECK_ENABLED ? "enabled" : "disabled";
  };
  return {
    opState: number("srv_op_state"),
    uweight: number("srv_uweight"),
    iweight: number("srv_iweight"),
    check: of(number("srv_check_state")),
    agent: of(number("srv_agent_state")),
  };
}

function stepOf<Input extends ControlInput>(
  control: Control<Input>,
  poller: Poller,
  input: Input,
  sight: ControlSight,
): Step<ControlOutcome> {
  const command = control.command(input, sight);
  return {
    facts: { lb: sight.lb, before: control.words(sight.state), command: commandLine(command) },
    act: async () => {
      const release = poller.holdFast();
      try {
        return await act(control, poller, input, sight, command);
      } finally {
        release();
      }
    },
    resolved: () => seenLater(control, poller, input),
  };
}

async function act<Input extends ControlInput>(
  control: Control<Input>,
  poller: Poller,
  input: Input,
  sight: ControlSight,
  command: RuntimeCommand,
): Promise<{ outcome: ControlOutcome; audit: Omit<AuditResult, "at"> }> {
  const undo = control.undo(input, sight);
  const result = (
    outcome: ControlOutcome["outcome"],
    after: string | null,
    message: string,
    isSent = true,
  ): { outcome: ControlOutcome; audit: Omit<AuditResult, "at"> } => ({
    outcome: {
      ...{ lb: sight.lb, outcome, before: control.words(sight.state), after, message },
      undo: outcome === "refused" || undo === null ? null : commandLine(undo),
      ...(isSent ? {} : { isSent }),
    },
    audit: { outcome, after, answer: message },
  });
  let unclear: string | null = null;
  try {
    const reply = stateReply(await poller.client.send(command));
    if (!reply.ok && reply.code === "refused") return result("refused", null, `HAProxy refused: ${reply.message}`);
    if (!reply.ok) unclear = reply.message;
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    if (error.phase === "before-send") return result("refused", null, `Nothing was sent: ${error.message}`, false);
    if (error.outcome === "refused") return result("refused", null, `HAProxy refused: ${error.message}`);
    unclear = error.message;
  }
  const seen = await look(control, poller, input);
  void poller.pollNow();
  if (seen === null)
    return result(
      "unknown",
      null,
      `Sent, but ${sight.lb} could not be asked what became of it. ${unclear ?? ""}`.trim(),
    );
  const after = control.words(seen);
  if (control.isShown(seen, input)) return result("done", after, "");
  if (unclear !== null) return result("unknown", after, `Sent, but not answered; it still shows ${after}.`);
  return result(
    "refused",
    after,
    `HAProxy took it but shows ${after}: something else sets it back (a check, an agent).`,
  );
}

async function look<Input extends ControlInput>(
  control: Control<Input>,
  poller: Poller,
  input: Input,
): Promise<ControlState | null> {
  let seen: ControlState | null = null;
  for (let i = 0; i < LOOKS; i++) {
    if (i > 0) await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_AFTER_MS));
    try {
      seen = await stateOf(poller, input.server);
    } catch (error) {
      if (!(error instanceof RuntimeError || error instanceof UnreadableReply)) throw error;
    }
    if (seen !== null && control.isShown(seen, input)) break;
  }
  return seen;
}

async function seenLater<Input extends ControlInput>(
  control: Control<Input>,
  poller: Poller,
  input: Input,
): Promise<Omit<AuditResult, "at">> {
  await new Promise<void>((resolve) => {
    const stop = poller.onPublish(({ before, after }) => {
      if (after.head.error !== null || after.head.observedAtMs === before.head.observedAtMs) return;
      stop();
      resolve();
    });
  });
  const seen = await look(control, poller, input);
  if (seen === null) return { outcome: "unknown", after: null, answer: "It could not be asked afterwards." };
  const after = control.words(seen);
  return {
    outcome: control.isShown(seen, input) ? "done" : "refused",
    after,
    answer: `Looked again: it shows ${after}.`,
  };
}

// One load balancer of one server: compare what HAProxy shows with what the job wants and with what it last showed us.
//
//   shows the wish            -> confirmed
//   shows what it showed last -> our command is missing: send it (never twice without a look in between)
//   shows something else      -> somebody else decided: overridden, hands off
// In a new process nobody has decided yet: the state is whatever the configuration or a state file says. Ready then means
// that our drain or maint was lost, and it is set again. Ready itself is never set again.

import { isSameProcess } from "#lib/fleet/process.ts";
import type { OldWorkersSource, ProcessIdentity } from "#lib/fleet/view.ts";
import { AdminBit, type AdminState } from "#lib/haproxy/admin-state.ts";
import { plural } from "#lib/util/format.ts";
import { EFFECT_LIFE_MS, type EffectBase, type Log } from "./effect.ts";
import { type Cell, type Maintenance, newcomersOf, type ServerJob } from "./job.ts";
import { newWatch } from "./quiet.ts";
import { countOf, forcedStateOf, type Seen, type Sight } from "./sight.ts";

export interface Context {
  job: Maintenance;
  seen: Seen;
  nowMs: number;
  log: Log;
}

type Fresh = Sight & { kind: "fresh" };

export type CellVerdict =
  | { kind: "shows" }
  | { kind: "waits" }
  /** a command is due; the caller may still hold it back */
  | { kind: "needs"; attempt: number }
  | { kind: "overridden"; text: string }
  | { kind: "failed"; text: string };

/** Longer than any exchange with HAProxy takes: a command without outcome for so long was lost with the app. */
export const LOST_AFTER_MS = 10_000;
export const MAX_ATTEMPTS = 3;

/** Notices another process at the address: nothing counted or confirmed in the old one says anything about it. */
export function noticeProcess(ctx: Context, server: ServerJob, cell: Cell, sight: Fresh): boolean {
  if (isSameProcess(cell.process, sight.process)) return false;
  cell.process = { ...sight.process };
  cell.watch = newWatch();
  cell.cleanSinceMs = null;
  cell.endRound = null;
  const { row, view } = sight;
  ctx.log.say(
    "process",
    `${cell.lb} runs a new HAProxy process (pid ${sight.process.pid}). The quiet clock of ${server.id} starts again there.${blindWords(view.head.oldWorkersSource)}`,
    {
      server: server.id,
      lb: cell.lb,
      data: {
        pid: sight.process.pid,
        startedAt: sight.process.startedAt,
        sessions: countOf(row),
        oldSessions: row.oldScur,
      },
    },
  );
  return true;
}

/** Why sessions in the old process cannot be seen. */
function blindWords(source: OldWorkersSource): string {
  switch (source) {
    case "none":
      return " Sessions in the old process cannot be seen: no master CLI is configured.";
    case "silent":
      return " Sessions in the old process cannot be seen: the master CLI does not answer.";
    case "master-cli":
      return "";
  }
}

/** Judges the state and says whether a command is due. Confirms in place. */
export function judge(ctx: Context, server: ServerJob, cell: Cell, sight: Fresh, wish: AdminState): CellVerdict {
  const shown = forcedStateOf(sight.row.adminBits);
  const last = cell.confirmed;
  // Answered before our last command was: it cannot speak about it.
  if (last !== null && sight.observedAtMs < last.atMs && isSameProcess(last.process, sight.process))
    return { kind: "waits" };
  if (shown !== wish && isDecidedOn(cell, sight)) return { kind: "waits" };

  if (shown === wish) {
    // An opposite command may still be on its way: what is shown now need not be what stays.
    if (isOnItsWay(cell, sight) && cell.command?.adminState !== wish) return { kind: "waits" };
    confirm(ctx, server, cell, sight, wish);
    return { kind: "shows" };
  }
  const isLate =
    cell.command?.adminState === shown && isUnresolved(cell) && isSameProcess(cell.command.process, sight.process);
  if (isLate) {
    confirm(ctx, server, cell, sight, shown);
    return due(cell, sight, wish);
  }
  const isOurProcess = isSameProcess(last?.process ?? cell.before.process, sight.process);
  const expected = last?.adminState ?? cell.before.adminState;
  if (shown === expected) {
    if (last !== null) confirm(ctx, server, cell, sight, shown);
    return due(cell, sight, wish);
  }
  if (!isOurProcess && shown === "ready" && wish !== "ready") {
    return due(cell, sight, wish);
  }
  return { kind: "overridden", text: overriddenText(cell, sight, shown, expected) };
}

function isDecidedOn(cell: Cell, sight: Fresh): boolean {
  const { command } = cell;
  return (
    command !== null && command.decidedOnMs === sight.observedAtMs && isSameProcess(command.process, sight.process)
  );
}

function isUnresolved(cell: Cell): boolean {
  return cell.command !== null && (cell.command.outcome === null || cell.command.outcome === "unknown");
}

function isOnItsWay(cell: Cell, sight: Fresh): boolean {
  const { command } = cell;
  if (command === null || command.outcome !== null || !isSameProcess(command.process, sight.process)) return false;
  return sight.observedAtMs < command.sentAtMs + LOST_AFTER_MS;
}

function confirm(ctx: Context, server: ServerJob, cell: Cell, sight: Fresh, adminState: AdminState): void {
  const last = cell.confirmed;
  if (adminState === "maint") {
    cell.wasMaint = true;
    delete cell.isOpened;
  }
  if (last !== null && last.adminState === adminState && isSameProcess(last.process, sight.process)) return;
  const isFirst = last === null || last.adminState !== adminState;
  cell.confirmed = { adminState, process: { ...sight.process }, atMs: sight.observedAtMs };
  if (isUnresolved(cell) && cell.command !== null && cell.command.adminState === adminState) {
    cell.command.outcome = "done";
    cell.command.outcomeAtMs = sight.observedAtMs;
    cell.command.message = "seen";
  }
  ctx.log.say(
    "confirmed",
    `${cell.lb} shows ${server.id} in ${adminState}${isFirst ? "" : ", also in its new process"}.`,
    {
      server: server.id,
      lb: cell.lb,
      data: { adminState, sessions: countOf(sight.row), pid: sight.process.pid },
    },
  );
}

function due(cell: Cell, sight: Fresh, wish: AdminState): CellVerdict {
  const { command } = cell;
  if (command === null || !isSameProcess(command.process, sight.process)) return { kind: "needs", attempt: 1 };
  const { outcome, outcomeAtMs } = command;
  if (isOnItsWay(cell, sight)) return { kind: "waits" };
  if (outcome !== null && sight.observedAtMs <= (outcomeAtMs ?? 0)) return { kind: "waits" };
  if (command.adminState !== wish) return { kind: "needs", attempt: 1 };
  if (outcome === "refused") return { kind: "failed", text: `${cell.lb} refused to set ${wish}: ${command.message}` };
  // Never sent, or the app died before it knew: that was no attempt.
  if (outcome === null) return { kind: "needs", attempt: command.attempt };
  if (command.attempt >= MAX_ATTEMPTS) {
    return {
      kind: "failed",
      text: `${cell.lb} does not take ${wish}: asked ${command.attempt} times, it still shows ${forcedStateOf(sight.row.adminBits)}. ${command.message}`.trim(),
    };
  }
  return { kind: "needs", attempt: command.attempt + 1 };
}

function overriddenText(cell: Cell, sight: Fresh, shown: AdminState, expected: AdminState): string {
  const { row } = sight;
  const seen = `On ${cell.lb} it is ${shown} now, it was ${expected}`;
  if (shown === "maint" && row.adminBits & AdminBit.configMaint)
    return `${seen}: haproxy.cfg disables it, or somebody set maint.`;
  if (row.agentStatus !== "")
    return `${seen}: set by a person, another tool or its agent check (it says ${row.agentStatus}).`;
  return `${seen}: set by a person or another tool.`;
}

/** Of the effect that the cell's newest number stands for. */
export function effectBase(ctx: Context, server: ServerJob, cell: Cell, sight: Fresh): Omit<EffectBase, "why"> {
  return {
    id: `${ctx.job.id}:${server.id}:${cell.lb}:${cell.seq}`,
    server: server.id,
    lb: cell.lb,
    seq: cell.seq,
    process: { ...sight.process },
    notAfterMs: ctx.nowMs + EFFECT_LIFE_MS,
  };
}

/** Records the command in the cell, then emits the effect. The caller saves the job before the effect runs. */
export function sendState(
  ctx: Context,
  server: ServerJob,
  cell: Cell,
  sight: Fresh,
  wish: AdminState,
  attempt: number,
): void {
  const lost = lostInProcess(cell, sight.process, wish);
  cell.seq++;
  cell.command = {
    seq: cell.seq,
    adminState: wish,
    attempt,
    process: { ...sight.process },
    sentAtMs: ctx.nowMs,
    decidedOnMs: sight.observedAtMs,
    outcome: null,
    outcomeAtMs: null,
    message: "",
  };
  if (wish === "maint") cell.wasMaint = true;
  const why = lost
    ? `${wish} again: ${cell.lb} lost it in a reload or restart`
    : `maintenance ${ctx.job.id}: ${server.phase}`;
  ctx.log.effects.push({
    kind: "set-state",
    ...effectBase(ctx, server, cell, sight),
    adminState: wish,
    expect: forcedStateOf(sight.row.adminBits),
    attempt,
    why,
  });
  if (lost && attempt === 1) sayReapplied(ctx, server, cell, sight, wish);
}

/** What HAProxy showed of ours went with its process: setting it again is no step forward. */
export function isLost(cell: Cell, { process }: Fresh): boolean {
  return (
    cell.confirmed !== null && cell.confirmed.adminState !== "ready" && !isSameProcess(cell.confirmed.process, process)
  );
}

function lostInProcess(cell: Cell, process: ProcessIdentity, wish: AdminState): boolean {
  return wish !== "ready" && cell.confirmed !== null && !isSameProcess(cell.confirmed.process, process);
}

function sayReapplied(ctx: Context, server: ServerJob, cell: Cell, sight: Fresh, wish: AdminState): void {
  const { row } = sight;
  const came = row.stot ?? null;
  const howMany =
    came === null
      ? `${plural(countOf(row), "session")} on it now; how many came meanwhile is not known`
      : `${plural(came, "session")} came in meanwhile, ${countOf(row)} on it now`;
  ctx.log.say("reapplied", `${cell.lb} came back with ${server.id} in ready; setting ${wish} again. ${howMany}.`, {
    server: server.id,
    lb: cell.lb,
    isAlert: server.phase === "maint" || newcomersOf(server).length > 0,
    data: { adminState: wish, sessions: countOf(row), cameMeanwhile: came, pid: sight.process.pid },
  });
}

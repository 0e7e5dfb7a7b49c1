// The heart: from the stored job and the newest observation to the next stored job, the commands that are due and the
// sentences for the record. Pure and level-triggered: called after every poll, after every outcome and after a restart
// alike, it never depends on having been called before. Rules: SPEC.md, quoted by the tests.
//
//   queued -> draining -> quiet -> maint ("your turn") -> returning -> done
//                ^---------'            any -> stopped | overridden | failed

import type { ServerId } from "#lib/haproxy/names.ts";
import type { Context } from "./cell-step.ts";
import { stepReturning } from "./coming-back.ts";
import { type Effect, Log, type MaintenanceEvent } from "./effect.ts";
import { stepDraining, stepMaint, stepQuiet } from "./going-out.ts";
import { cellsOf, isFinal, isOpen, type Maintenance, type ServerJob } from "./job.ts";
import { type Look, lookAt, recordCount } from "./look.ts";
import { endBadly } from "./phase.ts";
import { clampWatch } from "./quiet.ts";
import { stepHosts } from "./run-step.ts";
import { forcedStateOf, type Seen, sightOf } from "./sight.ts";
import { addLateCarriers, startNext } from "./starting.ts";

export interface Decision {
  job: Maintenance;
  /** to be carried out after `job` is saved; what is not carried out is asked for again */
  effects: Effect[];
  events: MaintenanceEvent[];
}

/**
 * Save `job` before running any effect. When there is neither effect nor event, only the quiet clocks moved: saving may
 * wait a few seconds, because a clock that is found too old after a crash starts again.
 */
export function decide(stored: Maintenance, seen: Seen, nowMs: number): Decision {
  const job = structuredClone(stored);
  const log = new Log(nowMs);
  if (job.closedAtMs !== null) return { job, effects: [], events: [] };
  const ctx: Context = { job, seen, nowMs, log };
  const looked = new Map<ServerId, readonly Look[]>();
  for (const server of job.servers) {
    clamp(server, nowMs);
    if (!isFinal(server.phase) && server.phase !== "queued") looked.set(server.id, step(ctx, server));
  }
  stepHosts(ctx, looked);
  // What has just started is looked at in the same call: its first command must not wait for another poll.
  for (const server of startNext(ctx)) step(ctx, server);
  if (!isOpen(job)) job.closedAtMs = nowMs;
  return { job, effects: log.effects, events: log.events };
}

function step(ctx: Context, server: ServerJob): readonly Look[] {
  addLateCarriers(ctx, server);
  const looked = lookAt(ctx, server);
  if (looked.kind === "ended") {
    endBadly(ctx, server, looked.phase, `${looked.text}${elsewhere(ctx, server, looked.lb)}`);
    return [];
  }
  const { looks } = looked;
  recordCount(ctx, server, looks);
  switch (server.phase) {
    case "draining":
      stepDraining(ctx, server, looks);
      break;
    case "quiet":
      stepQuiet(ctx, server, looks);
      break;
    case "maint":
      stepMaint(ctx, server, looks);
      break;
    case "returning":
      stepReturning(ctx, server, looks);
      break;
    case "queued":
    case "done":
    case "stopped":
    case "overridden":
    case "failed":
      break;
  }
  return looks;
}

/** A job that lets go leaves the other load balancers as they are; a person must know how. */
function elsewhere({ seen, nowMs }: Context, server: ServerJob, lb: string): string {
  const left: string[] = [];
  const changed: string[] = [];
  for (const { lb: other, confirmed } of cellsOf(server)) {
    if (other === lb || confirmed === null) continue;
    const view = seen.views.find((one) => one.head.name === other);
    const sight = sightOf(view, server.id, nowMs);
    const shown = sight.kind === "fresh" ? forcedStateOf(sight.row.adminBits) : confirmed.adminState;
    (shown === confirmed.adminState ? left : changed).push(`${shown} on ${other}`);
  }
  const words = changed.length === 0 ? "" : ` Changed elsewhere too: ${changed.join(", ")}.`;
  return left.length === 0 ? words : `${words} Left as it is elsewhere: ${left.join(", ")}.`;
}

/** The app's clock was set back: stored times that lie in the future become now, so that nothing waits for ever. */
function clamp(server: ServerJob, nowMs: number): void {
  for (const cell of cellsOf(server)) {
    clampWatch(cell.watch, nowMs);
    if (cell.confirmed !== null && cell.confirmed.atMs > nowMs + 1) cell.confirmed.atMs = nowMs;
    if (cell.command !== null) {
      cell.command.sentAtMs = Math.min(cell.command.sentAtMs, nowMs);
      if (cell.command.outcomeAtMs !== null) cell.command.outcomeAtMs = Math.min(cell.command.outcomeAtMs, nowMs);
    }
    if (cell.endRound !== null) cell.endRound.sentAtMs = Math.min(cell.endRound.sentAtMs, nowMs);
    if (cell.readyAtMs !== null) cell.readyAtMs = Math.min(cell.readyAtMs, nowMs);
    if (cell.cleanSinceMs !== null) cell.cleanSinceMs = Math.min(cell.cleanSinceMs, nowMs);
  }
}

/**
 * Asked right before an effect is sent, with the newest observation: false means drop it, decide() will ask again if it
 * is still due. Closes the gap between deciding, saving and sending.
 */
export function isStillWanted(job: Maintenance, effect: Effect, seen: Seen, nowMs: number): boolean {
  if (nowMs > effect.notAfterMs) return false;
  const server = job.servers.find((one) => one.id === effect.server);
  const cell = server?.cells[effect.lb];
  if (server === undefined || cell === undefined || isFinal(server.phase)) return false;
  const stored = effect.kind === "set-state" ? cell.command : cell.endRound;
  if (stored === null || stored.seq !== effect.seq || stored.outcome !== null) return false;
  const sight = sightOf(
    seen.views.find((view) => view.head.name === effect.lb),
    effect.server,
    nowMs,
  );
  if (sight.kind !== "fresh") return false;
  // The same question again, as if nothing had been sent: only if decide() would send the same now, it goes.
  const asked = structuredClone(job);
  const askedCell = asked.servers.find((one) => one.id === effect.server)?.cells[effect.lb];
  if (askedCell === undefined) return false;
  if (effect.kind === "set-state") {
    askedCell.command = null;
  } else {
    askedCell.endRound = null;
  }
  return decide(asked, seen, nowMs).effects.some(
    (one) =>
      one.server === effect.server &&
      one.lb === effect.lb &&
      (one.kind === "set-state"
        ? effect.kind === "set-state" && one.adminState === effect.adminState
        : effect.kind === "end-sessions"),
  );
}

// Why a server waits. One reason at a time, the most serious; it is written down when it begins and when it ends.
import type { Context } from "./cell-step.ts";
import type { HoldCode, ServerJob } from "./job.ts";
import type { Look } from "./look.ts";

export interface Waiting {
  code: HoldCode;
  lb: string | null;
  text: string;
  /** when it began, when that is known better than "now" */
  sinceMs?: number | null;
  isAlert?: boolean;
}

/** Reasons that are part of a normal run: shown on the screen, not worth a line in the record. */
const QUIET_REASONS: ReadonlySet<HoldCode> = new Set([
  "ramp",
  "first-session",
  "check",
  "paused",
  "old-workers",
  "host",
  "joined",
]);

export function setHold(ctx: Context, server: ServerJob, waiting: Waiting | null): void {
  const before = server.heldBecause;
  if (waiting === null) {
    if (before !== null && !QUIET_REASONS.has(before.code)) {
      ctx.log.say("released", `${server.id} goes on.`, {
        server: server.id,
        lb: before.lb,
        data: { code: before.code },
      });
    }
    server.heldBecause = null;
    return;
  }
  const { code, lb, text } = waiting;
  if (before !== null && before.code === code && before.lb === lb) {
    if (before.text !== text) server.heldBecause = { ...before, text };
    return;
  }
  server.heldBecause = { code, lb, text, sinceMs: waiting.sinceMs ?? ctx.nowMs };
  if (!QUIET_REASONS.has(code) || waiting.isAlert === true) {
    ctx.log.say("held", text, { server: server.id, lb, isAlert: waiting.isAlert ?? false, data: { code } });
  }
}

/** Every automatic step holds while a load balancer of the server is stale (ui.md 9.3). */
export function staleHold(looks: readonly Look[]): Waiting | null {
  for (const { cell, sight } of looks) {
    if (sight.kind !== "stale") continue;
    if (sight.isMissing === true) return missingHold(cell.lb);
    return {
      code: "stale",
      lb: cell.lb,
      sinceMs: sight.sinceMs,
      text: `${cell.lb} does not answer. Its numbers are old, so nothing goes on by itself.`,
      isAlert: true,
    };
  }
  return null;
}

/** It was taken out of the configuration while the app was down: no time brings it back. */
export function missingHold(lb: string): Waiting {
  return {
    code: "never-seen",
    lb,
    isAlert: true,
    text: `${lb} is not configured any more, so nothing goes on by itself. Add it again under the same name, or stop the maintenance and leave things as they are.`,
  };
}

export function pauseHold(ctx: Context): Waiting | null {
  const { paused } = ctx.job;
  if (paused === null || paused.by !== "person") return null;
  return {
    code: "paused",
    lb: null,
    sinceMs: paused.atMs,
    text: `Paused by ${paused.who}${paused.why === "" ? "" : `: ${paused.why}`}.`,
  };
}

/** A command was sent and HAProxy does not show it yet; only worth saying when it lasts. */
export function unconfirmedHold(ctx: Context, looks: readonly Look[], slowMs: number): Waiting | null {
  for (const { cell, verdict } of looks) {
    if (verdict === null || verdict.kind === "shows" || cell.command === null) continue;
    if (ctx.nowMs - cell.command.sentAtMs < slowMs && cell.command.attempt === 1) continue;
    return { code: "not-confirmed", lb: cell.lb, text: `${cell.lb} does not show ${cell.command.adminState} yet.` };
  }
  return null;
}

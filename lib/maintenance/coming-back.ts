// returning -> done (or stopped): back to what it was, load balancer by load balancer, and no user meets a dead or cold
// server. The rules are [M50] to [M59] of SPEC.md.

import { isSameProcess } from "#lib/fleet/process.ts";
import { listOf, plural } from "#lib/util/format.ts";
import { type Context, sendState } from "./cell-step.ts";
import { canFractionProve, checkWords, isAtFullWeight, isCheckClean } from "./health.ts";
import { missingHold, pauseHold, setHold, type Waiting } from "./hold.ts";
import type { ServerJob } from "./job.ts";
import { judgeAgain, type Look, mustProve, sessionsOf, wishOf } from "./look.ts";
import { enter } from "./phase.ts";
import { forcedStateOf, type SeenRow } from "./sight.ts";

/** The check must stay clean this long: "for one full inter", and HAProxy's default inter is 2 s (configuration manual 5.2). */
const CLEAN_FOR_MS = 2_000;
/** With `fall 1` and no time of the last check, nothing but patience proves that one ran. */
const CLEAN_BLIND_MS = 10_000;
/** A check that is not clean after this is worth calling somebody. */
const CHECK_PATIENCE_MS = 60_000;
/** Long enough for a first user on a busy backend; on a quiet one "no user yet" is the answer. */
const FIRST_SESSION_WAIT_MS = 60_000;

type Fresh = Look & { sight: { kind: "fresh" } };

export function stepReturning(ctx: Context, server: ServerJob, looks: readonly Look[]): void {
  const pause = pauseAfter(ctx, server);
  if (pause === null) for (const look of looks) if (isFresh(look)) prove(ctx, server, look);
  judgeAgain(ctx, server, looks);
  for (const look of looks) {
    const { cell, sight, verdict } = look;
    if (sight.kind !== "fresh") continue;
    if (verdict?.kind === "overridden" || verdict?.kind === "failed") continue;
    if (verdict?.kind === "needs" && (pause === null || isOpenAgain(look)))
      sendState(ctx, server, cell, sight, wishOf(server, cell), verdict.attempt);
    if (verdict?.kind === "shows" && isBack(server, look)) noteReady(look, sight.row, sight.observedAtMs);
  }
  const waiting = pause ?? firstWaiting(ctx, server, looks);
  if (waiting === null) finish(ctx, server, looks);
  else setHold(ctx, server, waiting);
}

/** A pause that came after the return was asked for holds it; what a person asks for while it is paused goes on. */
function pauseAfter(ctx: Context, server: ServerJob): Waiting | null {
  const isLater = (ctx.job.paused?.atMs ?? 0) > (server.return?.sinceMs ?? 0);
  return isLater ? pauseHold(ctx) : null;
}

/** A reload opened it to users: taking that back is no step forward. */
function isOpenAgain({ cell, sight }: Look): boolean {
  return (
    sight.kind === "fresh" &&
    cell.provenAtMs === null &&
    forcedStateOf(sight.row.adminBits) === "ready" &&
    cell.confirmed !== null &&
    !isSameProcess(cell.confirmed.process, sight.process)
  );
}

function isFresh(look: Look): look is Fresh {
  return look.sight.kind === "fresh";
}

/** Decides when ready may follow the drain that lets the checks run without new users. */
function prove(ctx: Context, server: ServerJob, look: Fresh): void {
  const { cell, sight } = look;
  if (look.quiet.kind === "proven") delete cell.isOpened;
  if (cell.provenAtMs !== null || cell.before.adminState !== "ready") return;
  if (!mustProve(server, cell)) {
    cell.provenAtMs = ctx.nowMs;
    if (cell.wasMaint && server.return?.isDirect !== true) {
      ctx.log.say("note", `${cell.lb} has no check on ${server.id}: nothing proves that it is well.`, {
        server: server.id,
        lb: cell.lb,
      });
    }
    return;
  }
  const { confirmed } = cell;
  if (
    look.verdict?.kind !== "shows" ||
    confirmed?.adminState !== "drain" ||
    sight.observedAtMs <= confirmed.atMs ||
    !isCheckClean(sight.row)
  ) {
    cell.cleanSinceMs = null;
    return;
  }
  cell.cleanSinceMs ??= sight.observedAtMs;
  const { lastCheckAtMs } = sight.row;
  const knowsTime = lastCheckAtMs !== undefined && lastCheckAtMs !== null;
  if (knowsTime && lastCheckAtMs <= confirmed.atMs) return;
  const needMs = canFractionProve(sight.row) || knowsTime ? CLEAN_FOR_MS : CLEAN_BLIND_MS;
  if (sight.observedAtMs - cell.cleanSinceMs < needMs) return;
  cell.provenAtMs = ctx.nowMs;
  ctx.log.say("note", `The check of ${server.id} is clean on ${cell.lb} (${checkWords(sight.row)}).`, {
    server: server.id,
    lb: cell.lb,
  });
}

function isBack(server: ServerJob, look: Look): boolean {
  return look.cell.before.adminState === "ready" && wishOf(server, look.cell) === "ready";
}

function noteReady(look: Look, row: SeenRow, observedAtMs: number): void {
  const { cell } = look;
  cell.readyAtMs ??= cell.confirmed?.adminState === "ready" ? cell.confirmed.atMs : observedAtMs;
  if (cell.firstSessionAtMs !== null || row.lastArrivalAt === null) return;
  const atMs = (row.lastArrivalAt + 1) * 1_000;
  if (atMs > cell.readyAtMs || row.scur > 0) cell.firstSessionAtMs = Math.min(atMs, observedAtMs);
}

function firstWaiting(ctx: Context, server: ServerJob, looks: readonly Look[]): Waiting | null {
  let mildest: Waiting | null = null;
  for (const look of looks) {
    const waiting = waitingOn(ctx, server, look);
    if (waiting === null) continue;
    if (waiting.code !== "first-session" && waiting.code !== "ramp") return waiting;
    mildest ??= waiting;
  }
  return mildest;
}

/** What is missing on one load balancer, in words; null: nothing. */
function waitingOn(ctx: Context, server: ServerJob, look: Look): Waiting | null {
  const { cell, sight } = look;
  const { lb } = cell;
  if (sight.kind === "stale" && sight.isMissing === true) return missingHold(lb);
  if (sight.kind === "stale") {
    return {
      code: "stale",
      lb,
      sinceMs: sight.sinceMs,
      isAlert: true,
      text: `${lb} does not answer; ${server.id} cannot be brought back there yet.`,
    };
  }
  if (sight.kind !== "fresh") return { code: "not-confirmed", lb, text: `${lb} has not answered for a moment.` };
  const { row } = sight;
  const wish = wishOf(server, cell);
  if (cell.before.adminState === "ready" && wish === "drain" && look.verdict?.kind === "shows")
    return checkWait(ctx, server, look, row);
  if (look.verdict?.kind !== "shows") return { code: "not-confirmed", lb, text: `${lb} does not show ${wish} yet.` };
  if (cell.isOpened === true) {
    return {
      code: "occupied",
      lb,
      text: `${server.id} was maint on ${lb} before; ${openedWords(look)} drained there first.`,
    };
  }
  if (cell.before.adminState !== "ready" || cell.readyAtMs === null) return null;
  if (cell.before.hasCheck && row.status.startsWith("DOWN")) {
    return {
      code: "check",
      lb,
      isAlert: true,
      text: `${server.id} is ready on ${lb}, but its check fails: ${checkWords(row)}.`,
    };
  }
  if (cell.before.weight > 0 && !isAtFullWeight(row)) {
    return {
      code: "ramp",
      lb,
      text: `Slowstart on ${lb}: weight ${row.weight}${row.uweight === null ? "" : ` of ${row.uweight}`}.`,
    };
  }
  const isWaited = ctx.nowMs - cell.readyAtMs >= FIRST_SESSION_WAIT_MS;
  if (server.return?.final === "done" && cell.firstSessionAtMs === null && !isWaited && row.weight > 0) {
    return { code: "first-session", lb, text: `Waiting for the first session on ${lb}.` };
  }
  return null;
}

function openedWords(look: Look): string {
  const sessions = sessionsOf(look);
  return sessions === 1
    ? "the session that came in a reload is"
    : `the ${plural(sessions, "session")} that came in a reload are`;
}

function checkWait(ctx: Context, server: ServerJob, look: Look, row: SeenRow): Waiting {
  const { lb } = look.cell;
  const isLong = ctx.nowMs - (server.return?.sinceMs ?? ctx.nowMs) >= CHECK_PATIENCE_MS;
  if (isCheckClean(row)) return { code: "check", lb, text: `Proving the check of ${server.id} on ${lb}.` };
  return {
    code: isLong ? "occupied" : "check",
    lb,
    isAlert: isLong,
    text: `${server.id} stays in drain on ${lb} until its check is clean: ${checkWords(row)}.`,
  };
}

function finish(ctx: Context, server: ServerJob, looks: readonly Look[]): void {
  const notes: string[] = [];
  const without = looks.filter(({ cell }) => cell.before.adminState === "ready" && cell.firstSessionAtMs === null);
  const kept = looks.filter(({ cell }) => cell.before.adminState !== "ready");
  for (const { cell, sight } of looks) {
    if (sight.kind !== "fresh") continue;
    const { row } = sight;
    if (cell.before.uweight !== null && row.uweight !== null && row.uweight !== cell.before.uweight) {
      notes.push(
        `On ${cell.lb} its weight is ${row.uweight}, it was ${cell.before.uweight}; ready does not change weights.`,
      );
    } else if (cell.before.adminState === "ready" && row.weight === 0) {
      notes.push(`On ${cell.lb} its weight is 0 as before: it takes no new users.`);
    }
  }
  for (const { cell } of kept) notes.push(`On ${cell.lb} it was ${cell.before.adminState} before and is so again.`);
  const final = server.return?.final ?? "done";
  if (final === "done" && without.length > 0)
    notes.push(`No session was seen yet on ${listOf(without.map(({ cell }) => cell.lb))}.`);
  const why =
    final === "done"
      ? `${server.id} is back.`
      : `${server.id} is back to what it was: ${server.return?.why ?? "stopped"}.`;
  enter(ctx, server, final, [why, ...notes].join(" "));
}

// draining -> quiet -> maint. The rules are [M10] to [M39] of SPEC.md.
import { listOf, plural, span } from "#lib/util/format.ts";
import { type Context, isLost, sendState } from "./cell-step.ts";
import { endingHold, endRounds } from "./ending.ts";
import { pauseHold, setHold, staleHold, unconfirmedHold, type Waiting } from "./hold.ts";
import { cellsOf, type ServerJob } from "./job.ts";
import { isAllFresh, isFree, isOldUnsure, judgeAgain, type Look, sessionsOf, wishOf } from "./look.ts";
import { beginReturn, enter } from "./phase.ts";
import { hostHold, returnWith } from "./run-step.ts";

/** Zero for so long before the word "quiet" is used: with cookie users a zero is the rule, not the end. */
const ENTER_QUIET_MS = 2_000;
/** A command that HAProxy does not show after this is worth a word. */
const SLOW_CONFIRM_MS = 3_000;

export function stepDraining(ctx: Context, server: ServerJob, looks: readonly Look[]): void {
  if (server.endingSinceMs !== null) {
    stepEnding(ctx, server, looks);
    return;
  }
  if (deadline(ctx, server, looks)) return;
  sendDue(ctx, server, looks);
  const enterMs = Math.min(ENTER_QUIET_MS, ctx.job.options.quietMs / 2);
  const isQuiet = looks.every(
    (look) =>
      look.verdict?.kind === "shows" &&
      (look.quiet.kind === "counting" || look.quiet.kind === "proven") &&
      look.quiet.quietForMs >= enterMs,
  );
  if (isQuiet)
    enter(ctx, server, "quiet", `No sessions on ${server.id}; counting ${span(ctx.job.options.quietMs)} of quiet.`);
  setHold(
    ctx,
    server,
    staleHold(looks) ??
      pauseHold(ctx) ??
      unconfirmedHold(ctx, looks, SLOW_CONFIRM_MS) ??
      unsureHold(looks) ??
      newcomerHold(server, looks),
  );
}

export function stepQuiet(ctx: Context, server: ServerJob, looks: readonly Look[]): void {
  const disturbed = disturbance(server, looks);
  if (disturbed !== null) {
    server.goal = "drain";
    enter(ctx, server, "draining", disturbed.text);
    if (disturbed.arrival !== null) {
      const { lb, atMs } = disturbed.arrival;
      ctx.log.say("arrival", disturbed.text, { server: server.id, lb, data: { arrivedAtMs: atMs } });
    }
    judgeAgain(ctx, server, looks);
    stepDraining(ctx, server, looks);
    return;
  }
  if (server.goal === "drain" && deadline(ctx, server, looks)) return;
  const hold = staleHold(looks) ?? pauseHold(ctx);
  if (
    server.goal === "drain" &&
    hold === null &&
    looks.length > 0 &&
    looks.every((look) => look.quiet.kind === "proven")
  ) {
    server.goal = "maint";
    ctx.log.say(
      "note",
      `Quiet for ${span(ctx.job.options.quietMs)} on ${looks.map((look) => look.cell.lb).join(", ")}; setting maint.${silentMasters(looks)}`,
      {
        server: server.id,
      },
    );
    judgeAgain(ctx, server, looks);
  }
  if (server.goal === "drain") sendDue(ctx, server, looks);
  else sendMaint(ctx, server, looks, hold !== null, true);
  if (hold === null && finishMaint(ctx, server, looks)) return;
  setHold(
    ctx,
    server,
    hold ??
      stragglerHold(looks) ??
      unconfirmedHold(ctx, looks, SLOW_CONFIRM_MS) ??
      unsureHold(looks) ??
      newcomerHold(server, looks),
  );
}

export function stepMaint(ctx: Context, server: ServerJob, looks: readonly Look[]): void {
  // The machine is being worked on: a load balancer that lost maint gets it back at once, whatever the others do.
  sendDue(ctx, server, looks);
  const hold = staleHold(looks) ?? pauseHold(ctx);
  const { autoReturnMs } = ctx.job.options;
  if (
    hold === null &&
    server.host === undefined &&
    autoReturnMs !== null &&
    server.yourTurnAtMs !== null &&
    ctx.nowMs - server.yourTurnAtMs >= autoReturnMs
  ) {
    beginReturn(ctx, server, {
      final: "done",
      isDirect: false,
      who: ctx.job.startedBy,
      why: `${span(autoReturnMs)} in maint are over, as asked for at the start`,
    });
    return;
  }
  setHold(
    ctx,
    server,
    hold ?? stragglerHold(looks) ?? unconfirmedHold(ctx, looks, SLOW_CONFIRM_MS) ?? hostHold(ctx, server),
  );
}

/** Somebody is there, or cannot be excluded any more: the proof is void. Cells that are shut already only wait to empty. */
function disturbance(
  server: ServerJob,
  looks: readonly Look[],
): { text: string; arrival: { lb: string; atMs: number } | null } | null {
  for (const look of looks) {
    const { cell } = look;
    if (look.isNewProcess) return { text: `${cell.lb} runs a new process: quiet starts again.`, arrival: null };
    if (look.sight.kind !== "fresh") continue;
    if (server.goal === "maint" && cell.confirmed?.adminState === "maint") continue;
    if (look.isClockMove)
      return { text: "The clock of this app was set forward: the quiet window starts again.", arrival: null };
    if (look.arrivedAtMs !== null) {
      return {
        text: `A session arrived on ${cell.lb}: back to draining.`,
        arrival: { lb: cell.lb, atMs: look.arrivedAtMs },
      };
    }
    if (look.quiet.kind === "busy") {
      return {
        text: `${plural(look.quiet.count, "session")} on ${cell.lb}: back to draining.`,
        arrival: { lb: cell.lb, atMs: look.cell.watch.busyAtMs ?? 0 },
      };
    }
  }
  return null;
}

/** Sends what is due without asking for proof: drain, or maint again after a reload. Paused: only what was lost. */
function sendDue(ctx: Context, server: ServerJob, looks: readonly Look[]): void {
  const isPaused = pauseHold(ctx) !== null;
  for (const { cell, sight, verdict } of looks) {
    if (verdict?.kind === "needs" && sight.kind === "fresh" && (!isPaused || isLost(cell, sight)))
      sendState(ctx, server, cell, sight, wishOf(server, cell), verdict.attempt);
  }
}

/** Maint goes out only from a whole picture; with `mustBeQuiet` each receiver must be proved quiet in this very sample. */
function sendMaint(
  ctx: Context,
  server: ServerJob,
  looks: readonly Look[],
  isHeld: boolean,
  mustBeQuiet: boolean,
): void {
  if (isHeld || !isAllFresh(looks)) return;
  const open = looks.filter((look) => look.verdict?.kind !== "shows");
  if (mustBeQuiet && !open.every((look) => look.quiet.kind === "proven")) return;
  for (const { cell, sight, verdict } of open) {
    if (verdict?.kind === "needs" && sight.kind === "fresh")
      sendState(ctx, server, cell, sight, "maint", verdict.attempt);
  }
}

/** Maint is shown everywhere and a later sample counts nobody: only now the machine is free. */
function finishMaint(ctx: Context, server: ServerJob, looks: readonly Look[]): boolean {
  if (server.goal !== "maint" || looks.length === 0) return false;
  if (!looks.every(isFree)) return false;
  const lbs = looks.map((look) => look.cell.lb).join(", ");
  server.endingSinceMs = null;
  for (const { cell } of looks) delete cell.isNewcomer;
  setHold(ctx, server, null);
  if (server.host !== undefined) {
    enter(ctx, server, "maint", `${server.id} is in maint and empty on ${lbs}.`);
    return true;
  }
  server.yourTurnAtMs = ctx.nowMs;
  enter(ctx, server, "maint", `Your turn: ${server.id} is in maint and empty on ${lbs}.`, true);
  return true;
}

/** A master CLI that was configured to be believed and is not heard: the proof is of the new process only. */
function silentMasters(looks: readonly Look[]): string {
  const silent = looks.flatMap(({ cell, sight }) =>
    sight.kind === "fresh" && sight.view.head.oldWorkersSource === "silent" ? [cell.lb] : [],
  );
  if (silent.length === 0) return "";
  return ` The master CLI of ${listOf(silent)} does not answer: sessions in old processes there could not be seen.`;
}

/** Nothing is proved until the master CLI, where there is one, has told what a reload left behind. */
function unsureHold(looks: readonly Look[]): Waiting | null {
  const unsure = looks.find(isOldUnsure);
  if (unsure === undefined) return null;
  const { lb } = unsure.cell;
  if (unsure.sight.kind === "fresh" && unsure.sight.view.head.oldWorkersSource === "silent") {
    return {
      code: "old-workers",
      lb,
      text: `The master CLI of ${lb} does not answer: sessions of old workers are not known. Make it answer, or take it out of the configuration of ${lb} to go on without it.`,
    };
  }
  return {
    code: "old-workers",
    lb,
    text: `The master CLI of ${lb} has not told yet whether old processes hold sessions.`,
  };
}

/** A person may be at the machine since before it joined: how many are left there, and that it is not free. */
function newcomerHold(server: ServerJob, looks: readonly Look[]): Waiting | null {
  const late = looks.filter((look) => look.cell.isNewcomer === true);
  const look = late.find((one) => sessionsOf(one) > 0) ?? late[0];
  if (look === undefined) return null;
  const { lb } = look.cell;
  const sessions = sessionsOf(look);
  const first =
    sessions === 0
      ? "quiet is proved there first"
      : `its ${plural(sessions, "session")} ${sessions === 1 ? "is" : "are"} drained first`;
  return { code: "joined", lb, text: `${lb} joined: ${first}. Until then ${server.host ?? server.id} is not free.` };
}

/** Maint cuts nothing off (haproxy.md rule 9), and with `option persist` it does not even keep users out (rule 10). */
function stragglerHold(looks: readonly Look[]): Waiting | null {
  for (const look of looks) {
    if (look.cell.confirmed?.adminState !== "maint" || sessionsOf(look) === 0) continue;
    return {
      code: "occupied",
      lb: look.cell.lb,
      text: `${plural(sessionsOf(look), "session")} on ${look.cell.lb} though it is in maint. If more come, look for option persist or force-persist.`,
      isAlert: true,
    };
  }
  return null;
}

/** Returns true when the deadline took the step over. */
function deadline(ctx: Context, server: ServerJob, looks: readonly Look[]): boolean {
  const { deadlineAtMs } = server;
  const { atDeadline } = ctx.job.options;
  if (deadlineAtMs === null || ctx.nowMs < deadlineAtMs) return false;
  if (looks.length === 0 || !isAllFresh(looks) || pauseHold(ctx) !== null) return false;
  const sessions = looks.reduce((sum, look) => sum + sessionsOf(look), 0);
  const left = `${plural(sessions, "session")} left on ${server.id} at its deadline`;
  const isFirst = server.deadlineReachedAtMs === null;
  server.deadlineReachedAtMs ??= ctx.nowMs;
  const about = { server: server.id, isAlert: true, data: { sessions, atDeadline } };
  switch (atDeadline) {
    case "wait":
      if (isFirst) ctx.log.say("deadline", `${left}. It stays in drain.`, about);
      return false;
    case "return":
      ctx.log.say("deadline", `${left}. Back to what it was.`, about);
      beginReturn(ctx, server, {
        final: "stopped",
        isDirect: false,
        who: "",
        why: "the deadline passed before it was empty",
      });
      returnWith(ctx, server, `the deadline passed before ${server.id} on the same host was empty`);
      return true;
    case "end-sessions": {
      ctx.log.say("deadline", `${left}. Setting maint and ending them.`, about);
      server.goal = "maint";
      server.endingSinceMs = ctx.nowMs;
      if (server.phase !== "draining")
        enter(ctx, server, "draining", `The deadline of ${server.id} passed: its sessions are ended.`);
      for (const cell of cellsOf(server)) cell.endRound = null;
      judgeAgain(ctx, server, looks);
      stepEnding(ctx, server, looks);
      return true;
    }
  }
}

/** Gate first, then the sessions: in drain a cookie user would be back within a second. */
function stepEnding(ctx: Context, server: ServerJob, looks: readonly Look[]): void {
  const hold = staleHold(looks) ?? pauseHold(ctx);
  sendMaint(ctx, server, looks, hold !== null, false);
  if (hold === null) {
    if (finishMaint(ctx, server, looks)) return;
    endRounds(ctx, server, looks);
  }
  setHold(ctx, server, hold ?? endingHold(looks) ?? unconfirmedHold(ctx, looks, SLOW_CONFIRM_MS));
}

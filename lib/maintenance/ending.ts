// Ending sessions at the deadline: counted, asked for, counted again. Never repeated without a new count, and never for ever.
import { plural } from "#lib/util/format.ts";
import { type Context, effectBase } from "./cell-step.ts";
import type { Waiting } from "./hold.ts";
import type { EndSessionsOrder, ServerJob } from "./job.ts";
import { isAllFresh, isShut, type Look, sessionsOf } from "./look.ts";

/** After tunnels were ended, requests in progress may still finish by themselves. */
const AFTER_TUNNELS_MS = 10_000;
/** `shutdown sessions server` answers at once and kills a little later (under 0.3 s seen, haproxy.md 1.3). */
const AFTER_ALL_MS = 5_000;
const MAX_ROUNDS = 4;

export function endRounds(ctx: Context, server: ServerJob, looks: readonly Look[]): void {
  if (looks.length === 0 || !isAllFresh(looks) || !looks.every(isShut)) return;
  for (const look of looks) {
    const count = sessionsOf(look);
    if (count === 0 || look.sight.kind !== "fresh" || !isRoundOver(look)) continue;
    const round = (look.cell.endRound?.round ?? 0) + 1;
    if (round > MAX_ROUNDS) continue;
    const { cell, sight } = look;
    const which = whichOf(ctx.job.options.endSessions, round);
    cell.seq++;
    cell.endRound = {
      round,
      which,
      seq: cell.seq,
      sentAtMs: ctx.nowMs,
      expectCount: count,
      outcome: null,
      message: "",
    };
    const why = `${which === "tunnels" ? "tunnels" : plural(count, "session")} on ${server.id} at its deadline`;
    ctx.log.effects.push({
      kind: "end-sessions",
      ...effectBase(ctx, server, cell, sight),
      which,
      expectCount: count,
      inOldWorkers: sight.row.oldScur,
      why: `ending ${why}`,
    });
    ctx.log.say(
      "sessions",
      `Ending ${which === "tunnels" ? `the tunnels among ${plural(count, "session")}` : plural(count, "session")} on ${cell.lb}.`,
      {
        server: server.id,
        lb: cell.lb,
        data: { round, which, sessions: count, inOldWorkers: sight.row.oldScur },
      },
    );
  }
}

function whichOf(order: EndSessionsOrder, round: number): "tunnels" | "all" {
  return order === "tunnels-first" && round === 1 ? "tunnels" : "all";
}

function isRoundOver(look: Look): boolean {
  const { endRound } = look.cell;
  if (endRound === null) return true;
  if (look.sight.kind !== "fresh") return false;
  const waitMs = endRound.which === "tunnels" ? AFTER_TUNNELS_MS : AFTER_ALL_MS;
  return look.sight.observedAtMs >= endRound.sentAtMs + waitMs;
}

export function endingHold(looks: readonly Look[]): Waiting | null {
  for (const look of looks) {
    const { endRound } = look.cell;
    if (sessionsOf(look) === 0 || endRound === null || endRound.round < MAX_ROUNDS || !isRoundOver(look)) continue;
    const inOld =
      look.sight.kind === "fresh" && look.sight.row.oldScur > 0 ? " Old worker processes hold some of them." : "";
    return {
      code: "occupied",
      lb: look.cell.lb,
      text: `${plural(sessionsOf(look), "session")} on ${look.cell.lb} did not end after ${endRound.round} attempts.${inOld} Look at them and decide.`,
      isAlert: true,
    };
  }
  return null;
}

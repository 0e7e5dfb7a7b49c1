// Moving a server from phase to phase: always through here, so that each change is in the record.
import type { Context } from "./cell-step.ts";
import { isFinal, type Phase, type ServerJob } from "./job.ts";

export function enter(ctx: Context, server: ServerJob, phase: Phase, text: string, isAlert = false): void {
  const from = server.phase;
  server.phase = phase;
  server.sinceMs = ctx.nowMs;
  if (isFinal(phase)) {
    server.goal = "none";
    server.heldBecause = null;
    server.note = text;
  }
  const kind = phase === "overridden" || phase === "failed" ? phase : "phase";
  ctx.log.say(kind, text, { server: server.id, isAlert, data: { from, phase } });
}

/** It ended in a way that a person must look at: the run starts nothing more until somebody says so. */
export function endBadly(ctx: Context, server: ServerJob, phase: "overridden" | "failed", text: string): void {
  enter(ctx, server, phase, text, true);
  const { job } = ctx;
  if (job.paused?.by === "run" || !job.servers.some((one) => one.phase === "queued")) return;
  const why = `${server.id} ${phase === "failed" ? "failed" : "was taken over"}. Resume to go on with the others, or stop.`;
  job.paused = job.paused === null ? { by: "run", who: "", why, atMs: ctx.nowMs } : { ...job.paused, question: why };
  ctx.log.say("note", why, { server: server.id, isAlert: true });
}

export function beginReturn(
  ctx: Context,
  server: ServerJob,
  how: { final: "done" | "stopped"; isDirect: boolean; who: string; why: string },
): void {
  server.goal = "return";
  server.return = { ...how, sinceMs: ctx.nowMs };
  server.yourTurnAtMs = null;
  server.endingSinceMs = null;
  for (const cell of Object.values(server.cells)) {
    cell.cleanSinceMs = null;
    cell.provenAtMs = null;
    cell.readyAtMs = null;
    cell.firstSessionAtMs = null;
    cell.endRound = null;
  }
  enter(ctx, server, "returning", `${server.id} returns: ${how.why}.`);
}

// The steps of a run: what goes out together, has its turn together and returns together. One server, or in a run by host
// all servers of one machine. The rules are [M110] to [M119] of SPEC.md.
import type { ServerId } from "#lib/haproxy/names.ts";
import { listOf, span } from "#lib/util/format.ts";
import type { Context } from "./cell-step.ts";
import { pauseHold, setHold, type Waiting } from "./hold.ts";
import { hasTurn, isActive, isFinal, isGoingOut, type Maintenance, type ServerJob } from "./job.ts";
import { isAllFresh, isFree, type Look } from "./look.ts";
import { beginReturn } from "./phase.ts";

/** The servers of the same step, this one included. */
export function stepOf(job: Maintenance, server: ServerJob): ServerJob[] {
  return server.host === undefined ? [server] : job.servers.filter((one) => one.host === server.host);
}

/** In the order of the run. */
export function stepsOf(job: Maintenance): ServerJob[][] {
  return job.servers
    .map((server) => stepOf(job, server))
    .filter((step, at) => step[0] !== undefined && job.servers.indexOf(step[0]) === at);
}

export function isStepActive(step: readonly ServerJob[]): boolean {
  return step.some((server) => isActive(server.phase));
}

/** Somebody else has the say over a part of the machine: the job cannot promise that it is free. */
function lostOf(step: readonly ServerJob[]): ServerJob | undefined {
  return step.find((server) => server.phase === "failed" || server.phase === "overridden");
}

/** Why a server that is in maint itself has no turn yet: the machine is free when its last server is. */
export function hostHold(ctx: Context, server: ServerJob): Waiting | null {
  if (server.host === undefined || hasTurn(server)) return null;
  const step = stepOf(ctx.job, server);
  const lost = lostOf(step);
  if (lost !== undefined) {
    return {
      code: "occupied",
      lb: null,
      text: `${server.host} is not free: ${lost.id} ${lost.phase === "failed" ? "failed" : "was taken over"}. Look at it; then set ready, or stop.`,
      isAlert: true,
    };
  }
  const open = step.filter((one) => isGoingOut(one));
  if (open.length === 0) return null;
  return { code: "host", lb: null, text: `${server.host} is free when ${listOf(open.map((one) => one.id))} is too.` };
}

/** What only a whole machine can do: have its turn, and return when its time in maint is over. */
export function stepHosts(ctx: Context, looked: ReadonlyMap<ServerId, readonly Look[]>): void {
  for (const step of stepsOf(ctx.job)) {
    const { host } = step[0] ?? {};
    const open = step.filter((server) => !isFinal(server.phase));
    if (host === undefined || open.length === 0 || open.some((server) => server.phase !== "maint")) continue;
    const looksOf = (server: ServerJob) => looked.get(server.id) ?? [];
    if (pauseHold(ctx) !== null || !open.every((server) => isAllFresh(looksOf(server)))) continue;
    if (open.every(hasTurn)) {
      returnInTime(ctx, host, open);
      continue;
    }
    const isSafe = (server: ServerJob) => looksOf(server).length > 0 && looksOf(server).every(isFree);
    if (lostOf(step) === undefined && open.every(isSafe)) giveTurn(ctx, host, open);
  }
}

function giveTurn(ctx: Context, host: string, servers: readonly ServerJob[]): void {
  for (const server of servers) {
    server.yourTurnAtMs = ctx.nowMs;
    setHold(ctx, server, null);
  }
  const names = servers.map((server) => server.id);
  ctx.log.say("phase", `Your turn: ${host} is free. In maint and empty: ${listOf(names)}.`, {
    isAlert: true,
    data: { phase: "maint", host },
  });
}

function returnInTime(ctx: Context, host: string, servers: readonly ServerJob[]): void {
  const { autoReturnMs } = ctx.job.options;
  const since = Math.max(...servers.map((server) => server.yourTurnAtMs ?? ctx.nowMs));
  if (autoReturnMs === null || ctx.nowMs - since < autoReturnMs) return;
  const why = `${span(autoReturnMs)} in maint are over for ${host}, as asked for at the start`;
  for (const server of servers)
    beginReturn(ctx, server, { final: "done", isDirect: false, who: ctx.job.startedBy, why });
}

/** One server of the machine goes back before its turn: nobody will work on it, so the others go back too. */
export function returnWith(ctx: Context, server: ServerJob, why: string): void {
  for (const one of stepOf(ctx.job, server)) {
    if (one.id === server.id || !isActive(one.phase) || one.goal === "return") continue;
    beginReturn(ctx, one, { final: "stopped", isDirect: false, who: "", why });
  }
}

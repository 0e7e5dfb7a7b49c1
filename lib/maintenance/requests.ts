// What people ask of a running maintenance: pure, job and request in, job or refusal out. decide() does the rest.
import type { ServerId } from "#lib/haproxy/names.ts";
import { clockTime, listOf, span } from "#lib/util/format.ts";
import type { Context } from "./cell-step.ts";
import { deadlineActionWords, endSessionsWords } from "./choice-words.ts";
import { Log, type MaintenanceEvent } from "./effect.ts";
import {
  cellsOf,
  type DeadlineAction,
  type EndSessionsOrder,
  isActive,
  isFinal,
  isGoingOut,
  isOpen,
  type Maintenance,
  type ServerJob,
} from "./job.ts";
import { beginReturn, enter } from "./phase.ts";
import { stepOf } from "./run-step.ts";

export interface OptionsPatch {
  quietMs?: number;
  deadlineMs?: number | null;
  atDeadline?: DeadlineAction;
  endSessions?: EndSessionsOrder;
  concurrency?: number;
  autoReturnMs?: number | null;
}

export type JobRequest =
  /** "my turn is over": bring the servers back; direct: without proving health first */
  | { kind: "ready"; servers?: readonly ServerId[]; direct?: boolean }
  /** back to what it was, or leave it as it is */
  | { kind: "stop"; isLeft: boolean; servers?: readonly ServerId[] }
  | { kind: "pause"; why?: string }
  | { kind: "resume" }
  | { kind: "patch"; patch: OptionsPatch };

export type RequestResult =
  | { kind: "ok"; job: Maintenance; events: MaintenanceEvent[] }
  | { kind: "refused"; code: "conflict" | "unknown-name" | "malformed"; text: string };

export function request(stored: Maintenance, asked: JobRequest, who: string, nowMs: number): RequestResult {
  if (!isOpen(stored)) return refused("conflict", `maintenance ${stored.id} is over; start another one`);
  const job = structuredClone(stored);
  const log = new Log(nowMs);
  const ctx: Context = { job, seen: { views: [], minimums: {} }, nowMs, log };
  const no = apply(ctx, asked, who);
  if (no !== null) return no;
  if (!isOpen(job)) job.closedAtMs = nowMs;
  for (const event of log.events) event.who = who;
  return { kind: "ok", job, events: log.events };
}

type Refusal = RequestResult & { kind: "refused" };

function refused(code: Refusal["code"], text: string): Refusal {
  return { kind: "refused", code, text };
}

function apply(ctx: Context, asked: JobRequest, who: string): Refusal | null {
  switch (asked.kind) {
    case "ready":
      return ready(ctx, asked, who);
    case "stop":
      return stop(ctx, asked, who);
    case "pause":
      return pause(ctx, who, asked.why ?? "");
    case "resume":
      return resume(ctx, who);
    case "patch":
      return patch(ctx, asked.patch, who);
  }
}

function pick(job: Maintenance, ids: readonly ServerId[] | undefined): { servers: ServerJob[] } | Refusal {
  if (ids === undefined) return { servers: job.servers.filter((one) => !isFinal(one.phase)) };
  const servers = new Set<ServerJob>();
  for (const id of ids) {
    const server = job.servers.find((one) => one.id === id);
    if (server === undefined)
      return refused(
        "unknown-name",
        `${id} is not in maintenance ${job.id}; it has ${listOf(job.servers.map((one) => one.id))}`,
      );
    if (isFinal(server.phase)) return refused("conflict", `${id} is ${server.phase} already: ${server.note}`);
    // What is asked for one server of a machine is meant for the machine.
    for (const one of stepOf(job, server)) if (!isFinal(one.phase)) servers.add(one);
  }
  return { servers: [...servers] };
}

function ready(ctx: Context, asked: JobRequest & { kind: "ready" }, who: string): Refusal | null {
  const picked = pick(ctx.job, asked.servers);
  if ("kind" in picked) return picked;
  const isDirect = asked.direct === true;
  const goingOut = (one: ServerJob) => stepOf(ctx.job, one).find(isGoingOut);
  const fits = (one: ServerJob) =>
    (one.phase === "maint" && goingOut(one) === undefined) || (isDirect && one.phase === "returning");
  const wrong = picked.servers.filter((one) => !fits(one));
  const right = picked.servers.filter(fits);
  if (right.length === 0 || (asked.servers !== undefined && wrong.length > 0)) {
    const first = wrong[0];
    const late = first === undefined ? undefined : (goingOut(first) ?? first);
    const text = late === undefined ? "no server is in maint" : `${late.id} is ${late.phase}, not in maint`;
    return refused("conflict", `${text}. To break off before its turn, stop it.`);
  }
  for (const server of right) {
    if (server.phase === "returning" && server.return !== null) {
      server.return = { ...server.return, isDirect: true, sinceMs: ctx.nowMs };
      ctx.log.say("person", `${server.id}: ready at once, without waiting for a clean check.`, { server: server.id });
    } else beginReturn(ctx, server, { final: "done", isDirect, who, why: `${who} is done with it` });
  }
  return null;
}

function stop(ctx: Context, asked: JobRequest & { kind: "stop" }, who: string): Refusal | null {
  const picked = pick(ctx.job, asked.servers);
  if ("kind" in picked) return picked;
  for (const server of picked.servers) {
    if (server.phase === "queued") enter(ctx, server, "stopped", `Stopped by ${who} before it began.`);
    else if (asked.isLeft) enter(ctx, server, "stopped", `Stopped by ${who} and left as it is: ${asItIs(server)}.`);
    else if (server.phase === "returning" && server.return !== null) {
      server.return = { ...server.return, final: "stopped", who, why: `stopped by ${who}`, sinceMs: ctx.nowMs };
      ctx.log.say("person", `${server.id} is on its way back already; it ends as stopped.`, { server: server.id });
    } else beginReturn(ctx, server, { final: "stopped", isDirect: false, who, why: `stopped by ${who}` });
  }
  return null;
}

function asItIs(server: ServerJob): string {
  const parts = cellsOf(server).map(({ lb, confirmed, before, command }) => {
    const shown = `${confirmed?.adminState ?? before.adminState} on ${lb}`;
    return command?.outcome === null ? `${shown} (${command.adminState} was on its way)` : shown;
  });
  return listOf(parts);
}

function pause(ctx: Context, who: string, why: string): Refusal | null {
  const { paused } = ctx.job;
  if (paused !== null && paused.by === "person")
    return refused("conflict", `${paused.who} paused it at ${clockTime(paused.atMs)} already`);
  const question = paused === null ? {} : { question: paused.why };
  ctx.job.paused = { by: "person", who, why, atMs: ctx.nowMs, ...question };
  ctx.log.say(
    "person",
    `Paused by ${who}${why === "" ? "" : `: ${why}`}. Nothing goes on by itself; drains and maints stay.`,
  );
  return null;
}

function resume(ctx: Context, who: string): Refusal | null {
  if (ctx.job.paused === null) return refused("conflict", "it is not paused");
  const { question } = ctx.job.paused;
  ctx.job.paused = question === undefined ? null : { by: "run", who: "", why: question, atMs: ctx.nowMs };
  ctx.log.say("person", `Resumed by ${who}.${question === undefined ? "" : ` The run still asks: ${question}`}`);
  return null;
}

function patch(ctx: Context, asked: OptionsPatch, who: string): Refusal | null {
  const { job, nowMs } = ctx;
  const next = { ...job.options, ...withoutUndefined(asked) };
  if (asked.quietMs !== undefined) next.quietWhy = `chosen by ${who}`;
  if (next.deadlineMs !== null && next.deadlineMs < next.quietMs) {
    return refused(
      "malformed",
      `the deadline of ${span(next.deadlineMs)} is shorter than the quiet window of ${span(next.quietMs)}`,
    );
  }
  const going = job.servers.filter((one) => one.drainStartedAtMs !== null && isActive(one.phase));
  const isNewDeadline = asked.deadlineMs !== undefined && asked.deadlineMs !== job.options.deadlineMs;
  const ending = going.find((one) => one.endingSinceMs !== null);
  // More time would be taken for a promise that nobody is cut off meanwhile.
  if (ending !== undefined && (isNewDeadline || next.atDeadline !== "end-sessions")) {
    return refused("conflict", `the sessions of ${ending.id} are being ended already; stop it to break off`);
  }
  for (const server of isNewDeadline ? going : []) {
    if (next.deadlineMs === null || server.drainStartedAtMs === null) continue;
    const drainingMs = nowMs - server.drainStartedAtMs;
    if (next.deadlineMs <= drainingMs && (server.phase === "draining" || server.phase === "quiet")) {
      return refused(
        "malformed",
        `${server.id} has been draining for ${span(drainingMs)}; the deadline counts from there, so choose a longer one`,
      );
    }
  }
  job.options = next;
  for (const server of isNewDeadline ? going : []) {
    server.deadlineAtMs = next.deadlineMs === null ? null : (server.drainStartedAtMs ?? nowMs) + next.deadlineMs;
    server.deadlineReachedAtMs = null;
  }
  ctx.log.say("person", `Changed by ${who}: ${patchWords(asked)}.`);
  return null;
}

function patchWords(asked: OptionsPatch): string {
  const words: string[] = [];
  if (asked.quietMs !== undefined) words.push(`quiet window ${span(asked.quietMs)}`);
  if (asked.deadlineMs !== undefined)
    words.push(asked.deadlineMs === null ? "no deadline" : `deadline ${span(asked.deadlineMs)}`);
  if (asked.atDeadline !== undefined) words.push(`at the deadline: ${deadlineActionWords[asked.atDeadline]}`);
  if (asked.endSessions !== undefined) words.push(`end sessions: ${endSessionsWords[asked.endSessions]}`);
  if (asked.concurrency !== undefined) words.push(`${asked.concurrency} at once`);
  if (asked.autoReturnMs !== undefined)
    words.push(asked.autoReturnMs === null ? "no return by itself" : `returns after ${span(asked.autoReturnMs)}`);
  return words.length === 0 ? "nothing" : words.join(", ");
}

function withoutUndefined<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

// The next servers of a run: as many as allowed at once, and only while every backend keeps its minimum on every load
// balancer without them. The rules are [M60] to [M66] of SPEC.md.
import { defaultMinimum } from "#lib/fleet/merge.ts";
import { isRamping, takesNewUsers } from "#lib/fleet/taking.ts";
import type { LoadBalancerView, ServerRow } from "#lib/fleet/view.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import { plural, span } from "#lib/util/format.ts";
import type { Context } from "./cell-step.ts";
import { hasCheck } from "./health.ts";
import { setHold, type Waiting } from "./hold.ts";
import { type Before, type Cell, isActive, isFinal, newcomersOf, type ServerJob } from "./job.ts";
import { enter } from "./phase.ts";
import { newWatch } from "./quiet.ts";
import { isStepActive, stepOf, stepsOf } from "./run-step.ts";
import { countOf, forcedStateOf, type Seen, type Sight, sightOf } from "./sight.ts";

export function startNext(ctx: Context): ServerJob[] {
  const { job } = ctx;
  const started: ServerJob[] = [];
  const steps = stepsOf(job);
  for (const step of steps) {
    const queued = step.filter((server) => server.phase === "queued");
    if (queued.length === 0) continue;
    if (job.paused !== null) {
      const { by, who, why, atMs } = job.paused;
      const text = by === "run" ? why : `Paused by ${who}${why === "" ? "" : `: ${why}`}.`;
      for (const server of queued) setHold(ctx, server, { code: "paused", lb: null, sinceMs: atMs, text });
      continue;
    }
    if (steps.filter((one) => one !== step && isStepActive(one)).length >= job.options.concurrency) {
      for (const server of queued) setHold(ctx, server, null);
      continue;
    }
    const going = queued.map((server) => ({ server, ...carriersOf(ctx, server) }));
    const blocked = going.find((one) => one.hold !== null) ?? minimumBlock(ctx, going);
    if (blocked !== null) {
      const { server, hold } = blocked;
      for (const one of queued) {
        const isMate = one.id !== server.id;
        setHold(ctx, one, isMate ? { code: "host", lb: null, text: `Waits for ${server.id} on the same host.` } : hold);
      }
      continue;
    }
    for (const { server, found } of going) start(ctx, server, found);
    started.push(...queued);
  }
  return started;
}

type Fresh = Sight & { kind: "fresh" };
interface Carriers {
  found: { lb: string; sight: Fresh }[];
  hold: Waiting | null;
}

/** The load balancers of a server, all of them fresh; otherwise the sentence why it cannot start. */
export function carriersOf(ctx: Pick<Context, "job" | "seen" | "nowMs">, server: Pick<ServerJob, "id">): Carriers {
  const chosen = ctx.job.options.loadBalancers;
  const names = chosen ?? ctx.seen.views.map((view) => view.head.name);
  const found: { lb: string; sight: Fresh }[] = [];
  for (const lb of names) {
    const view = ctx.seen.views.find((one) => one.head.name === lb);
    if (view === undefined)
      return {
        found,
        hold: { code: "never-seen", lb, text: `There is no load balancer ${lb} any more.`, isAlert: true },
      };
    const sight = sightOf(view, server.id, ctx.nowMs);
    if (sight.kind === "fresh") {
      found.push({ lb, sight });
      continue;
    }
    const hold = cannotStart(view, sight, server.id, chosen !== null);
    if (hold !== null) return { found, hold };
  }
  if (found.length > 0) return { found, hold: null };
  return {
    found,
    hold: { code: "not-carried", lb: null, text: `No load balancer lists ${server.id}.`, isAlert: true },
  };
}

function cannotStart(view: LoadBalancerView, sight: Sight, id: ServerId, isChosen: boolean): Waiting | null {
  const lb = view.head.name;
  if (view.head.observedAtMs === null) {
    return {
      code: "never-seen",
      lb,
      isAlert: true,
      text: `${lb} has not answered yet: whether it carries ${id} is not known. Choose the load balancers to leave it out.`,
    };
  }
  if (sight.kind === "gone") {
    return isChosen ? { code: "not-carried", lb, text: `${lb} does not list ${id}.`, isAlert: true } : null;
  }
  // Not asked for by name, and when it last answered it did not carry the server.
  if (!isChosen && !view.servers.some((row) => row.id === id)) return null;
  if (sight.kind === "stale")
    return {
      code: "stale",
      lb,
      sinceMs: sight.sinceMs,
      text: `${lb} does not answer; ${id} does not start.`,
      isAlert: true,
    };
  return { code: "stale", lb, text: `${lb} is late; ${id} does not start.` };
}

interface Going extends Carriers {
  server: ServerJob;
}

/** The first server whose backend would not keep its minimum once all of them are gone. */
function minimumBlock(ctx: Context, going: readonly Going[]): { server: ServerJob; hold: Waiting } | null {
  if (ctx.job.options.ignoreMinimum) return null;
  const leaving = leavingServers(
    ctx,
    going.map(({ server }) => server.id),
  );
  for (const { server, found } of going) {
    for (const { lb, sight } of found) {
      if (!takesNewUsers(sight.row) || sight.row.isBackup) continue;
      const room = roomIn(sight.view, server.backend, ctx.seen.minimums, leaving);
      const together = going.flatMap((one) => one.found.filter((cell) => cell.lb === lb).map((cell) => cell.sight.row));
      const lost = together.filter((row) => row.backend === server.backend && isFull(row)).length;
      const left = room.taking - lost;
      if (left >= room.minimum) continue;
      const who = going.length === 1 ? server.id : (server.host ?? server.id);
      const text = `${who} would leave ${server.backend} with ${left} of ${room.capacity} taking new users on ${lb}, below its minimum of ${room.minimum}.`;
      return { server, hold: { code: "minimum", lb, text } };
    }
  }
  return null;
}

/** Counts for the minimum: a ramping one does not yet, a backup never. */
export function isFull(row: ServerRow): boolean {
  return takesNewUsers(row) && !row.isBackup && !isRamping(row);
}

/** Servers on their way out that HAProxy may still show as ready: ours, and other people's. */
function leavingServers(ctx: Context, except: readonly ServerId[]): ReadonlySet<ServerId> {
  const ids = new Set(ctx.seen.leaving ?? []);
  for (const one of ctx.job.servers) if (isActive(one.phase)) ids.add(one.id);
  for (const id of except) ids.delete(id);
  return ids;
}

export interface Room {
  /** full servers that take new users, without those that leave: a ramping one is not yet full */
  taking: number;
  capacity: number;
  minimum: number;
}

export function roomIn(
  view: LoadBalancerView,
  backend: string,
  minimums: Seen["minimums"],
  leaving: ReadonlySet<ServerId>,
): Room {
  const active = view.servers.filter((row) => row.backend === backend && !row.isBackup);
  const capacity = active.length;
  const taking = active.filter((row) => !leaving.has(row.id) && isFull(row)).length;
  return { taking, capacity, minimum: Math.min(minimums[backend] ?? defaultMinimum(capacity), capacity) };
}

function start(ctx: Context, server: ServerJob, found: Carriers["found"]): void {
  const { options } = ctx.job;
  for (const { lb, sight } of found) server.cells[lb] = newCell(lb, sight);
  server.goal = "drain";
  server.drainStartedAtMs = ctx.nowMs;
  server.deadlineAtMs = options.deadlineMs === null ? null : ctx.nowMs + options.deadlineMs;
  server.reference = found.reduce((sum, { sight }) => sum + countOf(sight.row), 0);
  server.heldBecause = null;
  enter(
    ctx,
    server,
    "draining",
    `Draining ${server.id} on ${found.map(({ lb }) => lb).join(", ")}; quiet window ${span(options.quietMs)}.`,
  );
  for (const { lb, sight } of found) {
    const { row } = sight;
    if (forcedStateOf(row.adminBits) === "ready") continue;
    ctx.log.say(
      "note",
      `On ${lb} ${server.id} was ${forcedStateOf(row.adminBits)} before; it will be so again at the end.`,
      { server: server.id, lb },
    );
  }
}

/** With "every load balancer that carries it", one that appears later belongs to the job too. */
export function addLateCarriers(ctx: Context, server: ServerJob): void {
  if (
    ctx.job.options.loadBalancers !== null ||
    !isActive(server.phase) ||
    isFinal(server.phase) ||
    server.goal === "return"
  )
    return;
  for (const view of ctx.seen.views) {
    const lb = view.head.name;
    if (server.cells[lb] !== undefined) continue;
    const sight = sightOf(view, server.id, ctx.nowMs);
    if (sight.kind !== "fresh") continue;
    const cell = newCell(lb, sight);
    const isOpen = cell.before.adminState !== "maint";
    const isLate = isOpen && (server.phase === "maint" || newcomersOf(server).length > 0);
    server.cells[lb] = cell;
    ctx.log.say(
      "note",
      `${lb} carries ${server.id} too and joins the maintenance, with ${plural(countOf(sight.row), "session")}.`,
      { server: server.id, lb, isAlert: true },
    );
    if (isLate) cell.isNewcomer = true;
    if (isLate && server.phase === "maint") withdrawTurn(ctx, server, lb);
    else if (server.phase === "quiet") {
      server.goal = "drain";
      enter(ctx, server, "draining", `${lb} joined: quiet starts again.`);
    }
  }
}

/**
 * Users may be on a machine that was said to be free. Its deadline was for the drain that is over: nothing may open the
 * machine, or end sessions, by itself while somebody may be working on it.
 */
function withdrawTurn(ctx: Context, server: ServerJob, lb: string): void {
  const hadTurn = server.yourTurnAtMs !== null;
  for (const one of stepOf(ctx.job, server)) one.yourTurnAtMs = null;
  server.goal = "drain";
  server.drainStartedAtMs = ctx.nowMs;
  server.deadlineAtMs = null;
  server.deadlineReachedAtMs = null;
  const turn = hadTurn ? " The turn is withdrawn until it is empty there; the others stay in maint." : "";
  enter(ctx, server, "draining", `${lb} joined: ${server.id} is drained there first.${turn}`);
}

function newCell(lb: string, sight: Fresh): Cell {
  const { row, process } = sight;
  const before: Before = {
    adminState: forcedStateOf(row.adminBits),
    adminBits: row.adminBits,
    weight: row.weight,
    uweight: row.uweight,
    address: row.address,
    hasCheck: hasCheck(row),
    sessions: countOf(row),
    process: { ...process },
  };
  return {
    lb,
    before,
    process: { ...process },
    confirmed: null,
    command: null,
    seq: 0,
    watch: newWatch(),
    wasMaint: false,
    endRound: null,
    cleanSinceMs: null,
    provenAtMs: null,
    readyAtMs: null,
    firstSessionAtMs: null,
  };
}

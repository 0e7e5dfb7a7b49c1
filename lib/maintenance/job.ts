// One maintenance as it is stored: plain JSON, no functions, no cycles. Everything decide() needs to go on after a crash
// is in here; everything else comes from the next observation. Times are epoch milliseconds on the app's clock.
import type { ProcessIdentity } from "#lib/fleet/view.ts";
import type { AdminState } from "#lib/haproxy/admin-state.ts";
import { type ServerId, splitServerId } from "#lib/haproxy/names.ts";

export const phases = [
  "queued",
  "draining",
  "quiet",
  "maint",
  "returning",
  "done",
  "stopped",
  "overridden",
  "failed",
] as const;
export type Phase = (typeof phases)[number];

/** Nothing moves a server out of these; the job never touches it again. */
export const finalPhases = ["done", "stopped", "overridden", "failed"] as const satisfies readonly Phase[];
const FINAL: ReadonlySet<Phase> = new Set(finalPhases);
export function isFinal(phase: Phase): boolean {
  return FINAL.has(phase);
}

/** Phases of a server whose step occupies one of the `concurrency` places of a rolling run. */
export function isActive(phase: Phase): boolean {
  return phase !== "queued" && !FINAL.has(phase);
}

export const deadlineActions = ["wait", "end-sessions", "return"] as const;
export type DeadlineAction = (typeof deadlineActions)[number];

export const endSessionsOrders = ["tunnels-first", "all"] as const;
export type EndSessionsOrder = (typeof endSessionsOrders)[number];

export interface MaintenanceOptions {
  quietMs: number;
  /** why this window, one sentence (window.ts, or "chosen by NAME") */
  quietWhy: string;
  /** counted for each server from the moment its drain began; null: none */
  deadlineMs: number | null;
  atDeadline: DeadlineAction;
  endSessions: EndSessionsOrder;
  /** how many servers may be out at once; in a run by host, how many hosts */
  concurrency: number;
  /** null: every load balancer that carries the server */
  loadBalancers: string[] | null;
  /** bring a server back by itself this long after its turn began; null: only when asked */
  autoReturnMs: number | null;
  /** an operator accepted, with the numbers, that a backend goes below its minimum */
  ignoreMinimum: boolean;
}

export interface Paused {
  /** `person` holds every automatic step; `run` only holds the next servers (one failed, somebody must say what now) */
  by: "person" | "run";
  who: string;
  why: string;
  atMs: number;
  /** the run's question behind a person's pause: a server ended badly, and resuming the pause is no answer to that */
  question?: string;
}

/** What a load balancer had before the job changed anything; what `return` goes back to. */
export interface Before {
  adminState: AdminState;
  adminBits: number;
  weight: number;
  uweight: number | null;
  /** empty: unresolved, or the socket does not show it */
  address: string;
  /** maint blanks the check columns, so it is remembered from before */
  hasCheck: boolean;
  sessions: number;
  process: ProcessIdentity;
}

/** The last command to one load balancer. Stored before it is sent: an attempt without outcome is looked up, not repeated. */
export interface Command {
  seq: number;
  adminState: AdminState;
  attempt: number;
  process: ProcessIdentity;
  sentAtMs: number;
  /** observedAtMs it was decided on: that observation cannot show what came of it, whatever the clock did since */
  decidedOnMs: number;
  outcome: "done" | "refused" | "unknown" | null;
  outcomeAtMs: number | null;
  /** HAProxy's own words, or one sentence */
  message: string;
}

/** Our own witness of a server's traffic on one load balancer, see quiet.ts. */
export interface Watch {
  /** observedAtMs of the newest sample; null: none since the clock was restarted */
  sampleAtMs: number | null;
  count: number;
  /** start of the unbroken series of fresh samples with a count of zero */
  zeroSinceMs: number | null;
  /** last sample with a session or a queued one */
  busyAtMs: number | null;
  /** row.lastArrivalAt as last seen, to notice that it moved */
  arrivalMark: number | null;
  /** the end of the second in which a session last arrived */
  arrivalAtMs: number | null;
  /** row.stot as last seen, where the fleet tells it */
  total: number | null;
}

export interface EndRound {
  round: number;
  which: "tunnels" | "all";
  seq: number;
  sentAtMs: number;
  expectCount: number;
  outcome: "done" | "refused" | "unknown" | null;
  message: string;
}

/** One load balancer of a server of the job. */
export interface Cell {
  lb: string;
  before: Before;
  /** the process of the last observation that was judged */
  process: ProcessIdentity;
  /** our state, as HAProxy last showed it, and in which process */
  confirmed: { adminState: AdminState; process: ProcessIdentity; atMs: number } | null;
  command: Command | null;
  /** number of the last effect for this cell; makes effect ids unique over restarts */
  seq: number;
  watch: Watch;
  /** maint was asked for at least once: checks stood still, so a return must prove health anew */
  wasMaint: boolean;
  endRound: EndRound | null;
  /** since when the check has been clean while returning */
  cleanSinceMs: number | null;
  /** the check was proved clean (or there is none): ready may be sent */
  provenAtMs: number | null;
  /** ready was seen confirmed */
  readyAtMs: number | null;
  /** the first session after that */
  firstSessionAtMs: number | null;
  /** it was maint before, and a reload opened it: drained and proved quiet before it is maint again */
  isOpened?: boolean;
  /** it joined when the others were in maint already, and has not been there itself yet */
  isNewcomer?: boolean;
}

export const holdCodes = [
  "stale",
  "never-seen",
  "paused",
  "minimum",
  "occupied",
  "check",
  "ramp",
  "first-session",
  "not-confirmed",
  "old-workers",
  "unresolved",
  "not-carried",
  "host",
  "joined",
] as const;
export type HoldCode = (typeof holdCodes)[number];

/** Why a server does not go on by itself, one sentence; its age is sinceMs, never part of the text. */
export interface Hold {
  code: HoldCode;
  lb: string | null;
  text: string;
  sinceMs: number;
}

/** What the job wants of HAProxy for a server. Phases are for people; goals decide commands. */
export const goals = ["none", "drain", "maint", "return"] as const;
export type Goal = (typeof goals)[number];

export interface ServerJob {
  id: ServerId;
  backend: string;
  server: string;
  /** the machine it stands on: its servers go out, have their turn and return together. Absent: by itself */
  host?: string;
  phase: Phase;
  /** since when it is in this phase */
  sinceMs: number;
  goal: Goal;
  drainStartedAtMs: number | null;
  deadlineAtMs: number | null;
  deadlineReachedAtMs: number | null;
  /** the deadline's end-sessions runs since then */
  endingSinceMs: number | null;
  /** the machine is free since then: maint on every load balancer and no session seen after it, for all of its host */
  yourTurnAtMs: number | null;
  return: { final: "done" | "stopped"; isDirect: boolean; who: string; why: string; sinceMs: number } | null;
  cells: Record<string, Cell>;
  heldBecause: Hold | null;
  /** how it ended, or what a person should know now; one sentence */
  note: string;
  /** the last count that was written to the record */
  counted: {
    atMs: number;
    sessions: number;
    /** null: not known yet; a job that an earlier release stored has none */
    tunnels?: number | null;
  } | null;
  /** sessions when drain began, the glass's full level */
  reference: number;
}

export interface Maintenance {
  v: 1;
  id: string;
  reason: string;
  /** as it is shown: `mira`, `ci (token)` */
  startedBy: string;
  /** of the person or the token; left out of one that an earlier release stored */
  startedById?: string;
  createdAtMs: number;
  options: MaintenanceOptions;
  paused: Paused | null;
  servers: ServerJob[];
  /** when its last server reached a final phase */
  closedAtMs: number | null;
}

export interface NewMaintenance {
  id: string;
  reason: string;
  startedBy: string;
  startedById?: string;
  servers: readonly ServerId[];
  /** in a run by host: where each server stands */
  hosts?: ReadonlyMap<ServerId, string>;
  options: MaintenanceOptions;
}

/** Throws on a server id that is not BACKEND/SERVER: callers validate with lib/wire/maintenance.ts first. */
export function newMaintenance(input: NewMaintenance, nowMs: number): Maintenance {
  return {
    v: 1,
    id: input.id,
    reason: input.reason,
    startedBy: input.startedBy,
    ...(input.startedById === undefined ? {} : { startedById: input.startedById }),
    createdAtMs: nowMs,
    options: structuredClone(input.options),
    paused: null,
    servers: input.servers.map((id) => newServerJob(id, input.hosts?.get(id), nowMs)),
    closedAtMs: null,
  };
}

function newServerJob(id: ServerId, host: string | undefined, nowMs: number): ServerJob {
  const parts = splitServerId(id);
  if (parts === null) throw new Error(`${JSON.stringify(id)} is not BACKEND/SERVER`);
  return {
    id,
    ...parts,
    ...(host === undefined ? {} : { host }),
    phase: "queued",
    sinceMs: nowMs,
    goal: "none",
    drainStartedAtMs: null,
    deadlineAtMs: null,
    deadlineReachedAtMs: null,
    endingSinceMs: null,
    yourTurnAtMs: null,
    return: null,
    cells: {},
    heldBecause: null,
    note: "",
    counted: null,
    reference: 0,
  };
}

export function cellsOf(server: ServerJob): Cell[] {
  return Object.values(server.cells);
}

export function isOpen(job: Maintenance): boolean {
  return job.servers.some((server) => !isFinal(server.phase));
}

/** The machine may be worked on already, so what is shut stays shut while the newcomers are drained. */
export function newcomersOf(server: ServerJob): Cell[] {
  return cellsOf(server).filter((cell) => cell.isNewcomer === true);
}

export function isGoingOut(server: ServerJob): boolean {
  return server.phase === "draining" || server.phase === "quiet";
}

/** In maint, and the machine is free: a person may work on it. */
export function hasTurn(server: ServerJob): boolean {
  return server.phase === "maint" && server.yourTurnAtMs !== null;
}

/** One phase for the whole job: what needs a person first, then what moves; when all is over, the worst ending. */
export function phaseOf(job: Maintenance): Phase {
  if (job.servers.some(hasTurn)) return "maint";
  const order: readonly Phase[] = isOpen(job)
    ? ["returning", "quiet", "draining", "maint", "queued"]
    : ["failed", "overridden", "stopped", "done"];
  return order.find((phase) => job.servers.some((server) => server.phase === phase)) ?? "done";
}

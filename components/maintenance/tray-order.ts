// The order of the tray: what needs a person first, then what drains, proves quiet, comes back, waits. It follows phases,
// never numbers: a card changes its place only when its job changes phase.
import type { ServerId } from "#lib/haproxy/names.ts";
import type { MaintenanceSummary, ServerSummary } from "#lib/maintenance/summary.ts";
import { unitsOf } from "./units.ts";
import { heldOf, isPastDeadline } from "./words.ts";

const RANKS = ["your-turn", "past-deadline", "held", "draining", "quiet", "returning", "queued", "over"] as const;
export type Need = (typeof RANKS)[number];

export function needOf(maintenance: MaintenanceSummary, server: ServerSummary, nowMs: number): Need {
  if (server.phase === "maint" && server.yourTurnAt !== null) return "your-turn";
  if (server.phase === "maint") return heldOf(server) === null ? "quiet" : "held";
  if (server.phase === "queued") return maintenance.paused?.by === "run" ? "held" : "queued";
  if (server.phase === "draining" || server.phase === "quiet" || server.phase === "returning") {
    if (isPastDeadline(server, nowMs)) return "past-deadline";
    if (heldOf(server) !== null) return "held";
    return server.phase;
  }
  return "over";
}

/** The most urgent of its servers decides. */
export function needOfAll(maintenance: MaintenanceSummary, nowMs: number): Need {
  const ranks = maintenance.servers.map((server) => RANKS.indexOf(needOf(maintenance, server, nowMs)));
  return RANKS[Math.min(...ranks)] ?? "over";
}

/** Open ones, the most urgent first; older first where they are alike. */
export function inTrayOrder(all: readonly MaintenanceSummary[], nowMs: number): readonly MaintenanceSummary[] {
  const rank = (one: MaintenanceSummary) => RANKS.indexOf(needOfAll(one, nowMs));
  return all
    .filter((one) => one.closedAt === null && one.unreadable === undefined)
    .sort((a, b) => rank(a) - rank(b) || a.createdAt - b.createdAt);
}

/** Open on the disk, and nobody knows how they stand. */
export function cannotBeRead(all: readonly MaintenanceSummary[]): readonly MaintenanceSummary[] {
  return all.filter((one) => one.closedAt === null && one.unreadable !== undefined);
}

/** Closed since midnight of the reader's day, the newest first. */
export function finishedToday(all: readonly MaintenanceSummary[], nowMs: number): readonly MaintenanceSummary[] {
  const midnight = new Date(nowMs);
  midnight.setHours(0, 0, 0, 0);
  return all
    .filter((one) => one.closedAt !== null && one.closedAt >= midnight.getTime())
    .sort((a, b) => (b.closedAt ?? 0) - (a.closedAt ?? 0));
}

export interface JobCounts {
  /** for the one who looks */
  readonly waits: number;
  /** for somebody who may do it */
  readonly waitsForOthers: number;
  readonly held: number;
  readonly pastDeadline: readonly ServerSummary[];
}

/** What the status line says about maintenances, to one who may act on some servers. */
export function countJobs(
  all: readonly MaintenanceSummary[],
  nowMs: number,
  mayAct: (server: ServerId) => boolean,
): JobCounts {
  let waits = 0;
  let waitsForOthers = 0;
  let held = 0;
  const pastDeadline: ServerSummary[] = [];
  for (const one of all) {
    if (one.closedAt !== null) continue;
    const isTurn = (server: ServerSummary) => needOf(one, server, nowMs) === "your-turn";
    for (const unit of unitsOf(one)) {
      if (!unit.servers.some(isTurn)) continue;
      if (unit.servers.every(({ server }) => mayAct(server))) waits++;
      else waitsForOthers++;
    }
    for (const server of one.servers) {
      const need = needOf(one, server, nowMs);
      if (need === "past-deadline") pastDeadline.push(server);
      else if (need === "held" && server.phase !== "queued") held++;
    }
    if (one.paused?.by === "run") held++;
  }
  return { waits, waitsForOthers, held, pastDeadline };
}

/** Which server of a rolling run a sentence is about: the most urgent one. */
export function foremost(maintenance: MaintenanceSummary, nowMs: number): ServerSummary | undefined {
  const rank = (server: ServerSummary) => RANKS.indexOf(needOf(maintenance, server, nowMs));
  return maintenance.servers.toSorted((a, b) => rank(a) - rank(b))[0];
}

// A job as REST, the socket and the screens show it (contract.md): from the stored job and what is seen now.
import type { ServerId } from "#lib/haproxy/names.ts";
import type { Eta } from "./eta.ts";
import { cellsOf, type Hold, type Maintenance, type Phase, phaseOf, type ServerJob } from "./job.ts";
import { quietProof } from "./quiet.ts";
import { countOf, type Seen, sightOf, tunnelsOf } from "./sight.ts";

export interface CellSummary {
  lb: string;
  /** null: not observed freshly, so not known */
  sessions: number | null;
  /** of these, the ones that do not end by themselves; null: not counted, or not on its way out */
  tunnels: number | null;
  quietForMs: number;
  /** our state as HAProxy last showed it; null: not yet */
  confirmed: string | null;
  before: string;
  isFresh: boolean;
}

export interface ServerSummary {
  server: ServerId;
  /** in a run by host: the machine it stands on; null: it goes out by itself */
  host: string | null;
  phase: Phase;
  since: number;
  /** over the load balancers that were seen freshly; null: none is, or it has not begun */
  sessions: number | null;
  sessionsComplete: boolean;
  /** over all load balancers; null: not counted on every one of them */
  tunnels: number | null;
  reference: number;
  /** the shortest over all load balancers: one that is not quiet makes the server not quiet */
  quietForSec: number;
  quietSec: number;
  etaAt: number | null;
  eta: Eta["kind"] | null;
  deadlineAt: number | null;
  deadlineReachedAt: number | null;
  yourTurnAt: number | null;
  heldBecause: Hold | null;
  note: string;
  perLoadBalancer: CellSummary[];
}

export interface MaintenanceSummary {
  id: string;
  reason: string;
  /** as it is shown: `mira`, `ci (token)` */
  startedBy: string;
  /** of the person or the token; left out of one that an earlier release stored */
  startedById?: string;
  createdAt: number;
  closedAt: number | null;
  phase: Phase;
  paused: Maintenance["paused"];
  options: Maintenance["options"];
  servers: ServerSummary[];
  /** it is stored in a way that this version cannot read, in a sentence; everything else is a guess then */
  unreadable?: string;
}

/** @param etas what settleEta() shows for each server, where one is known */
export function summarize(
  job: Maintenance,
  seen: Seen,
  nowMs: number,
  etas: ReadonlyMap<ServerId, Eta>,
): MaintenanceSummary {
  return {
    id: job.id,
    reason: job.reason,
    startedBy: job.startedBy,
    ...(job.startedById === undefined ? {} : { startedById: job.startedById }),
    createdAt: job.createdAtMs,
    closedAt: job.closedAtMs,
    phase: phaseOf(job),
    paused: job.paused,
    options: job.options,
    servers: job.servers.map((server) => summarizeServer(job, server, seen, nowMs, etas.get(server.id) ?? null)),
  };
}

/** A command takes a poll or two to be seen: that is no news before this. */
const CONFIRMING_MS = 3_000;

function shownHold(hold: Hold | null, nowMs: number): Hold | null {
  const isPassing = hold?.code === "not-confirmed" || hold?.code === "old-workers";
  return isPassing && nowMs - hold.sinceMs < CONFIRMING_MS ? null : hold;
}

/** What is not known is not zero. */
function knownSum(cells: readonly CellSummary[]): number | null {
  const known = cells.flatMap(({ sessions }) => (sessions === null ? [] : [sessions]));
  return known.length === 0 ? null : known.reduce((sum, one) => sum + one, 0);
}

function summarizeServer(
  job: Maintenance,
  server: ServerJob,
  seen: Seen,
  nowMs: number,
  eta: Eta | null,
): ServerSummary {
  const isGoingOut = server.phase === "draining" || server.phase === "quiet";
  const cells = cellsOf(server).map((cell): CellSummary => {
    const view = seen.views.find((one) => one.head.name === cell.lb);
    const sight = sightOf(view, server.id, nowMs);
    const proof = quietProof(cell, sight, job.options.quietMs);
    return {
      lb: cell.lb,
      sessions: sight.kind === "fresh" ? countOf(sight.row) : null,
      tunnels: isGoingOut && sight.kind === "fresh" ? (sight.row.tunnels ?? null) : null,
      quietForMs: isGoingOut && (proof.kind === "counting" || proof.kind === "proven") ? proof.quietForMs : 0,
      confirmed: cell.confirmed?.adminState ?? null,
      before: cell.before.adminState,
      isFresh: sight.kind === "fresh",
    };
  });
  const quietForMs = cells.length === 0 ? 0 : Math.min(...cells.map((cell) => cell.quietForMs));
  const showsEta = server.phase === "draining" && eta !== null;
  return {
    server: server.id,
    host: server.host ?? null,
    phase: server.phase,
    since: server.sinceMs,
    sessions: knownSum(cells),
    sessionsComplete: cells.length > 0 && cells.every((cell) => cell.isFresh),
    tunnels: tunnelsOf(cells.map((cell) => cell.tunnels)),
    reference: server.reference,
    quietForSec: Math.floor(Math.min(quietForMs, job.options.quietMs) / 1_000),
    quietSec: job.options.quietMs / 1_000,
    etaAt: showsEta && "atMs" in eta ? eta.atMs : null,
    eta: showsEta ? eta.kind : null,
    deadlineAt: server.deadlineAtMs,
    deadlineReachedAt: server.deadlineReachedAtMs,
    yourTurnAt: server.yourTurnAtMs,
    heldBecause: shownHold(server.heldBecause, nowMs),
    note: server.note,
    perLoadBalancer: cells,
  };
}

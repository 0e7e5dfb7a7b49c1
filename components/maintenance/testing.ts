// Maintenances for tests: a whole summary with the few facts a test is about.
import type { MaintenanceSummary, ServerSummary } from "#lib/maintenance/summary.ts";

/** 14:06:31 in any time zone is not needed: tests compare with what the same formatter says. */
export const NOW_MS = 1_763_820_391_000;
export const MINUTE_MS = 60_000;

export function serverJob(server: string, facts: Partial<ServerSummary> = {}): ServerSummary {
  return {
    server,
    host: null,
    phase: "draining",
    since: NOW_MS - 14 * MINUTE_MS,
    sessions: 37,
    sessionsComplete: true,
    tunnels: null,
    reference: 402,
    quietForSec: 0,
    quietSec: 30,
    etaAt: NOW_MS + 6 * MINUTE_MS,
    eta: "about",
    deadlineAt: null,
    deadlineReachedAt: null,
    yourTurnAt: null,
    heldBecause: null,
    note: "",
    perLoadBalancer: [
      { lb: "lb1", sessions: 20, tunnels: null, quietForMs: 0, confirmed: "drain", before: "ready", isFresh: true },
      { lb: "lb2", sessions: 17, tunnels: null, quietForMs: 0, confirmed: "drain", before: "ready", isFresh: true },
    ],
    ...facts,
  };
}

export function maintenance(
  id: string,
  servers: readonly ServerSummary[],
  facts: Partial<MaintenanceSummary> = {},
): MaintenanceSummary {
  return {
    id,
    reason: "OpenSSL update",
    startedBy: "mira",
    createdAt: NOW_MS - 14 * MINUTE_MS,
    closedAt: null,
    phase: servers[0]?.phase ?? "queued",
    paused: null,
    options: {
      quietMs: 30_000,
      quietWhy: "Users with cookie SRVID come back between requests.",
      deadlineMs: null,
      atDeadline: "wait",
      endSessions: "tunnels-first",
      concurrency: 1,
      loadBalancers: null,
      autoReturnMs: null,
      ignoreMinimum: false,
    },
    servers: [...servers],
    ...facts,
  };
}

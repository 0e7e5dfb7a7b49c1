// A stored maintenance that this version cannot read: shown as what it is, so that nobody takes its servers for free.
import type { ServerId } from "#lib/haproxy/names.ts";
import { listOf } from "#lib/util/format.ts";
import type { MaintenanceSummary, ServerSummary } from "./summary.ts";

export interface Unreadable {
  id: string;
  createdAtMs: number;
  closedAtMs: number | null;
  /** empty: that cannot be read either */
  startedBy: string;
  /** those whose names can be read */
  servers: readonly ServerId[];
}

export function unreadableSummary(one: Unreadable): MaintenanceSummary {
  const { id, createdAtMs, closedAtMs, startedBy, servers } = one;
  const words = unreadableWords(one);
  return {
    ...{ id, reason: "", startedBy, createdAt: createdAtMs, closedAt: closedAtMs, phase: "failed", paused: null },
    options: {
      ...{ quietMs: 0, quietWhy: "", deadlineMs: null, atDeadline: "wait", endSessions: "tunnels-first" },
      ...{ concurrency: 1, loadBalancers: null, autoReturnMs: null, ignoreMinimum: false },
    },
    servers: servers.map(
      (server): ServerSummary => ({
        ...{
          server,
          host: null,
          phase: "failed",
          since: createdAtMs,
          sessions: null,
          sessionsComplete: false,
          tunnels: null,
          reference: 0,
        },
        ...{ quietForSec: 0, quietSec: 0, etaAt: null, eta: null, deadlineAt: null, deadlineReachedAt: null },
        ...{ yourTurnAt: null, heldBecause: null, note: words, perLoadBalancer: [] },
      }),
    ),
    unreadable: words,
  };
}

function unreadableWords({ id, startedBy, servers, closedAtMs }: Unreadable): string {
  const whose = startedBy === "" ? "" : ` of ${startedBy}`;
  const on = servers.length === 0 ? "" : ` on ${listOf(servers)}`;
  const what = `Maintenance ${id}${whose}${on} is stored in a way that this version cannot read`;
  if (closedAtMs !== null) return `${what}.`;
  const whom = servers.length === 0 ? "the servers it may have had" : listOf(servers);
  return `${what}, so nothing goes on by itself: look at ${whom}, set the state by hand, then let go of it.`;
}

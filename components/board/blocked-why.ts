"use client";
import { useLive } from "#components/live/hooks.ts";
import { blockedWords } from "#lib/auth/limit-words.ts";
import type { FleetView, ServerView } from "#lib/fleet/merge.ts";
import { isReadOnly, readOnlyWhy } from "#lib/fleet/status-line.ts";

/** Why nothing can be set on a server: a disabled control says so. The same text as long as it is true. */
export function useBlockedWhy(fleet: FleetView): (server: ServerView) => string | null {
  const me = useLive((live) => live.me);
  const isLost = useLive((live) => live.connection.kind === "lost");
  const readOnly = new Map(fleet.loadBalancers.filter(isReadOnly).map((lb) => [lb.name, readOnlyWhy(lb)]));
  if (isLost) return () => "No connection to Drainboard: no change can be sent.";
  return (server) => {
    const mayNot = me === null ? null : blockedWords(me, server.backend);
    if (mayNot !== null || readOnly.size === 0) return mayNot;
    const reasons = server.cells.map((cell) => readOnly.get(cell.lb));
    return reasons.every((reason) => reason !== undefined) ? reasons.join(" ") : null;
  };
}

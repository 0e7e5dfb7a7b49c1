"use client";
import { useLive } from "#components/live/hooks.ts";
import { blockedWords } from "#lib/auth/limit-words.ts";
import { type ServerId, splitServerId } from "#lib/haproxy/names.ts";

/** Why this person can start and steer nothing now of these servers; null: they can. */
export function useMaintenanceBlockedWhy(servers: readonly ServerId[]): string | null {
  const me = useLive((live) => live.me);
  const isLost = useLive((live) => live.connection.kind === "lost");
  if (isLost) return "No connection to Drainboard: nothing can be sent.";
  if (me?.role === "viewer") return "Your role is viewer: an operator can start and steer maintenances.";
  const reasons = servers.map((id) => (me === null ? null : blockedWords(me, splitServerId(id)?.backend ?? "")));
  return reasons.find((reason) => reason !== null) ?? null;
}

/** The connection is lost: phases are what they were, not what they are. */
export function useIsLost(): boolean {
  return useLive((live) => live.connection.kind === "lost");
}

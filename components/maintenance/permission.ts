"use client";
import { useLive } from "#components/live/hooks.ts";

/** Why this person can start and steer nothing now; null: they can. */
export function useMaintenanceBlockedWhy(): string | null {
  const isViewer = useLive((live) => live.me?.role === "viewer");
  const isLost = useLive((live) => live.connection.kind === "lost");
  if (isLost) return "No connection to Drainboard: nothing can be sent.";
  return isViewer ? "Your role is viewer: an operator can start and steer maintenances." : null;
}

/** The connection is lost: phases are what they were, not what they are. */
export function useIsLost(): boolean {
  return useLive((live) => live.connection.kind === "lost");
}

// How the live view lies in the react-query cache: written by this folder only, never fetched, never copied.
import type { LiveFleet } from "./api.ts";

export const NOTHING_YET: LiveFleet = {
  connection: { kind: "connecting" },
  scope: { kind: "fleet" },
  fleet: null,
  me: null,
  lastChange: null,
  maintenances: [],
  lost: [],
  isOutdated: false,
};

/** Parts keep their identity already (mergeFleet), so comparing contents again would only cost time. */
export const keepAsIs = {
  structuralSharing: false,
  staleTime: Number.POSITIVE_INFINITY,
  gcTime: Number.POSITIVE_INFINITY,
} as const;

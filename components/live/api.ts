// What the rest of the page sees of the live connection. Only this folder imports socket.io-client.
import type { FleetView } from "#lib/fleet/merge.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import type { MaintenanceSummary } from "#lib/maintenance/summary.ts";
import type { EndReason, LastChange, LostState, Me, Scope } from "#lib/wire/events.ts";

/** The connection between this page and the app (never between the app and HAProxy: that is a load balancer's link). */
export type Connection =
  | { kind: "connecting" }
  | { kind: "open" }
  /** nothing was received since `sinceMs` (app's clock); `reason` when the app said why */
  | { kind: "lost"; sinceMs: number; reason: EndReason | null };

/** The one value in the react-query cache that the live layer writes. Immutable; parts keep identity while unchanged. */
export interface LiveFleet {
  readonly connection: Connection;
  /** what `fleet` and `maintenances` hold: all, or one server and what surrounds it */
  readonly scope: Scope;
  /** null until the first snapshot */
  readonly fleet: FleetView | null;
  readonly me: Me | null;
  readonly lastChange: LastChange | null;
  /** open ones and those that closed within the last day, oldest first; believe them only while the connection is open */
  readonly maintenances: readonly MaintenanceSummary[];
  /** what reloads took and nobody answered yet */
  readonly lost: readonly LostState[];
  /** the app restarted with another build: offer a reload */
  readonly isOutdated: boolean;
}

export const liveFleetKey = ["live-fleet"] as const;

/** Sessions of one server over the last five minutes, oldest first; null is a gap. */
export interface Trace {
  readonly id: ServerId;
  readonly stepMs: number;
  readonly sessions: readonly (number | null)[];
}

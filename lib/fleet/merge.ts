// The merged view: one backend/server as all load balancers together show it. A load balancer whose numbers are stale
// takes part with its name and its last admin state, never with its numbers: a sum with a missing part says so.
import { type AdminState, adminStateOf, type Cause, causeOf } from "#lib/haproxy/admin-state.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import { countsAsLive } from "./link.ts";
import { type OpState, opStateOf } from "./op-state.ts";
import type { BackendRow, Link, LoadBalancerView, ServerRow } from "./view.ts";

export interface ServerCell {
  readonly lb: string;
  readonly link: Link;
  /** last observed; believe its numbers only while countsAsLive(link) */
  readonly row: ServerRow;
  readonly adminState: AdminState;
  readonly cause: Cause;
  readonly opState: OpState;
}

export type MergedAdminState = AdminState | "split";

export interface ServerView {
  readonly id: ServerId;
  readonly backend: string;
  readonly server: string;
  /** in the order the load balancers are configured; only those that carry the server */
  readonly cells: readonly ServerCell[];
  /** over all cells, the stale ones with what they said last; `split` when they differ */
  readonly adminState: MergedAdminState;
  readonly cause: Cause;
  /** the worst over the live cells */
  readonly opState: OpState;
  /** status text of the worst live cell */
  readonly status: string;
  /** sums over live cells */
  readonly sessions: number;
  readonly queue: number;
  readonly arrivalsPerSec: number;
  /** false: some cell is not live, the numbers are the live part only */
  readonly isComplete: boolean;
  /** latest over live cells; null: none since each process started */
  readonly lastArrivalAt: number | null;
  /** lowest effective weight over live cells, and what it should be */
  readonly weight: number;
  readonly uweight: number | null;
  readonly isRamping: boolean;
  readonly isBackup: boolean;
  readonly address: string;
  readonly cookie: string;
}

export interface BackendView {
  readonly backend: string;
  readonly mode: string;
  readonly algo: string;
  readonly cookie: string;
  readonly servers: readonly ServerView[];
  readonly sessions: number;
  readonly queue: number;
  readonly arrivalsPerSec: number;
  readonly isComplete: boolean;
  /** servers that take new users now on the worst live load balancer, of how many that could (backups stand apart) */
  readonly takingNewUsers: number;
  readonly capacity: number;
  readonly minimum: number;
  /** true while nothing but backups takes new users */
  readonly onBackups: boolean;
}

export interface LoadBalancerStatus {
  readonly name: string;
  readonly link: Link;
  readonly view: LoadBalancerView;
}

export interface FleetView {
  readonly loadBalancers: readonly LoadBalancerStatus[];
  readonly backends: readonly BackendView[];
  readonly servers: ReadonlyMap<ServerId, ServerView>;
}

// The read model: what was last observed of one load balancer. Every object here is immutable and keeps its identity
// while nothing in it changed, so a consumer compares references, never contents.
//
// Times: `*At` are whole epoch SECONDS on the app's clock when they come from HAProxy (its own resolution is a second),
// `*AtMs` are epoch milliseconds. A browser never compares them with its own clock: it keeps the offset (components/live).
import type { ServerId } from "#lib/haproxy/names.ts";

/** One server on one load balancer. Names follow `show stat` / `show servers state` where they are a plain copy. */
export interface ServerRow {
  readonly id: ServerId;
  readonly backend: string;
  readonly server: string;
  /** sessions assigned to the server now, in the process that answers */
  readonly scur: number;
  /** sessions in old worker processes of this load balancer; 0 when none or when they cannot be seen (see `oldWorkers`) */
  readonly oldScur: number;
  /** sessions queued for this very server */
  readonly qcur: number;
  /** sessions that arrived, a second, over the last few seconds; one decimal */
  readonly arrivalsPerSec: number;
  /**
   * when a session was last assigned. None since the process started: the start, for nobody knows about before. It only
   * moves forward, over reloads and `clear counters` too; null: not even the start is known
   */
  readonly lastArrivalAt: number | null;
  /** srv_admin_state, see lib/haproxy/admin-state.ts */
  readonly adminBits: number;
  /** srv_op_state: 0 stopped, 1 starting (slowstart), 2 running, 3 stopping (NOLB) */
  readonly srvOpState: number;
  /** status text of `show stat`, as HAProxy prints it */
  readonly status: string;
  /** effective weight: slowstart and agent included */
  readonly weight: number;
  /** weight the operator or the configuration wants; null on 2.2 */
  readonly uweight: number | null;
  /** weight in the configuration */
  readonly iweight: number | null;
  /** slowstart progress in percent, null when no ramp runs */
  readonly throttle: number | null;
  /** session count that a full glass stands for: last hour's peak while ready, frozen at the moment drain or maint was seen */
  readonly reference: number;
  /** without the `* ` of a running check; empty in maint and without a check */
  readonly checkStatus: string;
  readonly checkCode: number | null;
  readonly checkMs: number | null;
  /** what the check said, free text from the server */
  readonly checkText: string;
  readonly checkRise: number | null;
  readonly checkFall: number | null;
  readonly checkHealth: number | null;
  /** non-empty when an agent check is enabled */
  readonly agentStatus: string;
  /** when the operational state changed last, as HAProxy tells it (2.2 and 2.6 reset it on drain) */
  readonly lastChangeAt: number | null;
  /** when the app first saw the present admin state; survives only as long as the app */
  readonly adminSinceAt: number | null;
  /** `ip:port`; empty when unresolved or when the socket's level is user */
  readonly address: string;
  /** value of the persistence cookie; empty: none, or level user */
  readonly cookie: string;
  readonly isBackup: boolean;
  /** maxconn; null: none */
  readonly slim: number | null;
  /** `px/sv` this server tracks, or null */
  readonly tracked: ServerId | null;
}

/** One backend on one load balancer (its BACKEND row). */
export interface BackendRow {
  readonly backend: string;
  readonly mode: string;
  /** balance algorithm; empty at level user */
  readonly algo: string;
  /** name of the persistence cookie; empty: none, or level user */
  readonly cookie: string;
  readonly status: string;
  readonly scur: number;
  readonly qcur: number;
  readonly arrivalsPerSec: number;
  /** usable active and backup servers as HAProxy counts them */
  readonly act: number;
  readonly bck: number;
}

/** A process at a load balancer's address. A reload gives another one. */
export interface ProcessIdentity {
  readonly pid: number;
  /** epoch seconds; from 2.4 HAProxy's own Start_time_sec, before that now - Uptime_sec (compare with 2 s of slack) */
  readonly startedAt: number;
}

export const socketLevels = ["admin", "operator", "user"] as const;
export type SocketLevel = (typeof socketLevels)[number];

/** `none`: no master CLI is configured; `silent`: it is, and does not answer */
export const oldWorkersSources = ["none", "master-cli", "silent"] as const;
export type OldWorkersSource = (typeof oldWorkersSources)[number];

export interface LinkError {
  /** stable code, see server/runtime/errors.ts */
  readonly code: string;
  /** one sentence: what, where, what to do */
  readonly message: string;
  /** since when the link fails without a break */
  readonly sinceMs: number;
}

/** Everything of a load balancer but its rows. */
export interface LoadBalancerHead {
  readonly name: string;
  /** as configured; never carries a secret */
  readonly address: string;
  readonly version: string | null;
  readonly process: ProcessIdentity | null;
  /** when that process started, epoch seconds on the APP's clock (process.startedAt is on HAProxy's) */
  readonly upSinceAt: number | null;
  readonly level: SocketLevel | null;
  /** the app's clock when HAProxy's last whole and usable reply began to arrive; null: never */
  readonly observedAtMs: number | null;
  readonly error: LinkError | null;
  /** when the app noticed that another process answers; null: not since the app started */
  readonly reloadedAtMs: number | null;
  /** old worker processes that still run; null: nobody knows, `oldWorkersSource` says why */
  readonly oldWorkers: number | null;
  readonly oldWorkersSource: OldWorkersSource;
  /** nbproc: above 1 (2.4 and older) each process has its own states behind one address; null: not known yet */
  readonly nbproc: number | null;
  /** milliseconds between polls now; decides how old data may be and still count as live */
  readonly pollMs: number;
  /** rows or columns HAProxy sent that were not understood: one sentence each, the first few */
  readonly problems: readonly string[];
}

export interface LoadBalancerView {
  readonly head: LoadBalancerHead;
  /** changes whenever the set or order of rows, or the process, changes: a delta never crosses it */
  readonly epoch: string;
  /** +1 with every published change; a delta applies only onto rev - 1 of the same epoch */
  readonly rev: number;
  /** both in configuration order */
  readonly backends: readonly BackendRow[];
  readonly servers: readonly ServerRow[];
}

export const links = ["live", "late", "stale", "unreachable"] as const;
export type Link = (typeof links)[number];

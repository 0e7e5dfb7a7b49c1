// The bodies of `GET /fleet` and `GET /servers/...` (contract.md), made from the same merged view the board shows. No
// field carries a stale value as if it were live: numbers of a load balancer that is not live are null.

import { hostsOf } from "#lib/fleet/hosts.ts";
import { ageMs, countsAsLive } from "#lib/fleet/link.ts";
import type {
  BackendView,
  FleetView,
  LoadBalancerStatus,
  MergedAdminState,
  ServerCell,
  ServerView,
} from "#lib/fleet/merge.ts";
import type { OpState } from "#lib/fleet/op-state.ts";
import type { Link, OldWorkersSource } from "#lib/fleet/view.ts";
import type { AdminState } from "#lib/haproxy/admin-state.ts";
import { causeText } from "#lib/haproxy/admin-state.ts";

export interface LoadBalancerBody {
  name: string;
  address: string;
  link: Link;
  observedAgoMs: number | null;
  version: string | null;
  pid: number | null;
  uptimeSec: number | null;
  /** null: not known; `oldWorkersSource` says why while `link` is live or late */
  oldWorkers: number | null;
  /** `none`: no master CLI is configured; `silent`: it is, and does not answer */
  oldWorkersSource: OldWorkersSource;
  level: string | null;
  error: string | null;
  problems: readonly string[];
}

export interface BackendBody {
  name: string;
  mode: string;
  balance: string;
  cookie: string;
  servers: string[];
  /** null: no load balancer that carries it answers */
  takingNewUsers: number | null;
  minimum: number;
  /** of the load balancers that answer; null: none does */
  sessions: number | null;
  sessionsComplete: boolean;
}

export interface ServerCellBody {
  adminState: AdminState;
  cause: string;
  opState: OpState;
  status: string;
  sessions: number | null;
  quietForSec: number | null;
  weight: number | null;
  link: Link;
  observedAgoMs: number | null;
}

export interface ServerBody {
  id: string;
  backend: string;
  server: string;
  address: string;
  adminState: MergedAdminState;
  cause: string;
  /** `unknown` while no load balancer answers, and `status` and `check` are empty; the admin state is the last one seen */
  opState: OpState;
  status: string;
  /** numbers are of the load balancers that answer; null: none does */
  sessions: number | null;
  sessionsComplete: boolean;
  arrivalsPerSec: number | null;
  /**
   * How long there has been neither a session nor a queued one nor an arrival, up to the newest observation: the
   * shortest over its load balancers; null: not known, for one of them does not answer.
   */
  quietForSec: number | null;
  weight: number | null;
  backup: boolean;
  cookie: string;
  check: string;
  queue: number | null;
  perLoadBalancer: Record<string, ServerCellBody>;
  /** the open maintenance it is in */
  maintenanceId: string | null;
  claim: Claim | null;
}

/** Who has a server now, since when (epoch ms) and why. */
export interface Claim {
  who: string;
  since: number;
  reason: string;
}

export type Claims = ReadonlyMap<string, Claim & { maintenanceId: string }>;

export interface FleetBody {
  at: number;
  loadBalancers: LoadBalancerBody[];
  backends: BackendBody[];
  servers: ServerBody[];
}

export interface FleetNarrowing {
  backend?: string | undefined;
  lb?: string | undefined;
  /** an address without its port */
  host?: string | undefined;
}

/** Since when nobody was counted on a server of a load balancer, epoch seconds; null: somebody is there. */
export type EmptySince = (lb: string, id: string) => number | null;

export function fleetBody(
  fleet: FleetView,
  nowMs: number,
  emptySince: EmptySince,
  narrow: FleetNarrowing = {},
  claims: Claims = new Map(),
): FleetBody {
  const lbs = fleet.loadBalancers.filter((lb) => narrow.lb === undefined || lb.name === narrow.lb);
  const backends = fleet.backends.filter((one) => narrow.backend === undefined || one.backend === narrow.backend);
  const servers: ServerBody[] = [];
  for (const backend of backends) {
    for (const server of backend.servers) {
      if (narrow.host !== undefined && !hostsOf(server, null).includes(narrow.host)) continue;
      if (narrow.lb !== undefined && !server.cells.some((cell) => cell.lb === narrow.lb)) continue;
      servers.push(serverBody(fleet, server, nowMs, emptySince, claims));
    }
  }
  const named = new Set(servers.map((server) => server.backend));
  const isNarrow = narrow.host !== undefined || narrow.lb !== undefined;
  return {
    at: nowMs,
    loadBalancers: lbs.map((lb) => loadBalancerBody(lb, nowMs)),
    backends: backends.filter((one) => !isNarrow || named.has(one.backend)).map(backendBody),
    servers,
  };
}

export function serverBody(
  fleet: FleetView,
  server: ServerView,
  nowMs: number,
  emptySince: EmptySince,
  claims: Claims = new Map(),
): ServerBody {
  const perLoadBalancer: Record<string, ServerCellBody> = {};
  for (const cell of server.cells) {
    const lb = fleet.loadBalancers.find((one) => one.name === cell.lb);
    perLoadBalancer[cell.lb] = cellBody(cell, lb, nowMs, emptySince);
  }
  const claim = claims.get(server.id);
  const isKnown = isAnyLive(server);
  const quiet = Object.values(perLoadBalancer).flatMap((one) => one.quietForSec ?? []);
  return {
    id: server.id,
    backend: server.backend,
    server: server.server,
    address: server.address,
    adminState: server.adminState,
    cause: causeText(server.cause),
    opState: isKnown ? server.opState : "unknown",
    status: isKnown ? server.status : "",
    sessions: isKnown ? server.sessions : null,
    sessionsComplete: server.isComplete,
    arrivalsPerSec: isKnown ? server.arrivalsPerSec : null,
    quietForSec: server.isComplete ? Math.min(...quiet) : null,
    weight: isKnown ? server.weight : null,
    backup: server.isBackup,
    cookie: server.cookie,
    check: checkOf(server),
    queue: isKnown ? server.queue : null,
    perLoadBalancer,
    maintenanceId: claim?.maintenanceId ?? null,
    claim: claim === undefined ? null : { who: claim.who, since: claim.since, reason: claim.reason },
  };
}

function loadBalancerBody(lb: LoadBalancerStatus, nowMs: number): LoadBalancerBody {
  const { head } = lb.view;
  const isLive = countsAsLive(lb.link);
  return {
    name: lb.name,
    address: head.address,
    link: lb.link,
    observedAgoMs: ageMs(head, nowMs),
    version: head.version,
    pid: head.process?.pid ?? null,
    uptimeSec: head.upSinceAt === null || !isLive ? null : Math.max(0, Math.floor(nowMs / 1000) - head.upSinceAt),
    oldWorkers: isLive ? head.oldWorkers : null,
    oldWorkersSource: head.oldWorkersSource,
    level: head.level,
    error: head.error?.message ?? null,
    problems: head.problems,
  };
}

function backendBody(backend: BackendView): BackendBody {
  const isKnown = backend.servers.some(isAnyLive);
  return {
    name: backend.backend,
    mode: backend.mode,
    balance: backend.algo,
    cookie: backend.cookie,
    servers: backend.servers.map((server) => server.id),
    takingNewUsers: isKnown ? backend.takingNewUsers : null,
    minimum: backend.minimum,
    sessions: isKnown ? backend.sessions : null,
    sessionsComplete: backend.isComplete,
  };
}

function cellBody(
  cell: ServerCell,
  lb: LoadBalancerStatus | undefined,
  nowMs: number,
  emptySince: EmptySince,
): ServerCellBody {
  const isLive = countsAsLive(cell.link);
  const count = cell.row.scur + cell.row.oldScur;
  return {
    adminState: cell.adminState,
    cause: causeText(cell.cause),
    opState: cell.opState,
    status: cell.row.status,
    sessions: isLive && cell.isOldUnknown !== true ? count : null,
    quietForSec: isLive
      ? quietForSec(cell, emptySince(cell.lb, cell.row.id), lb?.view.head.observedAtMs ?? null)
      : null,
    weight: isLive ? cell.row.weight : null,
    link: cell.link,
    observedAgoMs: lb === undefined ? null : ageMs(lb.view.head, nowMs),
  };
}

function isAnyLive(server: ServerView): boolean {
  return server.cells.some((cell) => countsAsLive(cell.link));
}

/** From the last session that was counted or the last arrival, whichever is later: a tunnel may end hours after it came. */
function quietForSec({ row }: ServerCell, emptySinceSec: number | null, observedAtMs: number | null): number {
  if (emptySinceSec === null || observedAtMs === null) return 0;
  const sinceSec = Math.max(emptySinceSec, row.lastArrivalAt ?? 0);
  return Math.max(0, Math.floor(observedAtMs / 1_000) - sinceSec);
}

/** `L7OK/200 3 ms` as the board shows it; empty in maint, without a check, and where no load balancer answers. */
function checkOf(server: ServerView): string {
  const live = server.cells.filter((cell) => countsAsLive(cell.link));
  const cell = live.find((one) => one.row.status === server.status) ?? live[0];
  if (cell === undefined || cell.row.checkStatus === "") return "";
  const { checkStatus, checkCode, checkMs } = cell.row;
  return `${checkStatus}${checkCode === null ? "" : `/${checkCode}`}${checkMs === null ? "" : ` ${checkMs} ms`}`;
}

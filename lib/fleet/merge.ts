// The merged view: one backend/server as all load balancers together show it. A load balancer whose numbers are stale
// takes part with its name and its last admin state, never with its numbers: a sum with a missing part says so.
//
// mergeFleet keeps identity: a server whose cells did not change is the same object as before, so that a board of
// thousands of rows repaints only what moved.
import { type AdminState, adminStateOf, type Cause, causeOf } from "#lib/haproxy/admin-state.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import { countsAsLive, linkOf } from "./link.ts";
import { compareOpStates, type OpState, opStateOf } from "./op-state.ts";
import { isRamping, takesNewUsers } from "./taking.ts";
import type { BackendRow, Link, LoadBalancerView, ServerRow } from "./view.ts";

export interface ServerCell {
  readonly lb: string;
  readonly link: Link;
  /** last observed; believe its numbers only while countsAsLive(link) */
  readonly row: ServerRow;
  readonly adminState: AdminState;
  readonly cause: Cause;
  readonly opState: OpState;
  /** its `oldScur` is what a master CLI said that does not answer any more: no live number */
  readonly isOldUnknown?: true;
}

export type MergedAdminState = AdminState | "split";

export interface ServerView {
  readonly id: ServerId;
  readonly backend: string;
  readonly server: string;
  /** in the order the load balancers are configured; only those that carry the server */
  readonly cells: readonly ServerCell[];
  /** over the live cells (over all, as last seen, when none is live); `split` when they differ */
  readonly adminState: MergedAdminState;
  /** of the first of those cells that is not simply ready; `none` else */
  readonly cause: Cause;
  /** the worst over the live cells (over all when none is live) */
  readonly opState: OpState;
  /** status text of that worst cell */
  readonly status: string;
  /** sums over live cells, old workers included where they can be seen */
  readonly sessions: number;
  readonly queue: number;
  readonly arrivalsPerSec: number;
  /** false: some cell is not live, the numbers are the live part only */
  readonly isComplete: boolean;
  /** latest over live cells; null: none since each process started */
  readonly lastArrivalAt: number | null;
  /** lowest effective weight over live cells, and what the operator or the configuration wants */
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
  /** streams queued for a server or for the backend as a whole */
  readonly queue: number;
  readonly arrivalsPerSec: number;
  readonly isComplete: boolean;
  /** servers (backups apart) that take new users on the live load balancer where fewest do */
  readonly takingNewUsers: number;
  /** servers that are not backups; on the load balancer with most */
  readonly capacity: number;
  /** how many must take new users; 0: no server but backups */
  readonly minimum: number;
  /** of takingNewUsers on the worst load balancer: still in their slowstart ramp */
  readonly ramping: number;
  /** no active server takes new users on some live load balancer, but a backup does */
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

/** Servers a backend needs when nobody set a minimum: half of them, rounded up (the first-run page says so). */
export function defaultMinimum(capacity: number): number {
  return Math.ceil(capacity / 2);
}

/**
 * Merges the last observation of every load balancer, in the order given.
 * @param previous the result before this one, for identity; null at first
 * @param minimums per backend, where somebody set one
 */
export function mergeFleet(
  previous: FleetView | null,
  views: readonly LoadBalancerView[],
  nowMs: number,
  minimums: Readonly<Record<string, number>>,
): FleetView {
  const loadBalancers = views.map((view, i) => mergeLoadBalancer(previous?.loadBalancers[i], view, nowMs));
  return mergeJudged(previous, loadBalancers, minimums);
}

/** The same of load balancers whose links are judged already, by another merge. */
export function mergeJudged(
  previous: FleetView | null,
  loadBalancers: readonly LoadBalancerStatus[],
  minimums: Readonly<Record<string, number>>,
): FleetView {
  const before = previous?.servers;
  const gathered = new Map<ServerId, { rows: ServerRow[]; lbs: LoadBalancerStatus[] }>();
  const backendRows = new Map<string, { rows: BackendRow[]; lbs: LoadBalancerStatus[]; ids: ServerId[] }>();

  for (const lb of loadBalancers) {
    for (const row of lb.view.backends) {
      const entry = backendRows.get(row.backend);
      if (entry === undefined) backendRows.set(row.backend, { rows: [row], lbs: [lb], ids: [] });
      else {
        entry.rows.push(row);
        entry.lbs.push(lb);
      }
    }
    for (const row of lb.view.servers) {
      const entry = gathered.get(row.id);
      if (entry === undefined) {
        gathered.set(row.id, { rows: [row], lbs: [lb] });
        backendRows.get(row.backend)?.ids.push(row.id);
      } else {
        entry.rows.push(row);
        entry.lbs.push(lb);
      }
    }
  }

  const servers = new Map<ServerId, ServerView>();
  for (const [id, { rows, lbs }] of gathered) servers.set(id, mergeServer(before?.get(id), id, rows, lbs));

  const backends: BackendView[] = [];
  const backendBefore = new Map(previous?.backends.map((backend) => [backend.backend, backend]));
  for (const [name, { rows, lbs, ids }] of backendRows) {
    if (ids.length === 0) continue;
    const members: ServerView[] = [];
    for (const id of ids) {
      const server = servers.get(id);
      if (server !== undefined) members.push(server);
    }
    backends.push(mergeBackend(backendBefore.get(name), name, rows, lbs, members, minimums[name]));
  }
  return { loadBalancers, backends: sameItems(previous?.backends, backends), servers };
}

function mergeLoadBalancer(
  before: LoadBalancerStatus | undefined,
  view: LoadBalancerView,
  nowMs: number,
): LoadBalancerStatus {
  const link = linkOf(view.head, nowMs);
  if (before !== undefined && before.view === view && before.link === link) return before;
  return { name: view.head.name, link, view };
}

function mergeServer(
  before: ServerView | undefined,
  id: ServerId,
  rows: readonly ServerRow[],
  lbs: readonly LoadBalancerStatus[],
): ServerView {
  if (before !== undefined && isUnchanged(before, rows, lbs)) return before;
  const cells = rows.map((row, i) => cellOf(before?.cells[i], row, lbs[i] as LoadBalancerStatus));
  const first = cells[0] as ServerCell;
  const live = cells.filter((cell) => countsAsLive(cell.link));
  const judged = live.length > 0 ? live : cells;
  const worst = judged.reduce((a, b) => (compareOpStates(b.opState, a.opState) > 0 ? b : a));
  const sum = (value: (row: ServerRow) => number) => live.reduce((total, cell) => total + value(cell.row), 0);
  return {
    id,
    backend: first.row.backend,
    server: first.row.server,
    cells,
    adminState: judged.every((cell) => cell.adminState === worst.adminState) ? worst.adminState : "split",
    cause: (judged.find((cell) => cell.cause.kind !== "none") ?? worst).cause,
    opState: worst.opState,
    status: worst.row.status,
    sessions: live.reduce((total, cell) => total + liveSessions(cell), 0),
    queue: sum((row) => row.qcur),
    arrivalsPerSec: Math.round(sum((row) => row.arrivalsPerSec) * 10) / 10,
    isComplete: live.length === cells.length && !live.some((cell) => cell.isOldUnknown === true),
    lastArrivalAt: latest(live.map((cell) => cell.row.lastArrivalAt)),
    weight: Math.min(...judged.map((cell) => cell.row.weight)),
    uweight: lowest(judged.map((cell) => cell.row.uweight ?? cell.row.iweight)),
    isRamping: judged.some((cell) => isRamping(cell.row)),
    isBackup: cells.every((cell) => cell.row.isBackup),
    address: first.row.address,
    cookie: first.row.cookie,
  };
}

function isUnchanged(before: ServerView, rows: readonly ServerRow[], lbs: readonly LoadBalancerStatus[]): boolean {
  if (before.cells.length !== rows.length) return false;
  for (let i = 0; i < rows.length; i++) {
    const cell = before.cells[i];
    const lb = lbs[i];
    const row = rows[i];
    if (cell === undefined || lb === undefined || row === undefined || !isSameCell(cell, row, lb)) return false;
  }
  return true;
}

function cellOf(before: ServerCell | undefined, row: ServerRow, lb: LoadBalancerStatus): ServerCell {
  if (before !== undefined && isSameCell(before, row, lb)) return before;
  const cause = causeOf({
    bits: row.adminBits,
    tracked: row.tracked,
    agentStatus: row.agentStatus,
    weight: row.weight,
    isRamping: isRamping(row),
  });
  const adminState = adminStateOf(row.adminBits);
  const cell = { lb: lb.name, link: lb.link, row, adminState, cause, opState: opStateOf(row) };
  return isOldUnknown(row, lb) ? { ...cell, isOldUnknown: true } : cell;
}

function isSameCell(cell: ServerCell, row: ServerRow, lb: LoadBalancerStatus): boolean {
  return (
    cell.row === row &&
    cell.link === lb.link &&
    cell.lb === lb.name &&
    (cell.isOldUnknown === true) === isOldUnknown(row, lb)
  );
}

function isOldUnknown(row: ServerRow, lb: LoadBalancerStatus): boolean {
  return row.oldScur > 0 && lb.view.head.oldWorkersSource === "silent";
}

/** Of one load balancer, what is live of it. */
export function liveSessions({ row, isOldUnknown }: ServerCell): number {
  return row.scur + (isOldUnknown === true ? 0 : row.oldScur);
}

function mergeBackend(
  before: BackendView | undefined,
  name: string,
  rows: readonly BackendRow[],
  lbs: readonly LoadBalancerStatus[],
  servers: readonly ServerView[],
  minimum: number | undefined,
): BackendView {
  const first = rows[0] as BackendRow;
  let sessions = 0;
  let queue = 0;
  let arrivalsPerSec = 0;
  let liveCount = 0;
  rows.forEach((row, i) => {
    const lb = lbs[i];
    if (lb === undefined || !countsAsLive(lb.link)) return;
    liveCount++;
    queue += row.qcur;
    arrivalsPerSec += row.arrivalsPerSec;
  });
  for (const server of servers) sessions += server.sessions;
  const capacity = capacityOf(servers, lbs);
  const next: BackendView = {
    backend: name,
    mode: first.mode,
    algo: first.algo,
    cookie: first.cookie,
    servers: sameItems(before?.servers, servers),
    sessions,
    queue: queue + servers.reduce((total, server) => total + server.queue, 0),
    arrivalsPerSec: Math.round(arrivalsPerSec * 10) / 10,
    isComplete: liveCount === rows.length && servers.every((server) => server.isComplete),
    minimum: Math.min(minimum ?? defaultMinimum(capacity.capacity), capacity.capacity),
    ...capacity,
  };
  return before !== undefined && isShallowEqual(before, next) ? before : next;
}

/** Counted per load balancer, then the worst live one speaks for the backend: users enter through each of them. */
function capacityOf(
  servers: readonly ServerView[],
  lbs: readonly LoadBalancerStatus[],
): Pick<BackendView, "takingNewUsers" | "capacity" | "ramping" | "onBackups"> {
  const counts = new Map<
    string,
    { taking: number; ramping: number; backups: number; active: number; isLive: boolean }
  >();
  for (const lb of lbs) {
    counts.set(lb.name, { taking: 0, ramping: 0, backups: 0, active: 0, isLive: countsAsLive(lb.link) });
  }
  for (const server of servers) {
    for (const cell of server.cells) {
      const count = counts.get(cell.lb);
      if (count === undefined) continue;
      const takes = takesNewUsers(cell.row);
      if (cell.row.isBackup) {
        if (takes) count.backups++;
        continue;
      }
      count.active++;
      if (!takes) continue;
      count.taking++;
      if (isRamping(cell.row)) count.ramping++;
    }
  }
  const all = [...counts.values()];
  const live = all.filter((count) => count.isLive);
  const judged = live.length > 0 ? live : all;
  const worst = judged.reduce((a, b) => (b.taking - b.ramping < a.taking - a.ramping ? b : a));
  return {
    takingNewUsers: worst.taking,
    ramping: worst.ramping,
    capacity: Math.max(...all.map((count) => count.active)),
    onBackups: judged.some((count) => count.taking === 0 && count.backups > 0),
  };
}

function latest(values: readonly (number | null)[]): number | null {
  let result: number | null = null;
  for (const value of values) if (value !== null && (result === null || value > result)) result = value;
  return result;
}

function lowest(values: readonly (number | null)[]): number | null {
  let result: number | null = null;
  for (const value of values) if (value !== null && (result === null || value < result)) result = value;
  return result;
}

function sameItems<T>(before: readonly T[] | undefined, next: readonly T[]): readonly T[] {
  if (before === undefined || before.length !== next.length) return next;
  return next.every((item, i) => item === before[i]) ? before : next;
}

function isShallowEqual<T extends object>(a: T, b: T): boolean {
  for (const key of Object.keys(b) as (keyof T)[]) if (a[key] !== b[key]) return false;
  return true;
}

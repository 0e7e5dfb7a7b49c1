// How many sessions of a server on its way out are tunnels (WebSocket, CONNECT, TCP mode), which end only when a client
// or a timeout ends them. Only `show sess` tells, and HAProxy stops all its traffic threads while it lists (haproxy.md 6).
// So it is asked rarely, only where a maintenance waits for a server that has sessions, the more rarely the longer an
// answer took, and never in a process with many sessions. Not counted is not zero: of() says null then.
import { isSameProcess } from "#lib/fleet/process.ts";
import type { LoadBalancerView, ProcessIdentity, ServerRow } from "#lib/fleet/view.ts";
import { type ServerId, serverId, splitServerId } from "#lib/haproxy/names.ts";
import type { Session } from "#lib/haproxy/show-sess.ts";
import type { Fleet } from "#server/fleet/fleet.ts";
import { knowsFilter, listSessions } from "#server/fleet/list-sessions.ts";
import type { Poller } from "#server/fleet/poller.ts";
import type { Log } from "#server/log.ts";

/** The whole exchange, wall time, never takes a larger part of HAProxy's: an answer of 60 ms gives a pause of 30 s. */
export const PACE = { everyMs: 15_000, maxShare: 0.002 };
/** Lines of one answer: 260 bytes and up to 4 us of stopped traffic each (haproxy.md 6), so 20 ms at most. */
const LIST_UP_TO = 5_000;
/** From 3.2 HAProxy picks out one server's lines itself, in one pass over all its sessions (0.1 us each). */
const SCAN_UP_TO = 20_000;
/** Older counts say nothing about the sessions of now. */
const GOOD_FOR_MS = 60_000;
/** The old workers of a reload are known a little later than the new process. */
const AFTER_RELOAD_MS = 3_000;

interface LbCounts {
  process: ProcessIdentity;
  counts: Map<ServerId, { tunnels: number; atMs: number; untilMs: number }>;
  /** when the last answer came: a clock that shows less was set back, and neither pause nor counts hold any more */
  countedAtMs: number;
  nextAtMs: number;
  running: Promise<void> | null;
  /** the last fault's words: the same one is not logged every time */
  fault: string;
}

export interface TunnelCountsOptions {
  fleet: Fleet;
  log: Log;
  now: () => number;
}

export class TunnelCounts {
  readonly #options: TunnelCountsOptions;
  readonly #lbs = new Map<string, LbCounts>();
  readonly #stop = new AbortController();

  constructor(options: TunnelCountsOptions) {
    this.#options = options;
  }

  /** Never more than the row's own sessions; null: not counted lately. */
  of(poller: Poller, row: ServerRow): number | null {
    if (poller.oldWorkers?.isUnsure === true) return null;
    const sessions = row.scur + row.oldScur;
    if (sessions === 0) return 0;
    const lb = this.#lbs.get(poller.name);
    const count = lb?.counts.get(row.id);
    const { process } = poller.view.head;
    if (lb === undefined || count === undefined || process === null) return null;
    const nowMs = this.#options.now();
    const isGood = isSameProcess(lb.process, process) && nowMs >= count.atMs && nowMs <= count.untilMs;
    return isGood ? Math.min(count.tunnels, sessions) : null;
  }

  /** Asks in the background where it is time. @param leaving servers on their way out, for each load balancer */
  refresh(leaving: ReadonlyMap<string, readonly ServerId[]>): void {
    for (const name of this.#lbs.keys()) if (!leaving.has(name)) this.#forget(name);
    for (const [name, ids] of leaving) {
      const poller = this.#options.fleet.poller(name);
      if (poller !== undefined && !this.#stop.signal.aborted) this.#refreshOne(poller, ids);
    }
  }

  /** Waits for the questions under way. */
  async settled(): Promise<void> {
    await Promise.all([...this.#lbs.values()].map((lb) => lb.running));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.settled();
  }

  /** Its pause is kept: a maintenance that is stopped and started again does not ask more often. */
  #forget(name: string): void {
    const lb = this.#lbs.get(name);
    if (lb !== undefined && lb.running === null && lb.nextAtMs <= this.#options.now()) this.#lbs.delete(name);
  }

  #refreshOne(poller: Poller, ids: readonly ServerId[]): void {
    const nowMs = this.#options.now();
    const { process, error } = poller.view.head;
    if (process === null || error !== null) return;
    const lb = this.#of(poller.name, process, nowMs);
    const isPause = nowMs >= lb.countedAtMs && nowMs < lb.nextAtMs;
    if (lb.running !== null || isPause || poller.oldWorkers?.isUnsure === true) return;
    const rows = ids.flatMap((id) => poller.row(id) ?? []).filter((row) => row.scur + row.oldScur > 0);
    const listed = rows.filter((row) => mayList(poller.view, row));
    if (listed.length === 0) return;
    lb.running = this.#count(poller, lb, listed).finally(() => {
      lb.running = null;
    });
  }

  #of(name: string, process: ProcessIdentity, nowMs: number): LbCounts {
    const known = this.#lbs.get(name);
    if (known === undefined) {
      const lb = { process, counts: new Map(), countedAtMs: 0, nextAtMs: 0, running: null, fault: "" };
      this.#lbs.set(name, lb);
      return lb;
    }
    if (known.running === null && !isSameProcess(known.process, process)) {
      known.process = process;
      known.counts.clear();
      known.nextAtMs = Math.min(known.nextAtMs, nowMs + AFTER_RELOAD_MS);
    }
    return known;
  }

  async #count(poller: Poller, lb: LbCounts, rows: readonly ServerRow[]): Promise<void> {
    const { now, log } = this.#options;
    const began = performance.now();
    const counted = new Map<ServerId, number>();
    try {
      const sessions = await this.#list(poller, rows);
      for (const { id } of rows) counted.set(id, 0);
      for (const { backend, server, isTunnel } of sessions) {
        const id = serverId(backend, server);
        const before = counted.get(id);
        if (before !== undefined && isTunnel) counted.set(id, before + 1);
      }
      lb.fault = "";
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      if (words !== lb.fault && !this.#stop.signal.aborted)
        log.info({ lb: poller.name, err: error }, "tunnels could not be counted; the ETA goes without them");
      lb.fault = words;
    }
    const tookMs = performance.now() - began;
    const pauseMs = Math.max(PACE.everyMs, tookMs / PACE.maxShare);
    const atMs = now();
    lb.countedAtMs = atMs;
    lb.nextAtMs = atMs + pauseMs;
    const untilMs = atMs + Math.max(GOOD_FOR_MS, 2 * pauseMs);
    for (const [id, tunnels] of counted) lb.counts.set(id, { tunnels, atMs, untilMs });
    log.debug({ lb: poller.name, tookMs: Math.round(tookMs), servers: counted.size }, "tunnels counted");
  }

  /** At least the sessions of these servers, of the process that answers and of its old workers. */
  async #list(poller: Poller, rows: readonly ServerRow[]): Promise<Session[]> {
    const { signal } = this.#stop;
    const sessions: Session[] = [];
    const busy = rows.filter((row) => row.scur > 0);
    // Before 3.2 every list is the whole one: one is enough for all servers.
    const targets = knowsFilter(poller.view.head.version) ? busy.flatMap((row) => splitServerId(row.id) ?? []) : [null];
    if (busy.length > 0) for (const of of targets) sessions.push(...(await listSessions(poller, of, { signal })));
    const { oldWorkers } = poller;
    if (oldWorkers !== null && rows.some((row) => row.oldScur > 0)) sessions.push(...(await oldWorkers.listSessions()));
    return sessions;
  }
}

/** False: listing it would be felt by traffic. Known from the last poll, so a busy process is not even asked. */
function mayList({ head, backends, servers }: LoadBalancerView, row: ServerRow): boolean {
  if (row.oldScur > 0 && sum(servers, (one) => one.oldScur) > LIST_UP_TO) return false;
  if (row.scur === 0) return true;
  const all = sum(backends, (one) => one.scur);
  return knowsFilter(head.version) ? row.scur <= LIST_UP_TO && all <= SCAN_UP_TO : all <= LIST_UP_TO;
}

function sum<T>(list: readonly T[], of: (one: T) => number): number {
  return list.reduce((total, one) => total + of(one), 0);
}

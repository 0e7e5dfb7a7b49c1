// The sessions of one server over every load balancer and old worker, for people who look and for what they end. HAProxy
// stops its traffic threads while it lists (haproxy.md 6). So a load balancer lists one at a time, rests in between in
// proportion to what it took, and gives everybody who asks meanwhile the same answer; a process with many connections is
// not listed at all unless somebody insists.
import { countsAsLive } from "#lib/fleet/link.ts";
import type { ServerCell } from "#lib/fleet/merge.ts";
import type { ProcessIdentity } from "#lib/fleet/view.ts";
import { type ServerId, splitServerId } from "#lib/haproxy/names.ts";
import type { Session } from "#lib/haproxy/show-sess.ts";
import { UnreadableReply } from "#lib/haproxy/unreadable.ts";
import { countKinds, type Listed, sessionRows } from "#lib/maintenance/session-list.ts";
import type { ListedLoadBalancer, SessionsReport } from "#lib/wire/sessions.ts";
import { RuntimeError } from "#server/runtime/errors.ts";
import type { Fleet } from "./fleet.ts";
import { knowsFilter, LIST_UP_TO_CONNECTIONS, listSessions, NotListed } from "./list-sessions.ts";
import type { Poller } from "./poller.ts";

/** An answer serves everybody who asks within this time; and listing takes at most this part of a load balancer's time. */
const SHARED_MS = 2_000;
const MAX_SHARE = 0.02;
/** A person does not wait longer than this for a slow list to have been paid off. */
const LONGEST_REST_MS = 5_000;
/** Without a master CLI nobody knows whether a reload left sessions behind; old processes rarely live longer. */
const RELOAD_COUNTS_FOR_MS = 3_600_000;

export interface ListRequest {
  server: ServerId;
  /** null: every load balancer that carries it */
  loadBalancers?: readonly string[] | null;
  /** also where it would be felt by traffic */
  isForced?: boolean;
  /** read now: what was read for somebody else a moment ago is no proof for a change */
  isFresh?: boolean;
}

/** One load balancer's answer: its lists (main process, old workers), and what is missing of it. */
export interface LoadBalancerLists {
  lb: string;
  lists: readonly Listed[];
  told: ListedLoadBalancer;
}

interface Known {
  process: ProcessIdentity;
  atMs: number;
  lists: readonly Omit<Listed, "isTcp">[];
  /** why old workers are missing; null: they are not */
  oldWhy: string | null;
}

class Lister {
  readonly known = new Map<string, Known>();
  restUntilMs = 0;
  last: Promise<unknown> = Promise.resolve();
}

export class SessionLists {
  readonly #fleet: Fleet;
  readonly #now: () => number;
  readonly #listers = new Map<string, Lister>();

  constructor(options: { fleet: Fleet; now: () => number }) {
    this.#fleet = options.fleet;
    this.#now = options.now;
  }

  /** null: no load balancer has that server. A load balancer that does not tell is in the report, with why. */
  async report(request: ListRequest): Promise<SessionsReport | null> {
    const parts = await this.list(request);
    if (parts === null) return null;
    const sessions = sessionRows(parts.flatMap(({ lists }) => lists));
    return {
      ...{ at: this.#now(), server: request.server, sessions, total: sessions.length, counts: countKinds(sessions) },
      loadBalancers: parts.map(({ told }) => told),
      complete: parts.every(({ told }) => told.reason === null),
    };
  }

  async list(request: ListRequest): Promise<LoadBalancerLists[] | null> {
    const { loadBalancers = null } = request;
    const cells = this.#fleet.view().servers.get(request.server)?.cells;
    if (cells === undefined) return null;
    const asked = cells.filter((cell) => loadBalancers === null || loadBalancers.includes(cell.lb));
    return Promise.all(asked.map((cell) => this.#of(cell, request)));
  }

  async #of(cell: ServerCell, request: ListRequest): Promise<LoadBalancerLists> {
    const poller = this.#fleet.poller(cell.lb);
    const missing = (reason: ListedLoadBalancer["reason"], why: string): LoadBalancerLists => {
      return { lb: cell.lb, lists: [], told: { lb: cell.lb, count: null, at: null, reason, why } };
    };
    if (poller === undefined || !countsAsLive(cell.link) || poller.view.head.process === null)
      return missing("unreachable", `${cell.lb} does not answer; its sessions are not known.`);
    if (poller.view.head.level === "user")
      return missing("no-rights", `The socket of ${cell.lb} has level user; to list sessions it needs operator.`);
    const busy = request.isForced === true ? null : tooBusy(poller);
    if (busy !== null) return missing("too-busy", busy);
    try {
      const known = await this.#known(poller, request);
      const lists = known.lists.map((list) => ofServer(list, request.server, isTcp(poller, request.server)));
      const unseen = known.oldWhy ?? unseenOldWorkers(poller, this.#now());
      const count = lists.reduce((sum, list) => sum + list.sessions.length, 0);
      return {
        ...{ lb: cell.lb, lists },
        told: {
          lb: cell.lb,
          count,
          at: known.atMs,
          reason: unseen === null ? null : "old-workers-unseen",
          why: unseen,
        },
      };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (error instanceof NotListed && error.code === "too-many") return missing("too-busy", `${cell.lb}: ${why}`);
      if (error instanceof RuntimeError && error.code === "denied") return missing("no-rights", why);
      return missing("failed", why.startsWith("load balancer") ? why : `${cell.lb}: ${why}`);
    }
  }

  /** Waits for its turn and for the rest after the last list, then shares what was read meanwhile where that will do. */
  async #known(poller: Poller, request: ListRequest): Promise<Known> {
    const lister = this.#listers.get(poller.name) ?? new Lister();
    this.#listers.set(poller.name, lister);
    const { process } = poller.view.head;
    const key = knowsFilter(poller.view.head.version) ? request.server : "";
    const askedAtMs = this.#now();
    const shared = (): Known | null => {
      const known = lister.known.get(key);
      if (known === undefined || known.process !== process) return null;
      const isGood = known.atMs + SHARED_MS > this.#now() || this.#now() < lister.restUntilMs;
      return request.isFresh === true ? (known.atMs >= askedAtMs ? known : null) : isGood ? known : null;
    };
    const turn = lister.last.then(async () => {
      const before = shared();
      if (before !== null) return before;
      if (request.isFresh !== true) await rest(Math.min(LONGEST_REST_MS, lister.restUntilMs - this.#now()));
      return this.#read(poller, lister, key, request);
    });
    lister.last = turn.catch(() => undefined);
    return shared() ?? turn;
  }

  async #read(poller: Poller, lister: Lister, key: string, request: ListRequest): Promise<Known> {
    const { process } = poller.view.head;
    if (process === null) throw new NotListed("another-process", "No process answers.");
    const began = performance.now();
    const of = key === "" ? null : splitServerId(request.server);
    const asked = { isForced: request.isForced === true, withPath: of !== null };
    const atMs = this.#now();
    const sessions = await listSessions(poller, of, asked);
    const tookMs = performance.now() - began;
    const lists: Omit<Listed, "isTcp">[] = [{ lb: poller.name, pid: process.pid, isOldWorker: false, atMs, sessions }];
    let oldWhy: string | null = null;
    const { oldWorkers } = poller;
    // One that is silent costs its time-out each time, and the watch asks it now and then anyway.
    if (oldWorkers !== null && oldWorkers.count !== 0 && oldWorkers.source !== "silent") {
      try {
        for (const worker of await oldWorkers.listByWorker())
          lists.push({ lb: poller.name, ...worker, isOldWorker: true, atMs: this.#now() });
      } catch (error) {
        if (!(error instanceof RuntimeError || error instanceof UnreadableReply)) throw error;
        oldWhy = `Old processes of ${poller.name} could not be listed: ${error.message}`;
      }
    }
    lister.restUntilMs = this.#now() + Math.min(LONGEST_REST_MS, tookMs / MAX_SHARE);
    const known = { process, atMs, lists, oldWhy };
    // One server is looked at by most: the lists of the ones before are not kept for ever.
    if (lister.known.size >= SERVERS_KEPT) lister.known.clear();
    lister.known.set(key, known);
    return known;
  }
}

const SERVERS_KEPT = 8;

function rest(ms: number): Promise<void> {
  return ms <= 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms));
}

/** Known from the last poll, so that a busy process is not even asked. Null: it may be. */
function tooBusy({ name, view }: Poller): string | null {
  const open = view.backends.reduce((sum, backend) => sum + backend.scur, 0);
  if (open <= LIST_UP_TO_CONNECTIONS) return null;
  return `${name} has ${open} sessions open; listing them would hold up traffic for a moment. Ask with force to do it anyway.`;
}

function isTcp(poller: Poller, server: ServerId): boolean {
  const backend = splitServerId(server)?.backend;
  return poller.view.backends.find((row) => row.backend === backend)?.mode === "tcp";
}

function ofServer(list: Omit<Listed, "isTcp">, server: ServerId, isTcpMode: boolean): Listed {
  const mine = (one: Session) => `${one.backend}/${one.server}` === server;
  return { ...list, isTcp: isTcpMode, sessions: list.sessions.filter(mine) };
}

/** Null: what reloads left behind can be seen, or there was none lately. */
export function unseenOldWorkers({ name, view, oldWorkers }: Poller, nowMs: number): string | null {
  const { oldWorkersSource, reloadedAtMs } = view.head;
  if (oldWorkers?.isUnsure === true && reloadedAtMs !== null)
    return `${name} was reloaded just now; what its old process still holds is not known yet.`;
  if (oldWorkersSource === "silent") return `The master CLI of ${name} does not answer; old processes cannot be seen.`;
  if (oldWorkersSource === "none" && reloadedAtMs !== null && nowMs - reloadedAtMs < RELOAD_COUNTS_FOR_MS)
    return `${name} was reloaded and no master CLI is configured for it; sessions in its old process cannot be seen.`;
  return null;
}

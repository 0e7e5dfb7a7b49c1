// One poller per load balancer, whatever the number of browsers. It asks, and publishes what was observed or why not.
//
// A poll that failed never changes a number: the last view stays, with its age and the reason. Polls never overlap. The
// interval is the configured one; FAST_MS while something drains or a command is pending; and never so short that a load
// balancer spends more than MAX_SHARE of its time on us.

import { LoadBalancerModel } from "#lib/fleet/model.ts";
import type { LinkError, LoadBalancerHead, LoadBalancerView, ServerRow, SocketLevel } from "#lib/fleet/view.ts";
import { adminStateOf } from "#lib/haproxy/admin-state.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import { parseTableNames } from "#lib/haproxy/show-table.ts";
import type { Log } from "#server/log.ts";
import { addressText } from "#server/runtime/address.ts";
import { backoffMs } from "#server/runtime/backoff.ts";
import type { RuntimeClient } from "#server/runtime/client.ts";
import { RuntimeError } from "#server/runtime/errors.ts";
import type { OldWorkerWatch } from "./old-workers.ts";

/** Fast enough that a drain looks alive and a change made elsewhere is seen in 130 ms at the median. */
const FAST_MS = 250;
/** HAProxy answers the CLI on a traffic thread: at most a twentieth of its time is ours. */
const MAX_SHARE = 0.05;
/** However slowly it answers: two polls fit into the age at which its numbers are stale (lib/fleet/link.ts). */
const SLOWEST_MS = 5_000;
const COSTS_KEPT = 5;
/** A silent load balancer is asked again at least this often; it is back on the board that soon after it returns. */
const MAX_BACKOFF_MS = 5_000;

export interface Publication {
  before: LoadBalancerView;
  after: LoadBalancerView;
  /** rows or process changed: the whole load balancer is news */
  isNewEpoch: boolean;
}

export interface PollerOptions {
  client: RuntimeClient;
  oldWorkers: OldWorkerWatch | null;
  pollMs: number;
  /** distinguishes the epochs of two runs of the app */
  bootId: string;
  log: Log;
  now: () => number;
  random: () => number;
}

export class Poller {
  readonly name: string;
  readonly client: RuntimeClient;
  readonly #options: PollerOptions;
  readonly #model = new LoadBalancerModel();
  readonly #listeners = new Set<(publication: Publication) => void>();
  #view: LoadBalancerView;
  #epochs = 0;
  #failures = 0;
  /** wall time of the last few polls: the least of them is HAProxy's own cost, a single slow one is this machine's */
  readonly #costsMs: number[] = [];
  #pendingCommands = 0;
  #waiters: (() => void)[] = [];
  #wake: (() => void) | null = null;
  #level: { pid: number; level: SocketLevel } | null = null;
  #tables: { pid: number; names: ReadonlySet<string> | null } | null = null;
  #loop: Promise<void> | null = null;
  #twin: string | null = null;
  readonly #stop = new AbortController();

  constructor(options: PollerOptions) {
    this.#options = options;
    this.client = options.client;
    this.name = options.client.name;
    this.#view = {
      head: {
        name: this.name,
        address: addressText(options.client.address),
        version: null,
        process: null,
        level: null,
        observedAtMs: null,
        error: null,
        upSinceAt: null,
        reloadedAtMs: null,
        oldWorkers: null,
        oldWorkersSource: options.oldWorkers === null ? "none" : "master-cli",
        nbproc: null,
        pollMs: options.pollMs,
        problems: [],
      },
      epoch: `${options.bootId}.0`,
      rev: 0,
      backends: [],
      servers: [],
    };
  }

  get view(): LoadBalancerView {
    return this.#view;
  }

  /** null: no master CLI is configured */
  get oldWorkers(): OldWorkerWatch | null {
    return this.#options.oldWorkers;
  }

  get model(): LoadBalancerModel {
    return this.#model;
  }

  /** One sentence for people when another load balancer turned out to be the same HAProxy; null takes it back. */
  setTwin(sentence: string | null): void {
    this.#twin = sentence;
  }

  onPublish(listener: (publication: Publication) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake?.();
    await this.#loop;
    this.client.close();
    await this.#options.oldWorkers?.stop();
    for (const done of this.#waiters.splice(0)) done();
  }

  /** Resolves once a poll that began after this call has ended, well or not. */
  pollNow(): Promise<void> {
    if (this.#stop.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
      this.#wake?.();
    });
  }

  /** The last observed row of a server: a name that is not listed never reaches the socket. */
  row(id: ServerId): ServerRow | undefined {
    return this.#model.row(id);
  }

  /** A command is on its way, or a maintenance is under way here. */
  get isHeld(): boolean {
    return this.#pendingCommands > 0;
  }

  /** Polls fast until the returned function is called. */
  holdFast(): () => void {
    this.#pendingCommands++;
    let isHeld = true;
    return () => {
      if (isHeld) this.#pendingCommands--;
      isHeld = false;
    };
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const waiters = this.#waiters.splice(0);
      await this.#poll();
      for (const done of waiters) done();
      if (this.#waiters.length === 0) await this.#pause(this.#nextDelayMs());
    }
  }

  #pause(ms: number): Promise<void> {
    if (this.#stop.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#wake?.(), ms);
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = null;
        resolve();
      };
    });
  }

  #intervalMs(servers: readonly ServerRow[]): number {
    const { pollMs } = this.#options;
    const isBusy = this.#pendingCommands > 0 || servers.some(isDraining);
    const wanted = isBusy ? Math.min(FAST_MS, pollMs) : pollMs;
    const costMs = this.#costsMs.length === 0 ? 0 : Math.min(...this.#costsMs);
    return Math.round(Math.max(wanted, Math.min(SLOWEST_MS, costMs / MAX_SHARE)));
  }

  #nextDelayMs(): number {
    if (this.#failures === 0) return this.#intervalMs(this.#view.servers);
    return Math.min(MAX_BACKOFF_MS, backoffMs(this.#failures, this.#options.random));
  }

  async #poll(): Promise<void> {
    const { now, log } = this.#options;
    try {
      const reply = await this.client.observe(this.#stop.signal);
      this.#costsMs.push(reply.endedAtMs - reply.sentAtMs);
      if (this.#costsMs.length > COSTS_KEPT) this.#costsMs.shift();
      const oldWorkers = this.#options.oldWorkers?.count ?? null;
      this.#model.setOldSessions(this.#options.oldWorkers?.sessions ?? NO_SESSIONS);
      const observation = this.#model.observe(reply.bytes, reply, reply.receivedAtMs);
      if (!observation.ok) {
        const { code, message } = observation.failure;
        this.#failed(code, `load balancer "${this.name}": ${message}`);
        return;
      }
      this.#failures = 0;
      const head = this.#view.head;
      const level = await this.#readLevel(observation.process.pid);
      await this.#readTables(observation.process.pid);
      this.#options.oldWorkers?.refresh(observation.isNewProcess, observation.process.pid);
      const problems = this.#twin === null ? observation.problems : [this.#twin, ...observation.problems];
      const next: LoadBalancerHead = {
        ...head,
        version: observation.info.version,
        process: isEqual(head.process, observation.process) ? head.process : observation.process,
        upSinceAt:
          isEqual(head.process, observation.process) && head.upSinceAt !== null
            ? head.upSinceAt
            : Math.floor(reply.receivedAtMs / 1000) - observation.info.uptimeSec,
        level,
        observedAtMs: reply.receivedAtMs,
        error: null,
        reloadedAtMs: observation.isNewProcess ? now() : head.reloadedAtMs,
        oldWorkers,
        oldWorkersSource: this.#options.oldWorkers?.source ?? "none",
        nbproc: observation.info.nbproc,
        pollMs: this.#intervalMs(observation.servers),
        problems: isEqual(head.problems, problems) ? head.problems : problems,
      };
      if (observation.isNewProcess) {
        log.warn(
          { lb: this.name, pid: observation.process.pid },
          "another HAProxy process answers (reload or restart)",
        );
      }
      this.#publish(
        next,
        observation.isNewLayout || observation.isNewProcess,
        observation.backends,
        observation.servers,
      );
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      if (error instanceof RuntimeError) this.#failed(error.code, error.message);
      else {
        log.error({ lb: this.name, err: error }, "a poll failed in the app itself");
        this.#failed("internal", `load balancer "${this.name}": the app failed to read its reply. See the log.`);
      }
    }
  }

  /** Asked once a process: what may be done on this socket does not change while it runs. */
  /**
   * Names of the stick tables of the process that answers; null: not known. Read once a process: they are declared in
   * its configuration.
   */
  get stickTables(): ReadonlySet<string> | null {
    return this.#tables?.names ?? null;
  }

  async #readTables(pid: number): Promise<void> {
    if (this.#tables?.pid === pid) return;
    const names = await this.client
      .send({ kind: "show-tables" }, this.#stop.signal)
      .then(parseTableNames)
      .catch(() => null);
    this.#tables = { pid, names };
  }

  async #readLevel(pid: number): Promise<SocketLevel | null> {
    if (this.#level?.pid === pid) return this.#level.level;
    const level = await this.client.level(this.#stop.signal).catch(() => null);
    this.#level = level === null ? null : { pid, level };
    return level;
  }

  #failed(code: string, message: string): void {
    this.#failures++;
    const { head } = this.#view;
    const same = head.error?.code === code && head.error.message === message;
    if (same) return;
    this.#options.log.warn({ lb: this.name, code }, message);
    const error: LinkError = { code, message, sinceMs: head.error?.sinceMs ?? this.#options.now() };
    this.#publish({ ...head, error }, false, this.#view.backends, this.#view.servers);
  }

  #publish(
    head: LoadBalancerHead,
    isNewEpoch: boolean,
    backends: LoadBalancerView["backends"],
    servers: LoadBalancerView["servers"],
  ): void {
    const before = this.#view;
    if (isNewEpoch) this.#epochs++;
    const after: LoadBalancerView = {
      head,
      epoch: `${this.#options.bootId}.${this.#epochs}`,
      rev: isNewEpoch ? 0 : before.rev + 1,
      backends,
      servers,
    };
    this.#view = after;
    for (const listener of this.#listeners) {
      try {
        listener({ before, after, isNewEpoch });
      } catch (error) {
        // A fault of one listener must not keep the news from the others, nor end the loop and the process with it.
        this.#options.log.error({ lb: this.name, err: error }, "a listener of the poller failed");
      }
    }
  }
}

const NO_SESSIONS: ReadonlyMap<ServerId, number> = new Map();

/** For small plain values: keeps identity where only the object is new. */
function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function isDraining(row: ServerRow): boolean {
  return adminStateOf(row.adminBits) === "drain";
}

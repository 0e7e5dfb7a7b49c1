// Old workers: processes that a reload left behind because they still hold sessions. The stats socket is blind to them,
// so they are asked for through the master CLI, where one is configured, and rarely: that socket leaks slots in several
// HAProxy releases (haproxy.md 2.4). After a reload often, while there are old workers now and then, else hardly ever.

import type { OldWorkersSource } from "#lib/fleet/view.ts";
import { type ServerId, serverId } from "#lib/haproxy/names.ts";
import { parseShowSess, type Session } from "#lib/haproxy/show-sess.ts";
import { parseShowStat, RowType } from "#lib/haproxy/show-stat.ts";
import type { Log } from "#server/log.ts";
import type { MasterClient } from "#server/runtime/master.ts";

const WITH_OLD_WORKERS_MS = 2_000;
const WITHOUT_MS = 30_000;
/** The master may list a process as an old one only a moment after the new one answers. */
const AFTER_RELOAD_MS = 15_000;
/** So an answer is proof only when it was asked for this long after the new process was seen. */
const BELIEVE_AFTER_MS = 1_000;
const WHILE_UNSURE_MS = 400;

/** One question may meet the master while it starts itself anew for a reload. */
const SILENT_AFTER_FAILURES = 2;

export class OldWorkerWatch {
  readonly #master: MasterClient;
  readonly #log: Log;
  readonly #now: () => number;
  #count: number | null = null;
  #sessions: ReadonlyMap<ServerId, number> = new Map();
  #nextAtMs = 0;
  #oftenUntilMs = 0;
  #reloadedAtMs: number;
  #isUnsure = true;
  #running: Promise<void> | null = null;
  #lastError = "";
  #failures = 0;
  /** as it last told */
  #hadOldWorkers = false;

  constructor(options: { master: MasterClient; log: Log; now: () => number }) {
    this.#master = options.master;
    this.#log = options.log;
    this.#now = options.now;
    this.#reloadedAtMs = options.now();
  }

  /** null: not known (the master CLI did not answer yet, or stopped answering) */
  get count(): number | null {
    return this.#count;
  }

  /** Before its first answer it is not silent yet. */
  get source(): Exclude<OldWorkersSource, "none"> {
    return this.#failures < SILENT_AFTER_FAILURES ? "master-cli" : "silent";
  }

  /**
   * Nobody knows what old workers hold: the app began, or another process answers, and the master CLI has not told yet; or
   * it fell silent when there were some. (Where it told of none, none can have come without another process.)
   */
  get isUnsure(): boolean {
    return this.#isUnsure || (this.source === "silent" && this.#hadOldWorkers);
  }

  get sessions(): ReadonlyMap<ServerId, number> {
    return this.#sessions;
  }

  /** Called after each poll; asks in the background when it is time. */
  refresh(isNewProcess: boolean, currentPid: number): void {
    if (isNewProcess) {
      this.#isUnsure = true;
      this.#reloadedAtMs = this.#now();
      this.#oftenUntilMs = this.#now() + AFTER_RELOAD_MS;
      this.#nextAtMs = 0;
    }
    if (this.#running !== null || this.#now() < this.#nextAtMs) return;
    this.#running = this.#ask(currentPid).finally(() => {
      this.#running = null;
    });
  }

  /** Every session in the old workers. Throws when one of them does not tell. */
  async listSessions(): Promise<Session[]> {
    return (await this.listByWorker()).flatMap(({ sessions }) => sessions);
  }

  /** The same for each worker that still runs, one after the other. */
  async listByWorker(): Promise<{ pid: number; sessions: Session[] }[]> {
    const { oldWorkers } = await this.#master.processes();
    const lists: { pid: number; sessions: Session[] }[] = [];
    for (const { pid } of oldWorkers) {
      const text = await this.#master.workerSessions(pid);
      if (text !== null) lists.push({ pid, sessions: parseShowSess(text) });
    }
    return lists;
  }

  /** Ends these sessions of one old worker. What came of it is seen by listing again. */
  async endByIds(pid: number, ids: readonly string[]): Promise<void> {
    await this.#master.workerShutdownSessions(pid, ids);
    this.#nextAtMs = 0;
  }

  /** Ends these sessions in every old worker, one by one: nothing else reaches them there. Returns how many ended. */
  async endSessions(isMeant: (session: Session) => boolean): Promise<number> {
    const { oldWorkers } = await this.#master.processes();
    let ended = 0;
    for (const { pid } of oldWorkers) {
      const text = await this.#master.workerSessions(pid);
      for (const session of text === null ? [] : parseShowSess(text).filter(isMeant)) {
        const answer = await this.#master.workerShutdownSession(pid, session.id);
        if (answer?.trim() === "") ended++;
      }
    }
    this.#nextAtMs = 0;
    return ended;
  }

  /** Waits for a question under way. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async stop(): Promise<void> {
    this.#master.close();
    await this.settled();
  }

  async #ask(currentPid: number): Promise<void> {
    const oftenUntilMs = this.#oftenUntilMs;
    const askedAtMs = this.#now();
    try {
      const { oldWorkers } = await this.#master.processes();
      const sessions = new Map<ServerId, number>();
      for (const worker of oldWorkers) {
        if (worker.pid === currentPid) continue;
        const stat = await this.#master.workerStat(worker.pid);
        if (stat === null) continue;
        if (!addSessions(sessions, stat)) addListed(sessions, await this.#master.workerSessions(worker.pid));
      }
      this.#count = oldWorkers.length;
      this.#hadOldWorkers = oldWorkers.length > 0;
      this.#sessions = sessions;
      this.#lastError = "";
      this.#failures = 0;
      if (askedAtMs >= this.#reloadedAtMs + BELIEVE_AFTER_MS) this.#isUnsure = false;
    } catch (error) {
      // Not known is not none.
      this.#count = null;
      this.#failures++;
      const message = error instanceof Error ? error.message : String(error);
      if (message !== this.#lastError) this.#log.warn({ err: error }, message);
      this.#lastError = message;
    }
    // A reload came meanwhile, which this answer may not know: the next poll asks again.
    if (this.#oftenUntilMs !== oftenUntilMs) return;
    const isOften = this.#count !== 0 || this.#now() < this.#oftenUntilMs;
    const everyMs = isOften ? WITH_OLD_WORKERS_MS : WITHOUT_MS;
    const isSoon = this.isUnsure && this.#now() < this.#reloadedAtMs + AFTER_RELOAD_MS;
    this.#nextAtMs = this.#now() + (isSoon ? WHILE_UNSURE_MS : everyMs);
  }
}

/** False: no rows. 2.2 and 2.4 print none for an old worker (haproxy issue 1307). */
function addSessions(sessions: Map<ServerId, number>, stat: string): boolean {
  let hasRows = false;
  for (const row of parseShowStat(stat).rows) {
    if (row.get("type") !== RowType.server) continue;
    hasRows = true;
    const id = serverId(row.get("pxname") ?? "", row.get("svname") ?? "");
    sessions.set(id, (sessions.get(id) ?? 0) + Number(row.get("scur") ?? 0));
  }
  return hasRows;
}

/** The same count from `show sess`, which every version prints for an old worker too. */
function addListed(sessions: Map<ServerId, number>, text: string | null): void {
  for (const { backend, server } of text === null ? [] : parseShowSess(text)) {
    const id = serverId(backend, server);
    sessions.set(id, (sessions.get(id) ?? 0) + 1);
  }
}

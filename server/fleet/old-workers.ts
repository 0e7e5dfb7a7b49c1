// Old workers: processes that a reload left behind because they still hold sessions. The stats socket is blind to them,
// so they are asked for through the master CLI, where one is configured, and rarely: that socket leaks slots in several
// HAProxy releases (haproxy.md 2.4). After a reload often, while there are old workers now and then, else hardly ever.

import { type ServerId, serverId } from "#lib/haproxy/names.ts";
import { parseShowStat, RowType } from "#lib/haproxy/show-stat.ts";
import type { Log } from "#server/log.ts";
import type { MasterClient } from "#server/runtime/master.ts";

const WITH_OLD_WORKERS_MS = 2_000;
const WITHOUT_MS = 30_000;

export class OldWorkerWatch {
  readonly #master: MasterClient;
  readonly #log: Log;
  readonly #now: () => number;
  #count: number | null = null;
  #sessions: ReadonlyMap<ServerId, number> = new Map();
  #nextAtMs = 0;
  #running: Promise<void> | null = null;
  #lastError = "";

  constructor(options: { master: MasterClient; log: Log; now: () => number }) {
    this.#master = options.master;
    this.#log = options.log;
    this.#now = options.now;
  }

  /** null: not known (the master CLI did not answer yet, or stopped answering) */
  get count(): number | null {
    return this.#count;
  }

  get sessions(): ReadonlyMap<ServerId, number> {
    return this.#sessions;
  }

  /** Called after each poll; asks in the background when it is time. */
  refresh(isNewProcess: boolean, currentPid: number): void {
    if (this.#running !== null || (!isNewProcess && this.#now() < this.#nextAtMs)) return;
    this.#running = this.#ask(currentPid).finally(() => {
      this.#running = null;
    });
  }

  /** Waits for a question under way; for a clean stop. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #ask(currentPid: number): Promise<void> {
    try {
      const { oldWorkers } = await this.#master.processes();
      const sessions = new Map<ServerId, number>();
      for (const worker of oldWorkers) {
        const stat = worker.pid === currentPid ? null : await this.#master.workerStat(worker.pid);
        if (stat !== null) addSessions(sessions, stat);
      }
      this.#count = oldWorkers.length;
      this.#sessions = sessions;
      this.#lastError = "";
    } catch (error) {
      // Not known is not none.
      this.#count = null;
      const message = error instanceof Error ? error.message : String(error);
      if (message !== this.#lastError) this.#log.warn({ err: error }, message);
      this.#lastError = message;
    }
    this.#nextAtMs = this.#now() + (this.#count === 0 ? WITHOUT_MS : WITH_OLD_WORKERS_MS);
  }
}

/** 2.2 and 2.4 print no rows for an old worker (haproxy issue 1307): such a worker counts, its sessions cannot be told. */
function addSessions(sessions: Map<ServerId, number>, stat: string): void {
  for (const row of parseShowStat(stat).rows) {
    if (row.get("type") !== RowType.server) continue;
    const id = serverId(row.get("pxname") ?? "", row.get("svname") ?? "");
    sessions.set(id, (sessions.get(id) ?? 0) + Number(row.get("scur") ?? 0));
  }
}

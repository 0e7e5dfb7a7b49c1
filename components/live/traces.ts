// The traces of the rows on screen: asked for together, then kept up from the live view.
import type { FleetView } from "#lib/fleet/merge.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import type { HistoryResult } from "#lib/wire/events.ts";
import { HISTORY_MAX_SERVERS } from "#lib/wire/limits.ts";
import type { Trace } from "./api.ts";
import { advance, pointOf, stepOf, traceFrom } from "./trace-ring.ts";

/** Rows that mount together ask together. A long scroll then stays at half of the messages that the app allows a page. */
const BATCH_MS = 100;
/** Rows that scrolled away and come back soon need no new request. */
const MAX_UNWATCHED = 200;

type FetchHistory = (servers: ServerId[]) => Promise<HistoryResult | null>;

export class Traces {
  readonly #fetchHistory: FetchHistory;
  readonly #watchers = new Map<ServerId, Set<() => void>>();
  /** Oldest use first. */
  readonly #traces = new Map<ServerId, { trace: Trace; step: number }>();
  readonly #wanted = new Set<ServerId>();
  readonly #inFlight = new Set<ServerId>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastStep = 0;
  /** Answers of before a refetch are dropped. */
  #generation = 0;

  constructor(fetchHistory: FetchHistory) {
    this.#fetchHistory = fetchHistory;
  }

  watch(id: ServerId, listener: () => void): () => void {
    const watchers = this.#watchers.get(id) ?? new Set();
    this.#watchers.set(id, watchers.add(listener));
    const known = this.#traces.get(id);
    if (known === undefined) this.#want(id);
    else {
      this.#traces.delete(id);
      this.#traces.set(id, known);
    }
    return () => {
      watchers.delete(listener);
      if (watchers.size > 0) return;
      this.#watchers.delete(id);
      this.#wanted.delete(id);
      this.#forgetOld();
    };
  }

  get(id: ServerId): Trace | null {
    return this.#traces.get(id)?.trace ?? null;
  }

  /** After a subscribe: what happened meanwhile is in the app's history only. The old traces stand until it arrives. */
  refetch(): void {
    this.#generation++;
    this.#inFlight.clear();
    for (const id of [...this.#traces.keys()]) if (!this.#watchers.has(id)) this.#traces.delete(id);
    for (const id of this.#watchers.keys()) this.#want(id);
  }

  /** Once a second; does something when a step of the traces has passed. */
  advance(fleet: FleetView | null, nowMs: number): void {
    const step = stepOf(nowMs);
    if (step === this.#lastStep) return;
    this.#lastStep = step;
    for (const id of this.#watchers.keys()) if (!this.#traces.has(id)) this.#want(id);
    for (const [id, known] of this.#traces) {
      if (step <= known.step) continue;
      known.trace = advance(known.trace, step - known.step, pointOf(fleet?.servers.get(id)));
      known.step = step;
      this.#notify(id);
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#generation++;
    this.#inFlight.clear();
  }

  #want(id: ServerId): void {
    if (this.#inFlight.has(id)) return;
    this.#wanted.add(id);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#ask();
    }, BATCH_MS);
  }

  #ask(): void {
    const ids = [...this.#wanted];
    this.#wanted.clear();
    for (let from = 0; from < ids.length; from += HISTORY_MAX_SERVERS) {
      void this.#load(ids.slice(from, from + HISTORY_MAX_SERVERS), this.#generation);
    }
  }

  async #load(ids: ServerId[], generation: number): Promise<void> {
    for (const id of ids) this.#inFlight.add(id);
    const result = await this.#fetchHistory(ids);
    if (generation !== this.#generation) return;
    for (const id of ids) {
      this.#inFlight.delete(id);
      const series = result?.servers[id];
      if (result === null || series === undefined) continue;
      this.#traces.set(id, { trace: traceFrom(id, series.sessions), step: stepOf(result.at) });
      this.#notify(id);
    }
    this.#forgetOld();
  }

  #notify(id: ServerId): void {
    for (const listener of this.#watchers.get(id) ?? []) listener();
  }

  #forgetOld(): void {
    let tooMany = this.#traces.size - this.#watchers.size - MAX_UNWATCHED;
    for (const id of this.#traces.keys()) {
      if (tooMany <= 0) return;
      if (this.#watchers.has(id)) continue;
      this.#traces.delete(id);
      tooMany--;
    }
  }
}

// All load balancers together: the merged view, history over load balancers, and who is told of changes.
import { historySteps } from "#lib/fleet/history.ts";
import { type FleetView, mergeFleet } from "#lib/fleet/merge.ts";
import { isSameProcess } from "#lib/fleet/process.ts";
import type { LoadBalancerView } from "#lib/fleet/view.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import type { Poller, Publication } from "./poller.ts";

export interface MergedSeries {
  sessions: (number | null)[];
  arrivals: (number | null)[];
}

export type FleetListener = (lb: string, publication: Publication) => void;

export class Fleet {
  readonly #now: () => number;
  readonly #byName = new Map<string, Poller>();
  /** how to end each, at every poller: a fault of one listener is the poller's to keep from the others */
  readonly #listeners = new Map<FleetListener, (() => void)[]>();
  readonly #changeListeners = new Set<() => void>();
  #pollers: readonly Poller[] = [];
  #minimums: Readonly<Record<string, number>>;
  #merged: FleetView | null = null;
  #isStarted = false;

  constructor(options: { pollers: readonly Poller[]; minimums: Readonly<Record<string, number>>; now: () => number }) {
    this.#minimums = options.minimums;
    this.#now = options.now;
    for (const poller of options.pollers) this.#enter(poller, this.#pollers.length);
  }

  /** In the order of the board. Another array after each change of it. */
  get pollers(): readonly Poller[] {
    return this.#pollers;
  }

  /** Per backend, where somebody set one. */
  get minimums(): Readonly<Record<string, number>> {
    return this.#minimums;
  }

  setMinimums(minimums: Readonly<Record<string, number>>): void {
    this.#minimums = minimums;
    this.#tell();
  }

  /** From now on it is polled and shown. Its name must be free. */
  add(poller: Poller): void {
    if (this.#byName.has(poller.name)) throw new Error(`there is a load balancer ${poller.name} already`);
    this.#enter(poller, this.#pollers.length);
    this.#began(poller);
  }

  /** In the place of the one with its name, which ends; resolves when its last poll has. */
  async replace(poller: Poller): Promise<void> {
    const at = this.#pollers.findIndex((one) => one.name === poller.name);
    const old = this.#leave(poller.name);
    this.#enter(poller, at < 0 ? this.#pollers.length : at);
    this.#began(poller);
    await old?.stop();
  }

  /** From now on nobody sees it; resolves when its last poll has ended. */
  async remove(name: string): Promise<void> {
    const old = this.#leave(name);
    this.#findTwins();
    this.#tell();
    await old?.stop();
  }

  /** A load balancer was added, replaced or removed, or the minimums are others. */
  onChange(listener: () => void): () => void {
    this.#changeListeners.add(listener);
    return () => this.#changeListeners.delete(listener);
  }

  #began(poller: Poller): void {
    if (this.#isStarted) poller.start();
    this.#tell();
  }

  #leave(name: string): Poller | undefined {
    const old = this.#byName.get(name);
    this.#byName.delete(name);
    this.#pollers = this.#pollers.filter((one) => one !== old);
    return old;
  }

  #enter(poller: Poller, at: number): void {
    this.#byName.set(poller.name, poller);
    this.#pollers = this.#pollers.toSpliced(at, 0, poller);
    poller.onPublish(({ before, after }) => {
      if (before.head.process !== after.head.process) this.#findTwins();
    });
    for (const [listener, ends] of this.#listeners) ends.push(this.#attach(poller, listener));
  }

  #attach(poller: Poller, listener: FleetListener): () => void {
    return poller.onPublish((publication) => {
      // The last poll of one that was removed is nobody's business any more.
      if (this.#byName.get(poller.name) === poller) listener(poller.name, publication);
    });
  }

  #tell(): void {
    for (const listener of this.#changeListeners) listener();
  }

  /** One HAProxy under two addresses (its socket and its port, say) would be counted twice: that is said on both. */
  #findTwins(): void {
    for (const poller of this.pollers) {
      const { process } = poller.view.head;
      const twin = this.pollers.find((other) => {
        const theirs = other.view.head.process;
        return other !== poller && process !== null && theirs !== null && isSameProcess(process, theirs);
      });
      poller.setTwin(
        twin === undefined
          ? null
          : `${poller.name} and ${twin.name} are the same HAProxy process (pid ${process?.pid}): its sessions are counted twice. Remove one of them.`,
      );
    }
  }

  start(): void {
    this.#isStarted = true;
    for (const poller of this.pollers) poller.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.pollers.map((poller) => poller.stop()));
  }

  poller(name: string): Poller | undefined {
    return this.#byName.get(name);
  }

  views(): LoadBalancerView[] {
    return this.pollers.map((poller) => poller.view);
  }

  /** Merged on demand from the last observations; unchanged parts keep their identity from call to call. */
  view(): FleetView {
    this.#merged = mergeFleet(this.#merged, this.views(), this.#now(), this.minimums);
    return this.#merged;
  }

  onPublish(listener: FleetListener): () => void {
    const ends = this.#pollers.map((poller) => this.#attach(poller, listener));
    this.#listeners.set(listener, ends);
    return () => {
      this.#listeners.delete(listener);
      for (const end of ends) end();
    };
  }

  /**
   * Whether a stick table sends users back to servers of this backend; null: cannot be told (not read on some load
   * balancer, or tables of their own exist that any backend may use).
   */
  hasStickTable(backend: string): boolean | null {
    let isKnown = true;
    for (const poller of this.pollers) {
      const tables = poller.stickTables;
      if (tables?.has(backend)) return true;
      const own = new Set(poller.view.servers.map((row) => row.backend));
      if (tables === null || [...tables].some((name) => !own.has(name))) isKnown = false;
    }
    return isKnown ? false : null;
  }

  /** Fresh polls of these load balancers; resolves when each has ended, well or not. */
  async pollNow(names: readonly string[]): Promise<void> {
    await Promise.all(names.map((name) => this.#byName.get(name)?.pollNow()));
  }

  /**
   * Sums over the load balancers that carry each server, ending now. A step that some of them did not observe is a gap
   * (null), never a smaller sum. historySteps() tells when the first step begins.
   */
  history(
    ids: readonly ServerId[],
    spanMs: number,
    stepMs: number,
    nowMs = this.#now(),
  ): Record<ServerId, MergedSeries> {
    const { fromSec, stepSec, count } = historySteps(nowMs, spanMs, stepMs);
    const result: Record<ServerId, MergedSeries> = {};
    for (const id of ids) {
      const parts = this.pollers
        .filter((poller) => poller.row(id) !== undefined)
        .map((poller) => poller.model.history.series(id, fromSec, stepSec, count));
      if (parts.length === 0) continue;
      result[id] = {
        sessions: sumOf(parts.map((part) => part.sessions)),
        arrivals: sumOf(parts.map((part) => part.arrivals)),
      };
    }
    return result;
  }
}

function sumOf(series: readonly (readonly (number | null)[])[]): (number | null)[] {
  const first = series[0] ?? [];
  return first.map((_, i) => {
    let sum = 0;
    for (const one of series) {
      const value = one[i];
      if (value === null || value === undefined) return null;
      sum += value;
    }
    return Math.round(sum * 100) / 100;
  });
}

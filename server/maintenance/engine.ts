// Keeps the open maintenances going: every observation, outcome and request leads to one decide(), whose job is saved
// before its effects run. A restart needs nothing special: the stored jobs are decided on with the next observation.
import type { ServerId } from "#lib/haproxy/names.ts";
import { decide, isStillWanted } from "#lib/maintenance/decide.ts";
import type { Effect, MaintenanceEvent } from "#lib/maintenance/effect.ts";
import { isFinal, type Maintenance } from "#lib/maintenance/job.ts";
import { forgetInFlight, recordOutcome } from "#lib/maintenance/outcome.ts";
import type { Seen } from "#lib/maintenance/sight.ts";
import { type MaintenanceSummary, summarize } from "#lib/maintenance/summary.ts";
import { unreadableSummary } from "#lib/maintenance/unreadable.ts";
import type { Commands } from "#server/ops/commands.ts";
import type { ServerTurns } from "#server/ops/server-turns.ts";
import type { OpsContext } from "#server/ops/verb.ts";
import { Lane } from "#server/runtime/lane.ts";
import { StoreError } from "#server/store/errors.ts";
import type { Maintenances as MaintenanceStore, UnreadableMaintenance } from "#server/store/maintenances.ts";
import { carryOut } from "./carry-out.ts";
import { Etas } from "./etas.ts";
import { type Taken, takenBy } from "./preflight.ts";
import { RunningJob } from "./running-job.ts";
import { goingOut, seenBy } from "./seen.ts";
import { TunnelCounts } from "./tunnel-counts.ts";

/** Clocks and deadlines move without an observation too. */
const TICK_MS = 1_000;
/** Without effect or event only quiet clocks moved; one that is found too old after a crash starts again. */
const SAVE_CLOCKS_EVERY_MS = 10_000;
/** At most so often a second a page hears of a maintenance whose phases stay. */
const PUBLISH_EVERY_MS = 1_000;
/** Closed ones stay on the board's tray for a day. */
const RECENT_MS = 24 * 3_600_000;
const RECENT_MAX = 100;

export interface EngineOptions {
  context: OpsContext;
  store: MaintenanceStore;
  turns: ServerTurns;
  commands: Pick<Commands, "changed" | "isChanging">;
}

/** @param job null: it cannot be read */
export type MaintenanceListener = (summary: MaintenanceSummary, job: Maintenance | null) => void;

export interface JobChange {
  job: Maintenance;
  events: readonly MaintenanceEvent[];
}

interface Entry {
  run: RunningJob;
  etas: Etas;
  published: { atMs: number; text: string; phases: string };
  /** the last fault's words: the same one is not logged with every observation */
  fault: string;
  /** false: its start, or what a person asked of it, is not on the disk yet and may be taken back */
  isStored: boolean;
  /** what people ask, one after the other */
  changes: Lane;
}

export class MaintenanceEngine {
  readonly #options: EngineOptions;
  readonly #open = new Map<string, Entry>();
  readonly #recent = new Map<string, Maintenance>();
  /** open on the disk, but this version cannot read them */
  readonly #unreadable = new Map<string, UnreadableMaintenance>();
  /** over, but their end is not on the disk yet: after a restart they would go on */
  readonly #closing = new Set<RunningJob>();
  readonly #listeners = new Set<MaintenanceListener>();
  readonly #holds = new Map<string, () => void>();
  readonly #running = new Set<Promise<unknown>>();
  readonly #tunnels: TunnelCounts;
  #tick: NodeJS.Timeout | null = null;
  #soon: NodeJS.Immediate | null = null;
  #stopListening: (() => void) | null = null;
  #isStopped = false;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#tunnels = new TunnelCounts(options.context);
  }

  /** Takes up what was open when the app ended, then follows the fleet. */
  async start(): Promise<void> {
    const { context, store } = this.#options;
    const nowMs = context.now();
    const { jobs, unreadable } = await store.open();
    for (const one of unreadable) {
      this.#unreadable.set(one.id, one);
      context.log.error({ maintenance: one.id, why: one.why }, unreadableSummary(one).unreadable);
    }
    for (const stored of jobs) await this.#takeUp(stored, nowMs);
    const recent = await store.list({ isOpen: false, closedSince: nowMs - RECENT_MS, limit: RECENT_MAX });
    for (const job of recent.jobs.reverse()) this.#recent.set(job.id, job);
    this.#stopListening = context.fleet.onPublish(() => this.#wake());
    this.#tick = setInterval(() => {
      for (const run of this.#closing) this.#track(this.#saveQuietly(run));
      this.#wake();
    }, TICK_MS);
    this.#wake();
  }

  /** No new effects; those that run are waited for and their outcome is saved. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopListening?.();
    if (this.#tick !== null) clearInterval(this.#tick);
    if (this.#soon !== null) clearImmediate(this.#soon);
    await this.#tunnels.stop();
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
    for (const run of [...this.#closing, ...[...this.#open.values()].map((entry) => entry.run)])
      await run.save().catch((error: unknown) => this.#logSave(run, error));
    for (const release of this.#holds.values()) release();
    this.#holds.clear();
  }

  /** One that cannot be taken up must not keep the others, and the app, from going on. */
  async #takeUp(stored: Maintenance, nowMs: number): Promise<void> {
    const { log } = this.#options.context;
    try {
      const entry = this.#enter(forgetInFlight(stored, nowMs));
      this.summary(entry.run.job);
      entry.run.change(entry.run.job, [resumed(nowMs)]);
    } catch (error) {
      this.#open.delete(stored.id);
      const { id, createdAtMs, startedBy } = stored;
      const servers = stored.servers.map((server) => server.id);
      const one = { id, createdAtMs, closedAtMs: null, startedBy, servers, why: "it cannot be summed up" };
      this.#unreadable.set(id, one);
      log.error({ err: error, maintenance: id }, unreadableSummary(one).unreadable);
      return;
    }
    const run = this.#open.get(stored.id)?.run;
    if (run !== undefined) await this.#saveQuietly(run);
  }

  jobs(): Maintenance[] {
    return [...this.#open.values()].map(({ run }) => run.job);
  }

  job(id: string): Maintenance | null {
    return this.#open.get(id)?.run.job ?? this.#recent.get(id) ?? null;
  }

  /** Open ones, and those that closed within the last day, oldest first. */
  summaries(): MaintenanceSummary[] {
    this.#forgetOld();
    const readable = this.summariesOf([...this.#recent.values(), ...this.jobs()]);
    return [...readable, ...this.unreadable().map(unreadableSummary)].sort(
      (one, other) => one.createdAt - other.createdAt,
    );
  }

  /** One that is broken is left out (the log says so): the others must be seen. */
  summariesOf(jobs: readonly Maintenance[]): MaintenanceSummary[] {
    return jobs.flatMap((job) => {
      try {
        return [this.summary(job)];
      } catch (error) {
        this.#options.context.log.error({ err: error, maintenance: job.id }, "a maintenance could not be summed up");
        return [];
      }
    });
  }

  summary(job: Maintenance): MaintenanceSummary {
    const { context } = this.#options;
    const etas = this.#open.get(job.id)?.etas.shown() ?? new Map();
    return summarize(job, this.#seen(job), context.now(), etas);
  }

  onChange(listener: MaintenanceListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Entered at once, so that a second one for the same server is refused; resolves when it is on the disk. */
  async insert(job: Maintenance, events: readonly MaintenanceEvent[]): Promise<void> {
    const entry = this.#enter(job);
    entry.isStored = false;
    entry.run.change(job, events);
    try {
      await entry.run.save();
    } catch (error) {
      this.#open.delete(job.id);
      throw error;
    }
    entry.isStored = true;
    this.#wake();
  }

  /**
   * What a person asks for; resolves with the changed job when it is on the disk. Two at once are carried out one after
   * the other. Throws what `apply` throws, and StoreError when it could not be saved: then nothing was changed.
   */
  change(id: string, apply: (job: Maintenance) => JobChange): Promise<Maintenance> {
    const entry = this.#open.get(id);
    if (entry === undefined) throw new Error(`maintenance ${id} is not open`);
    return entry.changes.run(async () => {
      const { job, events } = apply(entry.run.job);
      entry.isStored = false;
      try {
        await entry.run.changeSaved(job, events);
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        const why = error.cause instanceof Error ? error.cause.message : error.message;
        throw new StoreError(
          error.code,
          `Nothing was changed: maintenance ${id} could not be saved (${why}). Make room on the data directory's disk, or make it writable, and try again.`,
          error,
        );
      } finally {
        entry.isStored = true;
      }
      this.#publish(entry, true);
      this.#closeIfOver(entry);
      this.#wake();
      return entry.run.job;
    });
  }

  /** Open ones that cannot be read. */
  unreadable(): UnreadableMaintenance[] {
    return [...this.#unreadable.values()];
  }

  /** Lets go of one that cannot be read: its servers are free again. */
  async letGo(one: UnreadableMaintenance): Promise<MaintenanceSummary> {
    const nowMs = this.#options.context.now();
    await this.#options.store.close(one.id, nowMs);
    this.#unreadable.delete(one.id);
    const summary = unreadableSummary({ ...one, closedAtMs: nowMs });
    for (const listener of this.#listeners) listener(summary, null);
    return summary;
  }

  /** Servers of open maintenances, and whose. */
  taken(): ReadonlyMap<ServerId, Taken> {
    const taken = new Map<ServerId, Taken>();
    for (const { id, startedBy, createdAtMs, servers } of this.#unreadable.values())
      for (const server of servers)
        taken.set(server, {
          maintenanceId: id,
          who: startedBy === "" ? "somebody" : startedBy,
          sinceMs: createdAtMs,
          reason: "it cannot be read: look at the server, then let go of it",
        });
    for (const [server, one] of takenBy(this.jobs())) taken.set(server, one);
    return taken;
  }

  #enter(job: Maintenance): Entry {
    const { store, context } = this.#options;
    const run = new RunningJob(job, store, context.now);
    const entry: Entry = {
      run,
      etas: new Etas(),
      published: { atMs: 0, text: "", phases: "" },
      fault: "",
      isStored: true,
      changes: new Lane(),
    };
    this.#open.set(job.id, entry);
    return entry;
  }

  #seen(job: Maintenance): Seen {
    return seenBy(this.#options.context.fleet, job, this.jobs(), this.#tunnels);
  }

  /** One round for all publications of a moment. */
  #wake(): void {
    if (this.#isStopped || this.#soon !== null) return;
    this.#soon = setImmediate(() => {
      this.#soon = null;
      for (const entry of [...this.#open.values()]) if (entry.isStored) this.#stepSafely(entry);
      this.#holdFast();
      this.#tunnels.refresh(goingOut(this.jobs()));
    });
  }

  #stepSafely(entry: Entry): void {
    try {
      this.#step(entry);
      entry.fault = "";
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      if (words !== entry.fault)
        this.#options.context.log.error(
          { err: error, maintenance: entry.run.id },
          "a maintenance could not be decided",
        );
      entry.fault = words;
    }
  }

  #step(entry: Entry): void {
    const { run, etas } = entry;
    // What one load balancer shows of a click before the next one does is not yet what somebody decided.
    if (run.job.servers.some(({ id, phase }) => !isFinal(phase) && this.#options.commands.isChanging(id))) return;
    const nowMs = this.#options.context.now();
    const seen = this.#seen(run.job);
    const { job, effects, events } = decide(run.job, seen, nowMs);
    run.change(job, events);
    etas.take(job, seen, nowMs);
    this.#publish(entry, events.length > 0);
    if (effects.length > 0) this.#track(this.#carryOut(run, effects));
    else if (events.length > 0 || nowMs - run.savedAtMs >= SAVE_CLOCKS_EVERY_MS) this.#track(this.#saveQuietly(run));
    this.#closeIfOver(entry);
  }

  #closeIfOver({ run }: Entry): void {
    if (run.job.closedAtMs === null) return;
    this.#open.delete(run.id);
    this.#recent.set(run.id, run.job);
    this.#forgetOld();
    this.#closing.add(run);
    this.#track(this.#saveQuietly(run));
  }

  #forgetOld(): void {
    const sinceMs = this.#options.context.now() - RECENT_MS;
    for (const [id, job] of this.#recent)
      if ((job.closedAtMs ?? 0) < sinceMs || this.#recent.size > RECENT_MAX) this.#recent.delete(id);
  }

  async #saveQuietly(run: RunningJob): Promise<void> {
    try {
      await run.save();
      if (run.job.closedAtMs !== null) this.#closing.delete(run);
    } catch (error) {
      this.#logSave(run, error);
    }
  }

  #logSave(run: RunningJob, error: unknown): void {
    this.#options.context.log.error({ err: error, maintenance: run.id }, "a maintenance could not be saved");
  }

  async #carryOut(run: RunningJob, effects: readonly Effect[]): Promise<void> {
    try {
      await run.save();
    } catch (error) {
      this.#logSave(run, error);
      for (const effect of effects) this.#record(run, effect, { outcome: "unsent", process: null, message: "" }, []);
      return;
    }
    const byServer = Map.groupBy(effects, (effect) => effect.server);
    await Promise.all(
      [...byServer].map(([server, list]) =>
        this.#options.turns.run(server, () => Promise.all(list.map((effect) => this.#one(run, effect)))),
      ),
    );
  }

  async #one(run: RunningJob, effect: Effect): Promise<void> {
    const { context, commands } = this.#options;
    const isWanted = () =>
      !this.#isStopped && this.#open.has(run.id) && isStillWanted(run.job, effect, this.#seen(run.job), context.now());
    const { result, event } = await carryOut(context, run.job, effect, isWanted);
    this.#record(run, effect, result, event === null ? [] : [{ ...event, atMs: context.now() }]);
    await this.#saveQuietly(run);
    if (this.#recent.has(run.id)) for (const listener of this.#listeners) listener(this.summary(run.job), run.job);
    if (result.outcome === "done" && effect.kind === "set-state") {
      const { server, adminState } = effect;
      commands.changed({ atMs: context.now(), who: `maintenance of ${run.job.startedBy}`, server, adminState });
    }
    this.#wake();
  }

  #record(
    run: RunningJob,
    effect: Effect,
    result: Parameters<typeof recordOutcome>[2],
    events: readonly MaintenanceEvent[],
  ): void {
    const nowMs = this.#options.context.now();
    run.record((job) => recordOutcome(job, effect, result, nowMs), events);
    // Somebody ended the maintenance while its last command was on its way.
    if (this.#recent.has(run.id)) this.#recent.set(run.id, run.job);
  }

  #publish(entry: Entry, isNews: boolean): void {
    const { run, published } = entry;
    const nowMs = this.#options.context.now();
    const phases = run.job.servers.map((server) => server.phase).join();
    if (!isNews && phases === published.phases && nowMs - published.atMs < PUBLISH_EVERY_MS) return;
    const summary = this.summary(run.job);
    const text = JSON.stringify(summary);
    if (text === published.text) return;
    entry.published = { atMs: nowMs, text, phases };
    for (const listener of this.#listeners) listener(summary, run.job);
  }

  /** Polls fast where a drain, a proof or a return is under way; a machine that is worked on for hours can wait. */
  #holdFast(): void {
    const wanted = new Set<string>();
    for (const { servers } of this.jobs())
      for (const { phase, cells } of servers)
        if (phase === "draining" || phase === "quiet" || phase === "returning")
          for (const lb of Object.keys(cells)) wanted.add(lb);
    for (const [lb, release] of this.#holds) {
      if (wanted.has(lb)) continue;
      release();
      this.#holds.delete(lb);
    }
    for (const lb of wanted) {
      const poller = this.#holds.has(lb) ? undefined : this.#options.context.fleet.poller(lb);
      if (poller !== undefined) this.#holds.set(lb, poller.holdFast());
    }
  }

  #track(work: Promise<unknown>): void {
    const settled = work
      .catch((error: unknown) => {
        this.#options.context.log.error({ err: error }, "a maintenance's work failed in the app itself");
      })
      .finally(() => this.#running.delete(settled));
    this.#running.add(settled);
  }
}

function resumed(atMs: number): MaintenanceEvent {
  const text = "The app was started again; it goes on from what it sees.";
  return { atMs, kind: "note", server: null, lb: null, who: null, text, isAlert: false, data: { code: "resumed" } };
}

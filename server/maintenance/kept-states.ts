// Drain and maint that a person set by a click, or had a maintenance leave behind, are gone after a reload. The wish is remembered with the process that
// confirmed it; when another process shows the server ready, it was lost, and the setting `afterReload` says what now:
// ask (the default: a notice with both answers), re-apply, or leave. Ready is never set again, and servers of an open
// maintenance are its own business. In the same process another state is somebody's decision: the wish is forgotten.
import { type Actor, shownName } from "#lib/auth/actor.ts";
import { isSameProcess } from "#lib/fleet/process.ts";
import type { LoadBalancerView } from "#lib/fleet/view.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import { type Cell, cellsOf, isActive, isFinal, type Maintenance } from "#lib/maintenance/job.ts";
import { forcedStateOf } from "#lib/maintenance/sight.ts";
import { plural } from "#lib/util/format.ts";
import type { LostState } from "#lib/wire/events.ts";
import type { AfterReload } from "#lib/wire/settings.ts";
import { runRequest } from "#server/ops/audited.ts";
import type { Commands, SetDone } from "#server/ops/commands.ts";
import { ProblemError } from "#server/ops/problem-error.ts";
import type { Call, OpsContext } from "#server/ops/verb.ts";
import type { KeptState, KeptStates as KeptStore } from "#server/store/kept-states.ts";
import type { MaintenanceEngine } from "./engine.ts";
import { backendsOf } from "./preflight.ts";

export interface KeptStatesOptions {
  context: OpsContext;
  store: KeptStore;
  commands: Commands;
  engine: Pick<MaintenanceEngine, "jobs" | "onChange">;
  /** asked each time: it can be changed while the app runs */
  afterReload: () => AfterReload;
  newRequestId: () => string;
}

/** Re-applying is the app's own doing, as the configuration asks for it. */
const reloadActor: Actor = {
  kind: "system",
  id: "after-reload",
  name: "after a reload",
  role: "admin",
  backends: null,
};

export class KeptStates {
  readonly #options: KeptStatesOptions;
  readonly #kept = new Map<string, KeptState>();
  readonly #lost = new Map<string, LostState>();
  readonly #listeners = new Set<(lost: LostState[]) => void>();
  readonly #running = new Set<Promise<unknown>>();
  readonly #busy = new Set<string>();
  /** setting it again failed once: a person is asked instead of trying with every observation */
  readonly #refused = new Set<string>();
  /** `keyOf` in maintenances that are not over with all commands: what a server was left in is kept once */
  readonly #ended = new Map<string, Set<string>>();
  readonly #stops: (() => void)[] = [];

  constructor(options: KeptStatesOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { store, commands, context, engine } = this.#options;
    for (const one of await store.all()) this.#kept.set(keyOf(one.lb, one.server), one);
    this.#stops.push(
      commands.onSet((done) => this.#noteSet(done)),
      engine.onChange((_summary, job) => {
        if (job !== null) this.#noteLeft(job);
      }),
      context.fleet.onPublish((_lb, { after }) => this.#look(after)),
    );
  }

  async stop(): Promise<void> {
    for (const end of this.#stops) end();
    await Promise.allSettled(this.#running);
  }

  lost(): LostState[] {
    return [...this.#lost.values()];
  }

  onChange(listener: (lost: LostState[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The load balancer is another one from now on, or gone: what was wished for there means nothing any more. */
  forgetLoadBalancer(lb: string): void {
    for (const kept of [...this.#kept.values()]) if (kept.lb === lb) this.#forget(lb, kept.server);
  }

  /** A person's answer to a notice. Throws ProblemError when there is none (any more). */
  async answer(call: Call, lb: string, server: ServerId, answer: "re-apply" | "keep"): Promise<void> {
    const { commands, context } = this.#options;
    const notice = this.#lost.get(keyOf(lb, server));
    if (notice === undefined)
      throw new ProblemError("unknown-name", `Nothing of ${server} was lost on ${lb}, or somebody answered already.`);
    if (answer === "re-apply") {
      const reason = `lost in a reload of ${lb}; ${meanwhile(notice)}`;
      const input = { server, adminState: notice.was, loadBalancers: [lb], override: true, expect: "ready", reason };
      await commands.setState(call, input);
      return;
    }
    await runRequest(context, call, {
      ...{ action: "states:keep", permission: "server:set-state", backends: backendsOf([server]), target: server },
      reason: `left ready after a reload of ${lb}; ${meanwhile(notice)}`,
      check: () => ({ lb, was: notice.was }),
      act: async () => this.#forget(lb, server),
      after: () => ({ after: "ready" }),
    });
  }

  #noteSet({ call, input, outcomes }: SetDone): void {
    const { context, store } = this.#options;
    for (const { lb, outcome, process } of outcomes) {
      if (outcome !== "done") continue;
      if (input.adminState === "ready" || process === null) {
        this.#forget(lb, input.server);
        continue;
      }
      const old = this.#kept.get(keyOf(lb, input.server));
      const who = call.actor === reloadActor ? (old?.who ?? call.actor.name) : shownName(call.actor);
      const kept: KeptState = {
        ...{ lb, server: input.server, adminState: input.adminState, who, at: context.now() },
        ...{ pid: process.pid, startedAt: process.startedAt },
      };
      this.#kept.set(keyOf(lb, input.server), kept);
      this.#track(store.keep(kept));
      this.#settle(lb, input.server);
    }
  }

  /** What a maintenance leaves in drain or maint is from then on like a click of whoever started it. */
  #noteLeft(job: Maintenance): void {
    const ended = this.#ended.get(job.id) ?? new Set();
    this.#ended.set(job.id, ended);
    for (const { id, phase, cells } of job.servers) {
      if (!isFinal(phase)) continue;
      for (const { lb, confirmed, command } of Object.values(cells)) {
        // Its last command is still on its way: what it leaves is known when that has an outcome.
        if (command?.outcome === null || ended.has(keyOf(lb, id))) continue;
        ended.add(keyOf(lb, id));
        if (confirmed === null || confirmed.adminState === "ready") continue;
        const { adminState, process } = confirmed;
        const row = this.#options.context.fleet.poller(lb)?.row(id);
        // What somebody else set instead is theirs.
        if (row === undefined || forcedStateOf(row.adminBits) !== adminState) continue;
        const { pid, startedAt } = process;
        this.#noteAgain({
          lb,
          server: id,
          adminState,
          pid,
          startedAt,
          who: job.startedBy,
          at: this.#options.context.now(),
        });
      }
    }
    const isOnItsWay = ({ command }: Cell) => command?.outcome === null;
    if (job.closedAtMs !== null && !job.servers.some((one) => cellsOf(one).some(isOnItsWay)))
      this.#ended.delete(job.id);
  }

  #look({ head, servers }: LoadBalancerView): void {
    const { process } = head;
    if (head.error !== null || process === null) return;
    for (const kept of [...this.#kept.values()]) {
      if (kept.lb !== head.name || this.#busy.has(keyOf(kept.lb, kept.server))) continue;
      const row = servers.find((one) => one.id === kept.server);
      if (row === undefined) continue;
      const shown = forcedStateOf(row.adminBits);
      const isSame = isSameProcess(process, kept);
      if (shown === kept.adminState) {
        // A state file brought it back, or somebody set it again.
        if (!isSame) this.#noteAgain({ ...kept, pid: process.pid, startedAt: process.startedAt });
      } else if (isSame || shown !== "ready" || this.#isInJob(kept)) {
        this.#forget(kept.lb, kept.server);
      } else {
        this.#lose(kept);
      }
    }
  }

  #noteAgain(kept: KeptState): void {
    this.#kept.set(keyOf(kept.lb, kept.server), kept);
    this.#track(this.#options.store.keep(kept));
    this.#settle(kept.lb, kept.server);
  }

  /** A maintenance sets its own state again. It has none yet on a queued server, nor ever where it was told to keep out. */
  #isInJob({ lb, server }: KeptState): boolean {
    return this.#options.engine
      .jobs()
      .some(
        ({ options, servers }) =>
          (options.loadBalancers?.includes(lb) ?? true) &&
          servers.some((one) => one.id === server && isActive(one.phase)),
      );
  }

  #lose(kept: KeptState): void {
    const { afterReload, context } = this.#options;
    const key = keyOf(kept.lb, kept.server);
    const { lb, server, adminState: was, who } = kept;
    const before = this.#lost.get(key);
    const sessionsSince = context.fleet.poller(lb)?.model.stot(server) ?? null;
    const notice: LostState = {
      lb,
      server,
      was,
      now: "ready",
      who,
      atMs: before?.atMs ?? context.now(),
      sessionsSince,
    };
    switch (this.#refused.has(key) ? "ask" : afterReload()) {
      case "leave":
        this.#track(this.#sayLeft(notice));
        this.#forget(lb, server);
        return;
      case "re-apply":
        this.#busy.add(key);
        this.#track(
          this.#reapply(notice)
            .catch((error: unknown) => {
              this.#refused.add(key);
              throw error;
            })
            .finally(() => this.#busy.delete(key)),
        );
        return;
      case "ask":
        this.#lost.set(key, notice);
        // The count runs on; a page is told once, and when somebody answered.
        if (before === undefined) this.#tell();
    }
  }

  async #reapply(notice: LostState): Promise<void> {
    const { commands, newRequestId } = this.#options;
    const { lb, server, was, who } = notice;
    const call: Call = { actor: reloadActor, requestId: newRequestId(), via: "system", remoteAddress: null };
    const reason = `${was} set by ${who} was lost in a reload of ${lb}; ${meanwhile(notice)}`;
    await commands.setState(call, {
      server,
      adminState: was,
      loadBalancers: [lb],
      override: true,
      expect: "ready",
      reason,
    });
  }

  async #sayLeft({ lb, server, was, who, sessionsSince }: LostState): Promise<void> {
    const { context, newRequestId } = this.#options;
    await context.audit.event({
      ...{ at: context.now(), requestId: newRequestId(), action: "states:lost", actor: reloadActor, via: "system" },
      ...{ target: server, lb, before: was, after: "ready", reason: `${was} set by ${who} was lost in a reload` },
      detail: { sessionsSince },
    });
  }

  #forget(lb: string, server: ServerId): void {
    this.#refused.delete(keyOf(lb, server));
    if (this.#kept.delete(keyOf(lb, server))) this.#track(this.#options.store.forget(lb, server));
    this.#settle(lb, server);
  }

  #settle(lb: string, server: ServerId): void {
    if (this.#lost.delete(keyOf(lb, server))) this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener(this.lost());
  }

  #track(work: Promise<unknown>): void {
    const settled = work
      .catch((error: unknown) => {
        // A refusal is audited where it was refused; the next observation tries again or asks.
        this.#options.context.log.warn({ err: error }, "a state that a reload took could not be handled");
      })
      .finally(() => this.#running.delete(settled));
    this.#running.add(settled);
  }
}

function keyOf(lb: string, server: ServerId): string {
  return `${lb} ${server}`;
}

function meanwhile({ sessionsSince }: LostState): string {
  return sessionsSince === null
    ? "how many sessions came in meanwhile is not known"
    : `${plural(sessionsSince, "session")} came in meanwhile`;
}

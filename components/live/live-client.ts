// The one connection of a page to the app. First load, reconnect, restart of the app, a gap and a sleep are one code
// path: subscribe, get everything, go on with deltas. The merged view goes into the react-query cache, at most once a frame.
import type { QueryClient } from "@tanstack/react-query";
import { io, type Socket } from "socket.io-client";
import { linkOf } from "#lib/fleet/link.ts";
import { mergeFleet } from "#lib/fleet/merge.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import { serversOfMachine } from "#lib/maintenance/hosts.ts";
import type { MaintenanceSummary } from "#lib/maintenance/summary.ts";
import { decodeSnapshot } from "#lib/wire/codec.ts";
import type { SetStateInput, SetStatesInput, SetStatesResult } from "#lib/wire/commands.ts";
import {
  type ClientToServer,
  type EndReason,
  type HistoryResult,
  type LoadBalancerDelta,
  type LostState,
  type MaintenancePreview,
  type MaintenanceRequest,
  type Scope,
  type ServerToClient,
  SOCKET_PATH,
  type StartMaintenanceInput,
  type SubscribeResult,
} from "#lib/wire/events.ts";
import { authState } from "../shell/auth-state.ts";
import { type Connection, type LiveFleet, liveFleetKey } from "./api.ts";
import { appTime } from "./app-time.ts";
import { AuditFeed } from "./audit-feed.ts";
import { keepAsIs, NOTHING_YET } from "./cache.ts";
import { replaceMaintenances, withMaintenance } from "./maintenances.ts";
import { type Answer, notConnected, type SetStateOutcome, unanswered } from "./outcome.ts";
import { COMMAND_TIMEOUT_MS, MANY_TIMEOUT_MS, PendingStates } from "./pending.ts";
import { reconnectDelayMs } from "./reconnect.ts";
import { Replica } from "./replica.ts";
import { isSameScope, Scopes } from "./scopes.ts";
import { ServerCommands } from "./server-commands.ts";
import { SessionsFeed } from "./sessions-feed.ts";
import { TRACE_SPAN_MS, TRACE_STEP_MS } from "./trace-ring.ts";
import { Traces } from "./traces.ts";

/** Load balancers are polled in the same moments: their deltas arrive together and repaint together. */
const FRAME_MS = 16;
/** A subscribe repaired nothing if the next one is needed at once: the app is spared a loop. */
const MIN_BETWEEN_SUBSCRIBES_MS = 1_000;
const SUBSCRIBE_TIMEOUT_MS = 8_000;
const HISTORY_TIMEOUT_MS = 10_000;
/** A fleet without a load balancer that answers sends nothing, and that is no sign of death: ask. */
const ASK_AFTER_SILENCE_MS = 2_500;
const RESUBSCRIBE_AFTER_SILENCE_MS = 3_000;
const LOST_AFTER_SILENCE_MS = 5_000;
/** A connection that a sleep or a firewall killed without a word: engine.io would notice after its ping timeout only. */
const RECONNECT_AFTER_SILENCE_MS = 10_000;

type LiveSocket = Socket<ServerToClient, ClientToServer>;

export class LiveClient {
  readonly #queryClient: QueryClient;
  readonly #onSignedOut: () => void;
  readonly #socket: LiveSocket;
  /** By name of the load balancer, in configured order. */
  readonly #replica = new Replica();
  readonly #pending = new PendingStates();
  readonly #pendingListeners = new Set<() => void>();
  readonly audit: AuditFeed;
  readonly #scopes = new Scopes();
  readonly traces = new Traces((servers) => this.#history(servers));
  readonly sessions: SessionsFeed;
  readonly commands: ServerCommands;

  #live: LiveFleet = NOTHING_YET;
  #minimums: Record<string, number> = {};
  #build: string | null = null;
  #endReason: EndReason | null = null;
  #isSubscribed = false;
  #isSubscribing = false;
  #isAsking = false;
  #retries = 0;
  #lastSubscribeMono = Number.NEGATIVE_INFINITY;
  #heardMono = 0;
  #heardAtMs = 0;
  #frameTimer: ReturnType<typeof setTimeout> | undefined;
  #subscribeTimer: ReturnType<typeof setTimeout> | undefined;
  #reconnectTimer: ReturnType<typeof setTimeout> | undefined;
  #stopTicking: (() => void) | undefined;

  /** `url` only in tests: a page connects to where it came from. */
  constructor(queryClient: QueryClient, onSignedOut: () => void, url?: string) {
    this.#queryClient = queryClient;
    queryClient.setQueryDefaults(liveFleetKey, keepAsIs);
    this.#onSignedOut = onSignedOut;
    const options = {
      path: SOCKET_PATH,
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      autoConnect: false,
      reconnectionDelay: 500,
      reconnectionDelayMax: 5_000,
      randomizationFactor: 0.5,
      timeout: 10_000,
    };
    this.#socket = url === undefined ? io(options) : io(url, options);
    this.audit = new AuditFeed(this.#socket);
    const ask = <T>(send: () => Promise<Answer<T>>) => this.#ask(send);
    this.sessions = new SessionsFeed(this.#socket, ask);
    this.commands = new ServerCommands(this.#socket, ask);
    this.#listen();
  }

  start(): void {
    this.#heardMono = appTime.mono();
    this.#stopTicking = appTime.subscribe(this.#onSecond);
    document.addEventListener("visibilitychange", this.#onWake);
    window.addEventListener("online", this.#onWake);
    window.addEventListener("pageshow", this.#onPageShow);
    this.#socket.connect();
  }

  stop(): void {
    this.#stopTicking?.();
    document.removeEventListener("visibilitychange", this.#onWake);
    window.removeEventListener("online", this.#onWake);
    window.removeEventListener("pageshow", this.#onPageShow);
    clearTimeout(this.#frameTimer);
    clearTimeout(this.#subscribeTimer);
    clearTimeout(this.#reconnectTimer);
    this.#frameTimer = undefined;
    this.#subscribeTimer = undefined;
    this.traces.stop();
    this.#socket.disconnect();
  }

  /** What a part of the page needs to see; the widest of all that are wanted is asked for, nothing wanted is the fleet. */
  want(scope: Scope): () => void {
    const drop = this.#scopes.add(scope);
    queueMicrotask(this.#followScope);
    return () => {
      drop();
      queueMicrotask(this.#followScope);
    };
  }

  pendingOf(id: ServerId) {
    return this.#pending.get(id);
  }

  readonly watchPending = (listener: () => void): (() => void) => {
    this.#pendingListeners.add(listener);
    return () => this.#pendingListeners.delete(listener);
  };

  async setState(input: SetStateInput): Promise<SetStateOutcome> {
    // socket.io would keep it and send it after a reconnect, when nobody wants it any more
    if (!this.#socket.connected) return notConnected();
    const token = this.#pending.begin(input, this.#live.fleet, appTime.mono());
    this.#notifyPending();
    const result = await this.#socket
      .timeout(COMMAND_TIMEOUT_MS)
      .emitWithAck("server:set-state", input)
      .catch(() => unanswered());
    const outcomes = result.ok ? result.value.outcomes : null;
    this.#pending.answered(input.server, token, outcomes, this.#live.fleet);
    this.#notifyPending();
    if (!result.ok && result.problem.code === "not-signed-in") this.#onSignedOut();
    return result;
  }

  /** Several servers as one action; each carries its mark until it is observed, or its load balancers refused. */
  async setStates(input: SetStatesInput): Promise<Answer<SetStatesResult>> {
    if (!this.#socket.connected) return notConnected();
    const { fleet } = this.#live;
    const servers = input.servers ?? (fleet === null ? [] : serversOfMachine(fleet, input.host ?? ""));
    const { adminState, loadBalancers } = input;
    const tokens = servers.map((server) =>
      this.#pending.begin({ server, adminState, loadBalancers }, fleet, appTime.mono(), MANY_TIMEOUT_MS),
    );
    this.#notifyPending();
    const answer = await this.#ask<SetStatesResult>(() =>
      this.#socket.timeout(MANY_TIMEOUT_MS).emitWithAck("servers:set-state", input),
    );
    for (const [at, server] of servers.entries()) {
      const own = answer.ok ? answer.value.outcomes.filter((one) => one.server === server) : null;
      this.#pending.answered(server, tokens[at] ?? 0, own, this.#live.fleet);
    }
    this.#notifyPending();
    return answer;
  }

  /** Nothing is sent or stored by a plan, so one without an answer is simply asked for again. */
  planMaintenance(input: StartMaintenanceInput): Promise<Answer<MaintenancePreview>> {
    return this.#ask(() => this.#command.emitWithAck("maintenance:plan", input));
  }

  async startMaintenance(input: StartMaintenanceInput): Promise<Answer<MaintenanceSummary>> {
    return this.#keep(await this.#ask(() => this.#command.emitWithAck("maintenance:start", input)));
  }

  async requestMaintenance(id: string, asked: MaintenanceRequest): Promise<Answer<MaintenanceSummary>> {
    return this.#keep(await this.#ask(() => this.#command.emitWithAck("maintenance:request", id, asked)));
  }

  async answerLost({ lb, server }: LostState, answer: "re-apply" | "keep"): Promise<Answer<{ lost: LostState[] }>> {
    const result = await this.#ask<{ lost: LostState[] }>(() =>
      this.#command.emitWithAck("states:answer", { lb, server, answer }),
    );
    if (result.ok) this.#set({ lost: result.value.lost });
    return result;
  }

  /** Sessions of one server over the last `spanMs`; null: not to be had now. */
  async historyOf(server: ServerId, spanMs: number, stepMs: number): Promise<HistoryResult | null> {
    return this.#history([server], spanMs, stepMs);
  }

  get #command() {
    return this.#socket.timeout(COMMAND_TIMEOUT_MS);
  }

  async #ask<T>(send: () => Promise<Answer<T>>): Promise<Answer<T>> {
    if (!this.#socket.connected) return notConnected();
    const answer = await send().catch(() => unanswered());
    if (!answer.ok && answer.problem.code === "not-signed-in") this.#onSignedOut();
    return answer;
  }

  /** The acknowledgement carries the maintenance as it is now: shown at once, whether or not the push came first. */
  #keep(answer: Answer<MaintenanceSummary>): Answer<MaintenanceSummary> {
    if (answer.ok) this.#set({ maintenances: withMaintenance(this.#live.maintenances, answer.value) });
    return answer;
  }

  #listen(): void {
    this.#socket.on("connect", () => {
      this.#heard();
      this.#lastSubscribeMono = Number.NEGATIVE_INFINITY;
      this.#subscribe();
      this.sessions.connected();
    });
    this.#socket.on("disconnect", (reason) => {
      this.#isSubscribed = false;
      this.#setConnection(this.#lost());
      // socket.io comes back by itself unless the app closed it
      if (reason === "io server disconnect") this.#reconnectLater();
    });
    this.#socket.on("connect_error", (error) => {
      if (error.message === "not-signed-in") {
        this.#onSignedOut();
        return;
      }
      // active: socket.io tries again by itself
      if (!this.#socket.active) this.#reconnectLater();
      void this.#askWhetherSignedIn();
    });
    this.#socket.on("connection:ending", (reason) => {
      this.#endReason = reason;
      if (reason === "signed-out") this.#onSignedOut();
    });
    this.#socket.on("fleet:delta", (delta) => this.#onDelta(delta));
    this.#socket.on("fleet:snapshot", (at, snapshot) => {
      appTime.restart(at);
      this.#heard();
      if (!this.#isSubscribed) return;
      this.#replica.replace(decodeSnapshot(snapshot));
      this.#schedulePublish();
    });
    // [W9]
    this.#socket.on("fleet:changed", () => {
      this.#heard();
      this.#subscribe();
    });
    this.#socket.on("change:last", (lastChange) => {
      this.#heard();
      this.#set({ lastChange });
    });
    this.#socket.on("states:lost", (lost) => {
      this.#heard();
      if (this.#isSubscribed) this.#set({ lost });
    });
    this.#socket.on("maintenance:changed", (at, maintenance) => {
      appTime.heard(at);
      this.#heard();
      if (!this.#isSubscribed) return;
      this.#set({ maintenances: withMaintenance(this.#live.maintenances, maintenance) });
    });
  }

  #onDelta(delta: LoadBalancerDelta): void {
    appTime.heard(delta.at);
    this.#heard();
    if (!this.#isSubscribed) return;
    if (this.#replica.apply(delta) === "gap") this.#subscribe();
    else this.#schedulePublish();
  }

  /** [W1] One at a time; a gap that is found meanwhile is repaired by the one under way. */
  #subscribe(): void {
    if (this.#isSubscribing || this.#subscribeTimer !== undefined || !this.#socket.connected) return;
    const waitMs = this.#lastSubscribeMono + MIN_BETWEEN_SUBSCRIBES_MS - appTime.mono();
    if (waitMs > 0) {
      this.#subscribeLater(waitMs);
      return;
    }
    const scope = this.#scopes.widest();
    this.#isSubscribing = true;
    this.#lastSubscribeMono = appTime.mono();
    this.#socket.timeout(SUBSCRIBE_TIMEOUT_MS).emit("fleet:subscribe", scope, (error, answer) => {
      this.#isSubscribing = false;
      // null when it was answered (socket.io's types say Error always)
      if (error) {
        if (this.#socket.connected) this.#reconnectNow();
        return;
      }
      if (answer.ok) {
        this.#onSubscribed(scope, answer.value);
        this.#followScope();
        return;
      }
      if (answer.problem.code === "not-signed-in") this.#onSignedOut();
      else this.#subscribeLater(reconnectDelayMs(this.#retries++, Math.random()));
    });
  }

  #subscribeLater(delayMs: number): void {
    this.#subscribeTimer = setTimeout(() => {
      this.#subscribeTimer = undefined;
      this.#subscribe();
    }, delayMs);
  }

  /** Another scope is wanted than the page has: that is no repair that could loop, so it does not wait. */
  readonly #followScope = (): void => {
    if (!this.#isSubscribed || this.#isSubscribing || isSameScope(this.#live.scope, this.#scopes.widest())) return;
    clearTimeout(this.#subscribeTimer);
    this.#subscribeTimer = undefined;
    this.#lastSubscribeMono = Number.NEGATIVE_INFINITY;
    this.#subscribe();
  };

  #onSubscribed(scope: Scope, result: SubscribeResult): void {
    appTime.restart(result.at);
    this.#replica.replaceAll(result.loadBalancers.map(decodeSnapshot));
    this.#minimums = result.minimums;
    this.#build ??= result.build;
    this.#isSubscribed = true;
    this.#retries = 0;
    this.#endReason = null;
    this.#live = {
      ...this.#live,
      scope,
      me: result.me,
      lastChange: result.lastChange,
      maintenances: replaceMaintenances(this.#live.maintenances, result.maintenances),
      lost: result.lost ?? [],
      isOutdated: this.#build !== result.build,
    };
    this.#heard();
    this.#publish();
    this.traces.refetch();
  }

  #heard(): void {
    this.#heardMono = appTime.mono();
    this.#heardAtMs = appTime.now();
    if (this.#live.connection.kind !== "open" && this.#socket.connected && this.#isSubscribed) {
      this.#setConnection({ kind: "open" });
    }
  }

  #lost(): Connection {
    if (this.#live.connection.kind === "lost" && this.#endReason === this.#live.connection.reason) {
      return this.#live.connection;
    }
    return { kind: "lost", sinceMs: this.#heardAtMs, reason: this.#endReason };
  }

  readonly #onSecond = (): void => {
    if (appTime.takeSleep()) this.#onWake();
    const silentMs = appTime.mono() - this.#heardMono;
    if (silentMs >= LOST_AFTER_SILENCE_MS) this.#setConnection(this.#lost());
    if (this.#socket.connected) {
      if (silentMs >= RECONNECT_AFTER_SILENCE_MS) this.#reconnectNow();
      else if (silentMs >= ASK_AFTER_SILENCE_MS) void this.#askForLife();
    }
    const { fleet } = this.#live;
    const nowMs = appTime.now();
    if (fleet?.loadBalancers.some(({ view, link }) => linkOf(view.head, nowMs) !== link)) this.#publish();
    else if (this.#pending.observe(fleet, appTime.mono())) this.#notifyPending();
    this.traces.advance(this.#live.fleet, nowMs);
  };

  /** Only out of the browser's cache: the pageshow of a first load would cut the connection that is being made. */
  readonly #onPageShow = (event: PageTransitionEvent): void => {
    if (event.persisted) this.#onWake();
  };

  /** The page came back: from sleep, from another tab, from the browser's cache, from a network that was away. */
  readonly #onWake = (): void => {
    if (document.visibilityState === "hidden") return;
    if (!this.#socket.connected) {
      this.#reconnectNow();
      return;
    }
    const slept = appTime.takeSleep();
    if (slept || appTime.mono() - this.#heardMono > RESUBSCRIBE_AFTER_SILENCE_MS) this.#subscribe();
  };

  /** Any answer, even a refusal, proves that the app lives. */
  async #askForLife(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      const answer = await this.#socket
        .timeout(LOST_AFTER_SILENCE_MS)
        .emitWithAck("history:get", { servers: [], spanMs: TRACE_SPAN_MS, stepMs: TRACE_STEP_MS });
      if (answer.ok) appTime.heard(answer.value.at);
      this.#heard();
    } catch {
      // silence goes on, and the second's check draws the conclusion
    } finally {
      this.#isAsking = false;
    }
  }

  async #history(servers: ServerId[], spanMs = TRACE_SPAN_MS, stepMs = TRACE_STEP_MS): Promise<HistoryResult | null> {
    if (!this.#isSubscribed || !this.#socket.connected) return null;
    try {
      const answer = await this.#socket
        .timeout(HISTORY_TIMEOUT_MS)
        .emitWithAck("history:get", { servers, spanMs, stepMs });
      return answer.ok ? answer.value : null;
    } catch {
      return null;
    }
  }

  #reconnectNow(): void {
    clearTimeout(this.#reconnectTimer);
    this.#socket.disconnect();
    this.#socket.connect();
  }

  #reconnectLater(): void {
    clearTimeout(this.#reconnectTimer);
    this.#reconnectTimer = setTimeout(() => this.#socket.connect(), reconnectDelayMs(this.#retries++, Math.random()));
  }

  async #askWhetherSignedIn(): Promise<void> {
    const state = await authState();
    if (state?.signedIn === false) this.#onSignedOut();
  }

  #schedulePublish(): void {
    this.#frameTimer ??= setTimeout(() => this.#publish(), FRAME_MS);
  }

  #publish(): void {
    clearTimeout(this.#frameTimer);
    this.#frameTimer = undefined;
    const fleet = mergeFleet(this.#live.fleet, this.#replica.views(), appTime.now(), this.#minimums);
    if (this.#pending.observe(fleet, appTime.mono())) this.#notifyPending();
    this.#set({ fleet });
  }

  #setConnection(connection: Connection): void {
    const before = this.#live.connection;
    if (before === connection || (before.kind === "open" && connection.kind === "open")) return;
    this.#set({ connection });
  }

  #set(changes: Partial<LiveFleet>): void {
    this.#live = { ...this.#live, ...changes };
    this.#queryClient.setQueryData<LiveFleet>(liveFleetKey, this.#live);
  }

  #notifyPending(): void {
    for (const listener of [...this.#pendingListeners]) listener();
  }
}

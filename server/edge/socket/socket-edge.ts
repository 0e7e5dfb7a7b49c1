// The socket.io edge: rooms, fan-out, commands. Rules in lib/wire/SPEC.md ([W1] to [W8]).
//
// Two kinds of room: `fleet`, and `server:B/S` for a phone that watches one server and is not sent the fleet. A room's
// message is encoded once for all its members; a snapshot once a revision.
import type { Server as HttpServer, IncomingMessage } from "node:http";
import { Server, type Socket } from "socket.io";
import { z } from "zod";
import { type Actor, isSameAccess } from "#lib/auth/actor.ts";
import { can, couldEver, leastRole } from "#lib/auth/permissions.ts";
import type { LoadBalancerView } from "#lib/fleet/view.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import { diff, encodeSnapshot } from "#lib/wire/codec.ts";
import { lostAnswerSchema, serverIdSchema } from "#lib/wire/commands.ts";
import {
  type Ack,
  type ClientToServer,
  type EncodedSnapshot,
  type EndReason,
  type Scope,
  type ServerToClient,
  SOCKET_PATH,
  type SocketCommand,
  type SubscribeResult,
  socketPermissions,
  socketReads,
} from "#lib/wire/events.ts";
import { HISTORY_MAX_POINTS, HISTORY_MAX_SERVERS, SOCKET_MESSAGE_BYTES } from "#lib/wire/limits.ts";
import type { Problem } from "#lib/wire/problem.ts";
import type { Auth } from "#server/auth/auth.ts";
import { type Credential, whoOf } from "#server/auth/principal.ts";
import type { Fleet } from "#server/fleet/fleet.ts";
import type { Publication } from "#server/fleet/poller.ts";
import type { Log } from "#server/log.ts";
import type { KeptStates } from "#server/maintenance/kept-states.ts";
import { type Commands, parsed } from "#server/ops/commands.ts";
import { ProblemError } from "#server/ops/problem-error.ts";
import type { Call } from "#server/ops/verb.ts";
import { nobody } from "#server/store/audit-attempts.ts";
import { StoreError } from "#server/store/errors.ts";
import { auditFeed, type SocketAudit } from "./audit-feed.ts";
import { Budgets, MAX_SOCKETS_OF_ONE, refuseBorrowedIds } from "./connections.ts";
import { maintenanceEvents, type SocketMaintenances } from "./maintenance-events.ts";
import { type ServerEventsOptions, serverEvents } from "./server-events.ts";
import { cutNow, isTooSlow, SLOW_LIMITS, type SlowLimits } from "./slow.ts";

const FLEET_ROOM = "fleet";
/** How often who may stay connected is asked again, from the store: what nobody tells (an expiry) is noticed that soon. */
const RECHECK_MS = 800;

interface SocketData {
  actor: Actor;
}

export type Client = Socket<ClientToServer, ServerToClient, Record<string, never>, SocketData>;
export type Io = Server<ClientToServer, ServerToClient, Record<string, never>, SocketData>;

export interface SocketEdgeOptions {
  httpServer: HttpServer;
  fleet: Fleet;
  commands: Commands;
  maintenances: SocketMaintenances;
  /** sessions, diagnosis and controls of one server; left out where only the fleet is sent */
  servers?: Pick<ServerEventsOptions, "commands" | "lists" | "diagnose">;
  /** what reloads took; left out where nothing is kept */
  keptStates?: KeptStates;
  /** the ones that pages and REST use */
  auth: Pick<Auth, "credential" | "credentialKey" | "presentedKey" | "onChange">;
  /** followed by pages; and for what is refused at the door: a verb audits its own refusals */
  audit: SocketAudit;
  originAllowed: (request: IncomingMessage) => boolean;
  /** of the client, for the audit */
  addressOf: (request: IncomingMessage) => string;
  newRequestId: () => string;
  build: string;
  log: Log;
  now: () => number;
  slowLimits?: SlowLimits;
}

export interface SocketEdge {
  readonly io: Io;
  stop(): Promise<void>;
}

const scopeSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("fleet") }),
  z.strictObject({ kind: z.literal("server"), id: serverIdSchema }),
]);

const historySchema = z
  .strictObject({
    servers: z.array(serverIdSchema).max(HISTORY_MAX_SERVERS),
    spanMs: z.int().min(1_000).max(86_400_000),
    stepMs: z.int().min(1_000).max(3_600_000).multipleOf(1_000),
  })
  .refine(
    (request) => request.spanMs / request.stepMs <= HISTORY_MAX_POINTS,
    `asks for more than ${HISTORY_MAX_POINTS} steps`,
  );

export function createSocketEdge(options: SocketEdgeOptions): SocketEdge {
  const { fleet, commands, log, now, slowLimits = SLOW_LIMITS } = options;
  const io: Io = new Server(options.httpServer, {
    path: SOCKET_PATH,
    serveClient: false,
    // performance.md: deflating costs 40 times the CPU of sending
    perMessageDeflate: false,
    httpCompression: false,
    maxHttpBufferSize: SOCKET_MESSAGE_BYTES,
    pingInterval: 10_000,
    pingTimeout: 8_000,
    // a connection that never says who it is holds a slot no longer than this
    connectTimeout: 5_000,
    allowRequest(request, answer) {
      const isAllowed = options.originAllowed(request);
      if (!isAllowed) fromElsewhere(request).catch((error: unknown) => log.error({ err: error }, "not audited"));
      answer(null, isAllowed);
    },
  });
  const encoded = new Map<string, { view: LoadBalancerView; bytes: EncodedSnapshot }>();

  const { keptStates } = options;
  const jobs = maintenanceEvents({ maintenances: options.maintenances, now, answer });
  const feed = auditFeed({ audit: options.audit, now, answer });
  const servers = options.servers === undefined ? null : serverEvents({ ...options.servers, log, answer });

  const budgets = new Budgets();
  refuseBorrowedIds(io, options.auth.presentedKey);
  io.use((socket, next) => {
    if (!budgets.take(socket.conn, now())) {
      socket.conn.close();
      return;
    }
    letIn(socket).then(
      (isIn) => next(isIn ? undefined : new Error("not-signed-in")),
      (error: unknown) => {
        log.error({ err: error }, "a socket could not be checked");
        next(new Error("internal"));
      },
    );
  });
  io.on("connection", connected);
  const stopListening = fleet.onPublish(published);
  const stopFleetChanges = fleet.onChange(() => {
    encoded.clear();
    io.emit("fleet:changed");
  });
  const stopChanges = commands.onChange((change) => io.emit("change:last", change));
  const stopJobs = jobs.publish(io, FLEET_ROOM, (id) => roomOf({ kind: "server", id }));
  const stopFeed = feed.publish(io);
  const stopServers = servers?.publish(io);
  const stopAccess = options.auth.onChange(() => void recheck());
  let isSweeping = false;
  let isAsked = false;
  const stopLost = keptStates?.onChange((lost) => io.emit("states:lost", lost));
  const sweep = setInterval(() => void recheck(), RECHECK_MS);

  function connected(socket: Client): void {
    socket.use((_event, next) => {
      if (budgets.take(socket.conn, now())) return next();
      end(socket, "too-many-messages");
    });
    socket.on("fleet:subscribe", (scope, ack) => {
      answer(socket, "fleet:subscribe", ack, ({ actor }) => subscribe(socket, actor, parsed(scopeSchema, scope)));
    });
    socket.on("fleet:unsubscribe", () => leaveAll(socket));
    socket.on("history:get", (request, ack) => {
      answer(socket, "history:get", ack, () => {
        const { servers, spanMs, stepMs } = parsed(historySchema, request);
        return { at: now(), stepMs, servers: fleet.history(servers, spanMs, stepMs) };
      });
    });
    socket.on("server:set-state", (input, ack) => {
      answer(socket, "server:set-state", ack, (call) => commands.setState(call, input));
    });
    socket.on("servers:set-state", (input, ack) => {
      answer(socket, "servers:set-state", ack, (call) => commands.setStates(call, input));
    });
    jobs.connected(socket);
    feed.connected(socket);
    servers?.connected(socket);
    socket.on("states:answer", (request, ack) => {
      answer(socket, "states:answer", ack, async (call) => {
        const { lb, server, answer: said } = parsed(lostAnswerSchema, request);
        await keptStates?.answer(call, lb, server, said);
        return { lost: keptStates?.lost() ?? [] };
      });
    });
  }

  async function letIn(socket: Client): Promise<boolean> {
    const credential = await options.auth.credential(socket.request);
    if (credential.kind !== "good" || !can(credential.actor, "fleet:read")) {
      await refused(socket.request, options.newRequestId(), credential, "connect", "The socket was not opened.");
      return false;
    }
    if (openOf(credential.actor) >= MAX_SOCKETS_OF_ONE) {
      const why = `More than ${MAX_SOCKETS_OF_ONE} connections at once.`;
      await refused(socket.request, options.newRequestId(), credential, "connect", why);
      return false;
    }
    socket.data.actor = credential.actor;
    return true;
  }

  function openOf({ kind, id }: Actor): number {
    let count = 0;
    for (const { data } of io.sockets.sockets.values()) if (data.actor.id === id && data.actor.kind === kind) count++;
    return count;
  }

  /** Who asks is asked again, and what they may, with every command: never what the connection knew when it opened. */
  async function callOf(socket: Client, command: SocketCommand, requestId: string): Promise<Call> {
    const credential = await options.auth.credential(socket.request);
    const permission = socketPermissions[command];
    if (credential.kind !== "good") {
      const problem = new ProblemError("not-signed-in", "You are signed out. Sign in again.");
      await refused(socket.request, requestId, credential, command, problem.message);
      throw problem;
    }
    const { actor } = credential;
    const isOnlyShown = actor.kind === "wall" && !socketReads.includes(command);
    if (isOnlyShown || !couldEver(actor, permission)) {
      const problem = new ProblemError(
        "not-allowed",
        `${actor.name} may not do this (${permission}): it needs role ${leastRole(permission)}. Ask an admin.`,
      );
      await refused(socket.request, requestId, credential, command, problem.message);
      throw problem;
    }
    return { actor, requestId, via: "socket", remoteAddress: options.addressOf(socket.request) };
  }

  async function fromElsewhere(request: IncomingMessage): Promise<void> {
    const credential = await options.auth.credential(request);
    const why = "The connection comes from a page of another site.";
    await refused(request, options.newRequestId(), credential, "connect", why);
  }

  async function refused(
    request: IncomingMessage,
    requestId: string,
    credential: Credential,
    asked: SocketCommand | "connect",
    answer: string,
  ): Promise<void> {
    await options.audit.attempt({
      ...{
        at: now(),
        requestId,
        action: "socket:refused",
        via: "socket",
        outcome: "denied",
        answer: `${asked}: ${answer}`,
      },
      ...{ actor: whoOf(credential) ?? nobody, remoteAddress: options.addressOf(request) },
      detail: { asked, credential: credential.kind },
    });
  }

  /** [W1] One synchronous block: no publication falls between joining and the snapshot. */
  function subscribe(socket: Client, actor: Actor, scope: Scope): SubscribeResult {
    leaveAll(socket);
    void socket.join(roomOf(scope));
    const views = fleet.views();
    return {
      at: now(),
      loadBalancers: views.map((view) =>
        scope.kind === "fleet" ? snapshotOf(view) : encodeSnapshot(narrowed(view, scope.id)),
      ),
      lastChange: commands.lastChange(),
      me: { kind: actor.kind, id: actor.id, name: actor.name, role: actor.role, backends: actor.backends },
      build: options.build,
      minimums: { ...fleet.minimums },
      maintenances: jobs.of(scope),
      lost: keptStates?.lost() ?? [],
    };
  }

  function snapshotOf(view: LoadBalancerView): EncodedSnapshot {
    const known = encoded.get(view.head.name);
    if (known?.view === view) return known.bytes;
    const bytes = encodeSnapshot(view);
    encoded.set(view.head.name, { view, bytes });
    return bytes;
  }

  function published(_lb: string, { before, after, isNewEpoch }: Publication): void {
    const rooms = io.sockets.adapter.rooms;
    if (rooms.has(FLEET_ROOM)) {
      if (isNewEpoch) io.to(FLEET_ROOM).emit("fleet:snapshot", now(), snapshotOf(after));
      else io.to(FLEET_ROOM).emit("fleet:delta", diff(before, after, now()));
    }
    for (const room of rooms.keys()) {
      const id = serverOfRoom(room);
      if (id === null) continue;
      if (isNewEpoch) io.to(room).emit("fleet:snapshot", now(), encodeSnapshot(narrowed(after, id)));
      else io.to(room).emit("fleet:delta", diff(narrowed(before, id), narrowed(after, id), now()));
    }
    for (const socket of io.sockets.sockets.values()) if (isTooSlow(socket.conn, slowLimits)) end(socket, "too-slow");
  }

  /** Asks once a credential, however many pages one login has open; never two sweeps at once. */
  async function recheck(): Promise<void> {
    isAsked = true;
    if (isSweeping) return;
    isSweeping = true;
    while (isAsked) {
      isAsked = false;
      await sweepOnce();
    }
    isSweeping = false;
  }

  async function sweepOnce(): Promise<void> {
    const known = new Map<string, Promise<Actor | null | undefined>>();
    for (const socket of [...io.sockets.sockets.values()]) {
      const key = options.auth.credentialKey(socket.request);
      const asked = known.get(key) ?? actorNow(socket.request);
      known.set(key, asked);
      const actor = await asked;
      if (actor === undefined) continue;
      if (actor === null || !can(actor, "fleet:read")) end(socket, "signed-out");
      else if (!isSameAccess(actor, socket.data.actor)) end(socket, "access-changed");
    }
  }

  /** undefined: the store could not be asked now; who was let in stays until it can */
  async function actorNow(request: IncomingMessage): Promise<Actor | null | undefined> {
    try {
      const credential = await options.auth.credential(request);
      return credential.kind === "good" ? credential.actor : null;
    } catch (error) {
      log.error({ err: error }, "who is connected could not be checked again");
      return undefined;
    }
  }

  function end(socket: Client, reason: EndReason): void {
    log.info({ reason, person: socket.data.actor.name }, "a browser's connection is ended");
    socket.emit("connection:ending", reason);
    // A client that is too slow never reads the reason: its connection is torn down, not drained.
    if (reason === "too-slow") cutNow(socket.conn);
    else socket.disconnect(true);
  }

  function answer<T>(socket: Client, command: SocketCommand, ack: Ack<T>, work: (call: Call) => T | Promise<T>): void {
    if (typeof ack !== "function") {
      // Nobody listens for the answer: not our page. The bucket bounds how often.
      log.info({ person: socket.data.actor.name }, "a socket message without an acknowledgement was ignored");
      return;
    }
    const requestId = options.newRequestId();
    const failed = async (error: unknown) => {
      const problem = problemOf(error, requestId);
      // Rubbish never reaches a verb that would audit it.
      if (problem.code === "malformed" && !socketReads.includes(command))
        await refused(
          socket.request,
          requestId,
          await options.auth.credential(socket.request),
          command,
          problem.detail,
        );
      ack({ ok: false, problem });
    };
    callOf(socket, command, requestId)
      .then((call) => {
        const value = work(call);
        if (value instanceof Promise) return value.then((result) => ack({ ok: true, value: result }));
        // [W1] At once: the acknowledgement with the snapshot must not come after a delta that follows it.
        ack({ ok: true, value });
      })
      .catch(failed)
      .catch((error: unknown) => log.error({ err: error, requestId }, "a socket message could not be answered"));
  }

  function problemOf(error: unknown, requestId: string): Problem {
    if (error instanceof ProblemError) return error.problem(requestId);
    log.error({ err: error, requestId }, "a socket request failed in the app itself");
    if (error instanceof StoreError) return new ProblemError("internal", error.message).problem(requestId);
    return new ProblemError("internal", `The app failed at this. Request ${requestId} is in its log.`).problem(
      requestId,
    );
  }

  return {
    io,
    async stop() {
      clearInterval(sweep);
      stopAccess();
      stopListening();
      stopFleetChanges();
      stopChanges();
      stopJobs();
      stopFeed();
      stopServers?.();
      stopLost?.();
      io.emit("connection:ending", "shutting-down");
      // Not io.close(): that also closes the port and waits for every connection on it. A browser whose transport closes
      // connects again by itself; one that is disconnected by name would not.
      io.engine.close();
    },
  };
}

function roomOf(scope: Scope): string {
  return scope.kind === "fleet" ? FLEET_ROOM : `server:${scope.id}`;
}

function serverOfRoom(room: string): ServerId | null {
  return room.startsWith("server:") ? room.slice("server:".length) : null;
}

function leaveAll(socket: Client): void {
  for (const room of socket.rooms) {
    if (room === FLEET_ROOM || serverOfRoom(room) !== null) void socket.leave(room);
  }
}

/** The same load balancer with one server only; epoch and revisions stay those of the whole. */
function narrowed(view: LoadBalancerView, id: ServerId): LoadBalancerView {
  const servers = view.servers.filter((row) => row.id === id);
  const backend = servers[0]?.backend;
  return { ...view, servers, backends: view.backends.filter((row) => row.backend === backend) };
}

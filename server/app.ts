// The composition root: the one place that makes the parts and ties them together. Tests make an app the same way.
import { randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Auth, createAuth } from "./auth/auth.ts";
import { createOidc } from "./auth/oidc/oidc.ts";
import { tellOfUnnamedProxy } from "./auth/unnamed-proxy.ts";
import { wayInOf } from "./auth/way-in.ts";
import { CertificateWatch, readCertificate, type TlsFiles } from "./certificate.ts";
import type { NamedAddress } from "./config/load-balancers.ts";
import type { Config } from "./config.ts";
import { fleetRoutes } from "./edge/http/fleet-routes.ts";
import { createHttpEdge, httpServerOptions } from "./edge/http/http-edge.ts";
import { lostStateRoutes } from "./edge/http/lost-state-routes.ts";
import { maintenanceRoutes } from "./edge/http/maintenance-routes.ts";
import { persistenceRoutes } from "./edge/http/persistence-routes.ts";
import type { Route } from "./edge/http/route.ts";
import { serverRoutes } from "./edge/http/server-routes.ts";
import { settingsRoutes } from "./edge/http/settings-routes.ts";
import { refuseOtherUpgrades } from "./edge/socket/connections.ts";
import type { SlowLimits } from "./edge/socket/slow.ts";
import { createSocketEdge, type SocketEdge } from "./edge/socket/socket-edge.ts";
import { Fleet } from "./fleet/fleet.ts";
import { type LoadBalancerParts, makePoller } from "./fleet/make-poller.ts";
import { SessionLists } from "./fleet/session-lists.ts";
import type { Log } from "./log.ts";
import { diagnoser } from "./maintenance/diagnose.ts";
import { MaintenanceEngine } from "./maintenance/engine.ts";
import { KeptStates } from "./maintenance/kept-states.ts";
import { createMaintenances, type Maintenances } from "./maintenance/maintenances.ts";
import { leavingServers } from "./maintenance/seen.ts";
import { type Commands, createCommands } from "./ops/commands.ts";
import { createProbe } from "./ops/probe.ts";
import { ProblemError } from "./ops/problem-error.ts";
import { createServerCommands } from "./ops/server-commands.ts";
import { ServerTurns } from "./ops/server-turns.ts";
import type { OpsContext } from "./ops/verb.ts";
import { persistenceReader } from "./probe/persistence.ts";
import { ProbeSettings } from "./probe/settings.ts";
import { startRetention } from "./retention.ts";
import { plaintextWarning } from "./runtime/address.ts";
import type { ExchangeLimits } from "./runtime/transport.ts";
import { BackendSettings, EffectiveBackends } from "./settings/backends.ts";
import { addressOf, foundBeside, type KnownLoadBalancer, usableOf } from "./settings/given.ts";
import { LoadBalancerSettings } from "./settings/load-balancers.ts";
import { exchangeWithFiles } from "./settings/tls-on-demand.ts";
import type { StoredLoadBalancer } from "./store/load-balancers.ts";
import { openStore, type Store } from "./store/store.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** After SIGTERM everything is closed within 5 s; a browser that keeps its connection is not waited for that long. */
const DRAIN_CONNECTIONS_MS = 1_000;

export interface AppOverrides {
  log: Log;
  now?: () => number;
  random?: () => number;
  /** tests without pages give null: then only REST and the socket are served */
  pages?: Pages | null;
  /** how long HAProxy may take; tests of a frozen one do not wait for the usual seconds */
  runtimeLimits?: Partial<ExchangeLimits>;
  slowLimits?: SlowLimits;
}

export type Pages = (req: IncomingMessage, res: ServerResponse) => Promise<void> | void;

export interface App {
  readonly fleet: Fleet;
  readonly commands: Commands;
  readonly maintenances: Maintenances;
  readonly keptStates: KeptStates;
  readonly auth: Auth;
  readonly store: Store;
  /** what it answers besides pages; empty before start() */
  routes(): readonly Route[];
  /** null: it does not speak TLS itself */
  readonly certificate: CertificateWatch | null;
  /** Resolves when it serves. Throws StartError with one sentence. */
  start(): Promise<{ url: string }>;
  stop(): Promise<void>;
}

export class StartError extends Error {
  readonly code = "start";
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "StartError";
  }
}

/** Opens the store and makes every part; nothing polls or listens before start(). Throws StoreError. */
export async function createApp(config: Config, overrides: AppOverrides): Promise<App> {
  const { log } = overrides;
  const now = overrides.now ?? Date.now;
  const random = overrides.random ?? Math.random;
  const store = await openStore({ dataDir: config.dataDir, log });
  const closedAtStart = await store.audit.closeUnknown(now());
  if (closedAtStart > 0)
    log.warn({ count: closedAtStart }, "changes under way when the app stopped last are closed as unknown");

  const trustedProxies = config.trustedProxies ?? [];
  const believed = wayInOf({
    ...{ publicUrl: config.publicUrl, trustedProxies },
    forwardedHeaders: config.forwardedHeaders ?? "x-forwarded",
  });
  const ways = tellOfUnnamedProxy(believed, trustedProxies, log);
  const auth = await createAuth({
    store,
    log,
    wayInOf: ways,
    adminPassword: config.adminPassword,
    adminToken: config.adminToken,
    identityHeader: config.identityHeader ?? null,
    now,
  });
  const oidc =
    config.oidc === undefined
      ? null
      : createOidc({ config: config.oidc, auth, store, wayInOf: ways, publicUrl: config.publicUrl, log, now });
  const parts = { log, now, random, limits: overrides.runtimeLimits ?? {}, pollMs: config.pollMs };
  const stored = await store.loadBalancers.all();
  const given = givenOf(config, stored);
  const pollerOf = (lb: StoredLoadBalancer) => makePoller(partsOf(lb), parts);
  const backends = await EffectiveBackends.load(store, config);
  const fleet = new Fleet({
    pollers: [...given.map((lb) => makePoller(lb, parts)), ...usableOf(given, stored).map(pollerOf)],
    minimums: backends.minimums(),
    now,
  });
  const context: OpsContext = {
    ...{ fleet, audit: store.audit, log, now },
    actorNow: (actor) => auth.actorNow(actor),
    leaving: () => leavingServers(null, engine.jobs()),
    claims: () => engine.taken(),
  };
  const turns = new ServerTurns();
  const commands = await createCommands(context, turns);
  const lists = new SessionLists({ fleet, now });
  const servers = {
    commands: createServerCommands(context, turns, lists),
    ...{ lists, diagnose: diagnoser({ fleet, lists, now }) },
  };
  const engine: MaintenanceEngine = new MaintenanceEngine({ context, store: store.maintenances, turns, commands });
  const maintenances = createMaintenances({ context, engine, store: store.maintenances, quietOf: backends.quietOf });
  const keptStates = new KeptStates({
    ...{ context, store: store.keptStates, commands, engine, newRequestId: randomUUID },
    afterReload: backends.afterReload,
  });
  const tlsServer =
    config.tls === undefined ? null : createTlsServer({ ...httpServerOptions, ...certificateOf(config.tls) });
  const httpServer = tlsServer ?? createServer(httpServerOptions);
  const certificate =
    tlsServer === null || config.tls === undefined ? null : new CertificateWatch(tlsServer, config.tls, log);
  const loadBalancerSettings = new LoadBalancerSettings({
    ...{ context, store: store.loadBalancers, given, stored, makePoller: pollerOf, jobs: () => engine.jobs() },
    taken: () => engine.taken(),
    forget: (lb) => keptStates.forgetLoadBalancer(lb),
  });
  const backendSettings = new BackendSettings({ context, store, effective: backends });
  const probeSettings = new ProbeSettings({
    context,
    store: store.probeSettings,
    stored: await store.probeSettings.all(),
  });
  const persistence = {
    ...{ read: persistenceReader({ fleet, now }), settings: probeSettings },
    probe: createProbe(context, probeSettings),
  };
  const connections = connectionsOf(httpServer);
  let isServing = false;
  let socketEdge: SocketEdge | null = null;
  let stopRetention = async () => {};
  let routes: readonly Route[] = [];

  async function start(): Promise<{ url: string }> {
    let pages: Pages = stillStarting;
    const edge = createHttpEdge({
      auth,
      store,
      log,
      routes: [
        ...fleetRoutes({ fleet, commands, claims: maintenances.claims, now }),
        ...serverRoutes(servers),
        ...maintenanceRoutes(maintenances),
        ...lostStateRoutes(keptStates),
        ...persistenceRoutes(persistence),
        ...settingsRoutes({ loadBalancers: loadBalancerSettings, backends: backendSettings }),
      ],
      nextHandler: (req, res) => pages(req, res),
      publicUrl: config.publicUrl,
      wayInOf: ways,
      oidc,
      isDev: process.env.NODE_ENV === "development",
      readiness: () => (isServing ? { ready: true } : { ready: false, why: "the app is starting or stopping" }),
      problemOf: (error) => (error instanceof ProblemError ? error.problem() : null),
      now,
    });
    httpServer.on("request", edge.handle);
    // Next reloads pages over one of its own while they are developed.
    if (process.env.NODE_ENV !== "development") refuseOtherUpgrades(httpServer);
    routes = edge.routes;
    socketEdge = createSocketEdge({
      httpServer,
      fleet,
      commands,
      maintenances,
      servers,
      keptStates,
      ...{ auth, audit: store.audit },
      originAllowed: edge.originAllowed,
      addressOf: (request) => ways(request).address,
      newRequestId: randomUUID,
      build: buildId(),
      log,
      now,
      ...(overrides.slowLimits === undefined ? {} : { slowLimits: overrides.slowLimits }),
    });
    // First of all the port: a mistake there is told at once, not after the pages were made ready.
    const address = await listen(httpServer, config.listen);
    await keptStates.start();
    fleet.start();
    await engine.start();
    pages = (overrides.pages === undefined ? await nextPages(config, httpServer) : overrides.pages) ?? noPages;
    for (const warning of fleet.pollers.map(({ name, client }) => plaintextWarning(name, client.address))) {
      if (warning !== null) log.warn(warning);
    }
    certificate?.start();
    stopRetention = startRetention({ audit: store.audit, keepDays: config.auditKeepDays ?? null, now, log });
    isServing = true;
    return { url: `${tlsServer === null ? "http" : "https"}://${hostPort(config.listen.host, address.port)}` };
  }

  async function stop(): Promise<void> {
    isServing = false;
    certificate?.stop();
    await socketEdge?.stop();
    // Before the fleet: what is on its way is looked at once more.
    await engine.stop();
    await keptStates.stop();
    await fleet.stop();
    await closeServer(httpServer, connections);
    await stopRetention();
    await store.close();
  }

  return { fleet, commands, maintenances, keptStates, auth, store, certificate, routes: () => routes, start, stop };
}

/** Named at the start. Sockets that were only found make room for those of the settings. */
function givenOf(config: Config, stored: readonly StoredLoadBalancer[]): (KnownLoadBalancer & NamedAddress)[] {
  const source = config.loadBalancersFrom;
  const named = source === "found" ? foundBeside(config.loadBalancers, stored) : config.loadBalancers;
  return named.map((lb) => ({
    ...lb,
    master: config.masters.find((one) => one.name === lb.name)?.address ?? null,
    source,
  }));
}

function partsOf({ name, address, master, tls }: StoredLoadBalancer): LoadBalancerParts {
  const parsed = addressOf(address);
  if (parsed === null) throw new Error(`the stored address of ${name} is not one`);
  return {
    ...{ name, address: parsed, master: master === null ? null : addressOf(master) },
    ...(tls === null ? {} : { exchange: exchangeWithFiles(tls) }),
  };
}

async function nextPages(config: Config, httpServer: Server) {
  if (process.env.NODE_ENV === "production" && buildId() === "none") {
    throw new StartError("The pages are not built. Run: npm run build");
  }
  const { default: next } = await import("next");
  const pages = next({
    dev: process.env.NODE_ENV !== "production",
    dir: ROOT,
    httpServer,
    hostname: config.listen.host,
    port: config.listen.port,
  });
  await pages.prepare();
  return pages.getRequestHandler();
}

function stillStarting(_req: IncomingMessage, res: ServerResponse): void {
  res.writeHead(503, { "retry-after": "1", "content-type": "text/plain" }).end("Drainboard is starting.\n");
}

function noPages(_req: IncomingMessage, res: ServerResponse): void {
  res.writeHead(404).end();
}

/** Changes with every build; an open page of another build is told to reload. */
function buildId(): string {
  const file = join(ROOT, process.env.NEXT_DIST_DIR ?? ".next", "BUILD_ID");
  return existsSync(file) ? readFileSync(file, "utf8").trim() : "none";
}

function certificateOf(files: TlsFiles) {
  try {
    return readCertificate(files);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StartError(`The certificate ${files.cert} and its key ${files.key} cannot be used (${why}).`, error);
  }
}

function listen(server: Server, where: { host: string; port: number }): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(new StartError(listenSentence(where, error), error)));
    server.listen(where.port, where.host, () => resolve(server.address() as AddressInfo));
  });
}

function listenSentence(where: { host: string; port: number }, error: NodeJS.ErrnoException): string {
  const text = hostPort(where.host, where.port);
  switch (error.code) {
    case "EADDRINUSE":
      return `Another program already listens on ${text}. Stop it, or choose another port with --listen ${hostPort(where.host, where.port + 1)}`;
    case "EACCES":
      return `No permission to listen on ${text}: ports below 1024 need root. Choose another one with --listen ${hostPort(where.host, 3000)}`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `This machine has no address ${where.host}. Use --listen 127.0.0.1:${where.port}, or 0.0.0.0:${where.port} for all its addresses.`;
    default:
      return `Cannot listen on ${text} (${error.code ?? error.message}).`;
  }
}

function hostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** All of them, web sockets too: closeAllConnections() does not know those. */
function connectionsOf(server: Server): ReadonlySet<Socket> {
  const open = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  return open;
}

function closeServer(server: Server, connections: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      for (const socket of connections) socket.destroy();
    }, DRAIN_CONNECTIONS_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}

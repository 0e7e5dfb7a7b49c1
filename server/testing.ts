// The whole app without its pages, in this process: a port of its own, a data directory of its own, and a client that
// sends exactly what it is told. Ended by the test that started it.
import { type IncomingHttpHeaders, request } from "node:http";
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import { onTestFinished } from "vitest";
import { until } from "#lab/net.ts";
import type { ClientToServer, ServerToClient } from "#lib/wire/events.ts";
import { SOCKET_PATH } from "#lib/wire/events.ts";
import { type App, type AppOverrides, createApp } from "./app.ts";
import type { BackendConfig, Config } from "./config.ts";
import { silentLog } from "./log.ts";
import { parseAddress } from "./runtime/address.ts";
import type { TlsSettings } from "./runtime/transport.ts";
import { tempDir } from "./store/testing/temp-dir.ts";

export const ADMIN_TOKEN = "provisioning-token-of-tests";
export const ADMIN_PASSWORD = "correct horse battery";

export interface TestAppOptions extends Partial<AppOverrides> {
  /** address by name */
  loadBalancers?: Record<string, string>;
  masters?: Record<string, string>;
  /** by load balancer */
  tls?: Record<string, TlsSettings>;
  backends?: Record<string, BackendConfig>;
  afterReload?: Config["afterReload"];
  oidc?: Config["oidc"];
  identityHeader?: Config["identityHeader"];
  trustedProxies?: Config["trustedProxies"];
  pollMs?: number;
  /** for signIn(); left out, because hashing it takes longer than most tests */
  adminPassword?: string;
  /** default a new one; kept when given */
  dataDir?: string;
  port?: number;
  /** default true: resolves once every load balancer was observed */
  waitUntilObserved?: boolean;
}

export interface RestReply {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came
  body: any;
}

export type TestSocket = Socket<ServerToClient, ClientToServer>;

export interface TestApp {
  readonly app: App;
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  /** as the admin token unless `headers` say otherwise; the path is sent as written */
  rest(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<RestReply>;
  /** a socket.io client of the admin token; closed with the app */
  socket(options?: Partial<ManagerOptions & SocketOptions>): TestSocket;
  /** value for a Cookie header; takes `adminPassword` at the start */
  signIn(): Promise<string>;
  stop(): Promise<void>;
}

export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const {
    loadBalancers = {},
    masters = {},
    tls = {},
    backends = {},
    pollMs = 100,
    port = 0,
    dataDir,
    ...rest
  } = options;
  const {
    waitUntilObserved = true,
    adminPassword,
    afterReload,
    oidc,
    identityHeader,
    trustedProxies,
    ...overrides
  } = rest;
  const dir = dataDir === undefined ? tempDir() : null;
  const path = dataDir ?? dir?.path ?? "";
  const app = await createApp(
    {
      loadBalancers: Object.entries(loadBalancers).map(([name, text]) => ({
        ...{ name, address: addressOf(text) },
        ...(tls[name] === undefined ? {} : { tls: tls[name] }),
      })),
      loadBalancersFrom: "command line",
      masters: Object.entries(masters).map(([name, text]) => ({ name, address: addressOf(text) })),
      listen: { host: "127.0.0.1", port },
      dataDir: path,
      pollMs,
      publicUrl: null,
      backends,
      adminPassword,
      adminToken: ADMIN_TOKEN,
      ...(afterReload === undefined ? {} : { afterReload }),
      ...(oidc === undefined ? {} : { oidc }),
      ...(identityHeader === undefined ? {} : { identityHeader }),
      ...(trustedProxies === undefined ? {} : { trustedProxies }),
    },
    { log: silentLog, pages: null, random: () => 0, ...overrides },
  );
  const sockets = new Set<TestSocket>();
  let stopping: Promise<void> | null = null;
  const stop = () => {
    stopping ??= (async () => {
      for (const socket of sockets) socket.disconnect();
      await app.stop();
      dir?.[Symbol.dispose]();
    })();
    return stopping;
  };
  onTestFinished(stop);
  const { url } = await app.start();
  if (waitUntilObserved) {
    await until("every load balancer is observed", () =>
      app.fleet.pollers.every((poller) => poller.view.head.observedAtMs !== null && poller.view.head.level !== null),
    );
  }
  const ownPort = Number(new URL(url).port);
  return {
    app,
    url,
    port: ownPort,
    dataDir: path,
    rest: (method, target, body, headers = { authorization: `Bearer ${ADMIN_TOKEN}` }) =>
      send(ownPort, method, target, body, headers),
    socket(socketOptions = {}) {
      const socket: TestSocket = io(url, {
        path: SOCKET_PATH,
        transports: ["websocket"],
        reconnectionDelay: 20,
        reconnectionDelayMax: 100,
        forceNew: true,
        extraHeaders: { authorization: `Bearer ${ADMIN_TOKEN}` },
        ...socketOptions,
      });
      sockets.add(socket);
      return socket;
    },
    async signIn() {
      const credentials = { name: "admin", password: ADMIN_PASSWORD };
      const reply = await send(ownPort, "POST", "/auth/sign-in", credentials, { origin: url });
      return reply.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
    },
    stop,
  };
}

function addressOf(text: string) {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.address;
}

function send(
  port: number,
  method: string,
  path: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<RestReply> {
  return new Promise((resolve, reject) => {
    const all = body === undefined ? headers : { "content-type": "application/json", ...headers };
    const outgoing = request(
      { host: "127.0.0.1", port, path, method, headers: all, agent: false },
      async (incoming) => {
        const chunks: Buffer[] = [];
        for await (const chunk of incoming) chunks.push(chunk);
        const text = Buffer.concat(chunks).toString();
        const isJson = /json/.test(incoming.headers["content-type"] ?? "") && text !== "";
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          text,
          body: isJson ? JSON.parse(text) : undefined,
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(typeof body === "string" || body === undefined ? body : JSON.stringify(body));
  });
}

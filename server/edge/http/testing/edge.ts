// The edge on a free port with a real store, and a client that sends exactly what it is told.
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Auth, type AuthOptions, createAuth } from "#server/auth/auth.ts";
import { type WayInOptions, wayInOf } from "#server/auth/way-in.ts";
import { createLog } from "#server/log.ts";
import { openStore, type Store } from "#server/store/store.ts";
import { tempDir } from "#server/store/testing/temp-dir.ts";
import { createHttpEdge, type HttpEdge, type HttpEdgeOptions, httpServerOptions } from "../http-edge.ts";

export const PASSWORD = "correct horse battery";
export const ADMIN_TOKEN = "provisioning-token-of-tests";

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came
  json: any;
}

export interface Ask {
  method?: string;
  headers?: Record<string, string>;
  /** an object is sent as JSON */
  body?: unknown;
}

export interface TestEdge extends AsyncDisposable {
  readonly store: Store;
  readonly auth: Auth;
  readonly edge: HttpEdge;
  readonly baseUrl: string;
  readonly log: string[];
  readonly clock: { now: number };
  ask(path: string, ask?: Ask): Promise<Reply>;
  /** the Cookie header of a browser that signed in */
  signIn(name?: string, password?: string): Promise<string>;
}

export type TestEdgeOptions = Partial<HttpEdgeOptions> &
  Partial<Pick<WayInOptions, "trustedProxies" | "forwardedHeaders">> & { authOptions?: Partial<AuthOptions> };

export async function startEdge(options: TestEdgeOptions = {}): Promise<TestEdge> {
  const { authOptions, trustedProxies: _, forwardedHeaders: __, ...edgeOptions } = options;
  const dir = tempDir();
  const store = await openStore({ dataDir: dir.path, waitForLockMs: 0 });
  const lines: string[] = [];
  const log = createLog({ level: "trace", to: { write: (line) => void lines.push(line) } });
  const clock = { now: Date.UTC(2026, 10, 22, 9) };
  const now = () => clock.now;
  const ways = wayInOf({
    ...{ publicUrl: options.publicUrl ?? null, trustedProxies: options.trustedProxies ?? [] },
    forwardedHeaders: options.forwardedHeaders ?? "x-forwarded",
  });
  const auth = await createAuth({
    ...{ store, log, wayInOf: ways, now, adminPassword: PASSWORD, adminToken: ADMIN_TOKEN, wait: async () => {} },
    ...authOptions,
  });
  const edge = createHttpEdge({
    ...{
      auth,
      store,
      log,
      routes: [],
      publicUrl: null,
      wayInOf: ways,
      readiness: () => ({ ready: true }),
      now,
      nextHandler: showPage,
    },
    ...edgeOptions,
  });
  const server = createServer(httpServerOptions, edge.handle).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const baseUrl = `http://127.0.0.1:${port}`;

  const ask = (path: string, { method = "GET", headers = {}, body }: Ask = {}) =>
    send(port, path, method, headers, body);

  return {
    ...{ store, auth, edge, baseUrl, log: lines, clock, ask },
    async signIn(name = "admin", password = PASSWORD) {
      const reply = await ask("/auth/sign-in", {
        method: "POST",
        headers: { origin: baseUrl },
        body: { name, password },
      });
      return reply.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
      await store.close();
      dir[Symbol.dispose]();
    },
  };
}

/** Stands for Next: shows what it was given. */
function showPage(req: IncomingMessage, res: ServerResponse): void {
  const { "content-security-policy": policy, "x-nonce": nonce } = req.headers;
  res.setHeader("content-type", "application/json");
  res.end(JSON.stringify({ page: req.url, policy, nonce }));
}

function send(
  port: number,
  path: string,
  method: string,
  headers: Record<string, string>,
  body: unknown,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const isRaw = typeof body === "string" || Buffer.isBuffer(body);
    const bytes = isRaw ? body : JSON.stringify(body);
    const all = body === undefined || isRaw ? headers : { "content-type": "application/json", ...headers };
    const req = request({ host: "127.0.0.1", port, path, method, headers: all }, async (res) => {
      const chunks: Buffer[] = [];
      for await (const chunk of res) chunks.push(chunk);
      const text = Buffer.concat(chunks).toString();
      const isJson = /json/.test(res.headers["content-type"] ?? "") && text !== "";
      resolve({ status: res.statusCode ?? 0, headers: res.headers, text, json: isJson ? JSON.parse(text) : undefined });
    });
    req.on("error", reject);
    req.end(bytes);
  });
}

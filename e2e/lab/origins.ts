// Small origin servers behind HAProxy: health that can be switched, requests that stay open until released, tunnels
// (WebSocket upgrades) and a cookie of their own. What they saw is counted, so a test can ask both sides.
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";

export interface Origin {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** requests answered or held, health checks not counted */
  requests(): number;
  /** tunnels open now */
  tunnels(): number;
  /** requests held by `/hold` now */
  held(): number;
  /** what `/health` answers: 200 or 503 */
  setHealthy(isHealthy: boolean): void;
  /** answers every request that `/hold` keeps open */
  release(): void;
  closeTunnels(): void;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface OriginPlace {
  /** default 127.0.0.1; another one of 127.0.0.0/8 is another machine to HAProxy */
  address?: string;
  /** default a free one */
  port?: number;
}

/** Paths: `/health`, `/hold` (open until release), `/slow?ms=200`, an upgrade on any path or CONNECT (a tunnel), else its name. */
export async function startOrigin(name: string, place: OriginPlace = {}): Promise<Origin> {
  const { address = "127.0.0.1", port = 0 } = place;
  let isHealthy = true;
  let requests = 0;
  const held = new Set<ServerResponse>();
  const tunnels = new Set<Duplex>();
  const sockets = new Set<Socket>();

  const server = createServer((incoming, response) => {
    const url = new URL(incoming.url ?? "/", "http://origin");
    if (url.pathname === "/health") {
      response.writeHead(isHealthy ? 200 : 503).end(isHealthy ? "ok" : "not ok");
      return;
    }
    requests += 1;
    response.setHeader("x-origin", name);
    switch (url.pathname) {
      case "/hold":
        held.add(response);
        response.once("close", () => held.delete(response));
        return;
      case "/slow":
        setTimeout(() => response.end(name), Number(url.searchParams.get("ms") ?? 200));
        return;
      default:
        response.end(name);
    }
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  function keepTunnel(socket: Duplex): void {
    requests += 1;
    tunnels.add(socket);
    socket.once("close", () => tunnels.delete(socket));
    socket.on("error", () => socket.destroy());
    // Reading is what lets the end of the other side be noticed; frames are not answered.
    socket.resume();
    socket.once("end", () => socket.end());
  }
  server.on("connect", (_incoming: IncomingMessage, socket: Duplex) => {
    keepTunnel(socket);
    socket.write(`HTTP/1.1 200 Connection established\r\nx-origin: ${name}\r\n\r\n`);
  });
  server.on("upgrade", (incoming: IncomingMessage, socket: Duplex) => {
    keepTunnel(socket);
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nx-origin: ${name}\r\n` +
        `Sec-WebSocket-Accept: ${acceptOf(incoming.headers["sec-websocket-key"] ?? "")}\r\n\r\n`,
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, resolve);
  });

  async function stop(): Promise<void> {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  }

  return {
    name,
    address,
    port: (server.address() as AddressInfo).port,
    requests: () => requests,
    tunnels: () => tunnels.size,
    held: () => held.size,
    setHealthy(next) {
      isHealthy = next;
    },
    release() {
      for (const response of held) response.end(name);
    },
    closeTunnels() {
      for (const socket of tunnels) socket.end();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

export interface Visit {
  readonly status: number;
  readonly body: string;
  /** which origin answered */
  readonly origin: string | null;
  /** `name=value` of every cookie that was set */
  readonly cookies: readonly string[];
}

/** One request on a connection of its own, as a browser with these cookies would send it. */
export function visit(port: number, path = "/", cookies: readonly string[] = []): Promise<Visit> {
  return new Promise((resolve, reject) => {
    const headers = cookies.length > 0 ? { cookie: cookies.join("; ") } : {};
    const outgoing = request({ host: "127.0.0.1", port, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const origin = response.headers["x-origin"];
        resolve({
          status: response.statusCode ?? 0,
          body: Buffer.concat(chunks).toString("utf8"),
          origin: typeof origin === "string" ? origin : null,
          cookies: (response.headers["set-cookie"] ?? []).map((line) => line.split(";")[0] ?? ""),
        });
      });
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}

export interface Tunnel {
  readonly origin: string | null;
  close(): void;
}

/** A WebSocket that says nothing and stays: one session on its server for as long as it is open. */
export function openTunnel(port: number, path = "/socket", cookies: readonly string[] = []): Promise<Tunnel> {
  return new Promise((resolve, reject) => {
    const headers: Record<string, string> = {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "ZHJhaW5ib2FyZC1sYWItMDE=",
    };
    if (cookies.length > 0) headers.cookie = cookies.join("; ");
    const outgoing = request({ host: "127.0.0.1", port, path, headers, agent: false });
    outgoing.on("error", reject);
    outgoing.on("response", (response) => reject(new Error(`no tunnel: HTTP ${response.statusCode}`)));
    outgoing.on("upgrade", (response, socket) => {
      socket.on("error", () => socket.destroy());
      socket.resume();
      const origin = response.headers["x-origin"];
      resolve({ origin: typeof origin === "string" ? origin : null, close: () => socket.destroy() });
    });
    outgoing.end();
  });
}

const TARGET = "far.example:443";

/** A tunnel as proxies make them: CONNECT, and the server says 200. */
export function openConnect(port: number, cookies: readonly string[] = []): Promise<Tunnel> {
  return new Promise((resolve, reject) => {
    // HAProxy refuses a Host that is not the target.
    const headers: Record<string, string> = { host: TARGET };
    if (cookies.length > 0) headers.cookie = cookies.join("; ");
    const outgoing = request({ host: "127.0.0.1", port, method: "CONNECT", path: TARGET, headers, agent: false });
    outgoing.on("error", reject);
    outgoing.on("connect", (response, socket) => {
      socket.on("error", () => socket.destroy());
      socket.resume();
      if (response.statusCode !== 200) {
        socket.destroy();
        reject(new Error(`no tunnel: HTTP ${response.statusCode}`));
        return;
      }
      const origin = response.headers["x-origin"];
      resolve({ origin: typeof origin === "string" ? origin : null, close: () => socket.destroy() });
    });
    outgoing.end();
  });
}

function acceptOf(key: string): string {
  return createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
}

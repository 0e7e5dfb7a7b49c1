// A scripted HAProxy for what the real one will not do on demand: hang, cut, lie, never end. Real replies come from
// lib/haproxy/fixtures or fake-model.ts; made-up misbehaviour lives here only.

import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import type { Address } from "../address.ts";

export type FakeAnswer =
  /** the whole text, then the end of the stream; `delayMs` before its first byte */
  | { kind: "reply"; text: string | Uint8Array; delayMs?: number }
  /** the connection is accepted and the line read, and nothing ever comes */
  | { kind: "hang" }
  /** the first `bytes` of the text, then silence */
  | { kind: "hang-after"; text: string | Uint8Array; bytes: number }
  /** the first `bytes` of the text, then the end of the stream as if that were all */
  | { kind: "cut"; text: string | Uint8Array; bytes: number }
  /** the first `bytes` of the text, then a connection reset (TCP only: a unix socket just ends) */
  | { kind: "reset"; text: string | Uint8Array; bytes: number }
  /** the text in pieces of `bytes`, each in a write of its own */
  | { kind: "pieces"; text: string | Uint8Array; bytes: number }
  /** this text again and again, without an end */
  | { kind: "endless"; text: string }
  /** answers with this text at once, without waiting for a line, as a server of another protocol does */
  | { kind: "greet"; text: string };

export type FakeScript = FakeAnswer | ((line: string) => FakeAnswer);

export interface FakeOptions {
  /** default unix */
  readonly listen?: "unix" | "tcp" | "tls";
  /** PEM, for tls */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca?: string; readonly requestCert?: boolean };
}

export interface FakeHaproxy {
  readonly address: Address;
  /** every line received, in order */
  readonly lines: readonly string[];
  /** open now, and the most that were open at once */
  readonly connections: { readonly now: number; readonly most: number };
  /** what the next connections get */
  script(next: FakeScript): void;
  /** resolves when a connection has sent its line and is being treated by the script */
  nextLine(): Promise<string>;
  /** closes the listener: new connections are refused (on unix the socket file is removed with it) */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startFake(script: FakeScript, options: FakeOptions = {}): Promise<FakeHaproxy> {
  const { listen = "unix" } = options;
  const dir = listen === "unix" ? mkdtempSync(join(tmpdir(), "dbf-")) : null;
  const lines: string[] = [];
  const sockets = new Set<Socket>();
  const waiting: ((line: string) => void)[] = [];
  const connections = { now: 0, most: 0 };
  let current = script;

  function serve(socket: Socket): void {
    connections.now += 1;
    connections.most = Math.max(connections.most, connections.now);
    sockets.add(socket);
    socket.once("close", () => {
      connections.now -= 1;
      sockets.delete(socket);
    });
    socket.on("error", () => socket.destroy());
    if (typeof current !== "function" && current.kind === "greet") {
      socket.resume();
      socket.end(current.text);
      return;
    }
    let input = "";
    socket.on("data", (chunk: Buffer) => {
      if (input.includes("\n")) return;
      input += chunk.toString("latin1");
      const end = input.indexOf("\n");
      if (end < 0) return;
      const line = input.slice(0, end);
      lines.push(line);
      play(socket, typeof current === "function" ? current(line) : current);
      for (const told of waiting.splice(0)) told(line);
    });
  }

  const server: Server =
    listen === "tls"
      ? createTlsServer({ ...options.tls, rejectUnauthorized: options.tls?.requestCert ?? false }, serve)
      : createServer({ allowHalfOpen: true }, serve);
  if (listen === "tls") server.on("tlsClientError", (_error: Error, socket: Socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    if (dir === null) server.listen(0, "127.0.0.1", resolve);
    else server.listen(join(dir, "fake.sock"), resolve);
  });

  async function stop(): Promise<void> {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
    if (dir !== null) rmSync(dir, { recursive: true, force: true });
  }

  return {
    address:
      listen === "unix"
        ? { kind: "unix", path: join(dir ?? "", "fake.sock") }
        : { kind: listen, host: "127.0.0.1", port: (server.address() as AddressInfo).port },
    lines,
    connections,
    script(next) {
      current = next;
    },
    nextLine: () => new Promise((resolve) => waiting.push(resolve)),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function play(socket: Socket, answer: FakeAnswer): void {
  switch (answer.kind) {
    case "reply":
      if (answer.delayMs === undefined) socket.end(answer.text);
      else {
        const timer = setTimeout(() => socket.end(answer.text), answer.delayMs);
        socket.once("close", () => clearTimeout(timer));
      }
      return;
    case "hang":
      return;
    case "hang-after":
      socket.write(firstBytes(answer));
      return;
    case "cut":
      socket.end(firstBytes(answer));
      return;
    case "reset":
      socket.write(firstBytes(answer), () => socket.resetAndDestroy());
      return;
    case "pieces":
      void inPieces(socket, Buffer.from(answer.text), answer.bytes);
      return;
    case "endless": {
      const more = (): void => {
        while (!socket.destroyed && socket.write(answer.text));
      };
      socket.on("drain", more);
      more();
      return;
    }
    case "greet":
      socket.end(answer.text);
  }
}

function firstBytes({ text, bytes }: { text: string | Uint8Array; bytes: number }): Buffer {
  return Buffer.from(text).subarray(0, bytes);
}

async function inPieces(socket: Socket, text: Buffer, bytes: number): Promise<void> {
  socket.setNoDelay?.(true);
  for (let at = 0; at < text.length && !socket.destroyed; at += bytes) {
    await new Promise((resolve) => socket.write(text.subarray(at, at + bytes), resolve));
    await new Promise((resolve) => setImmediate(resolve));
  }
  socket.end();
}

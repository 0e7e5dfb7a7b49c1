// A unix socket between the app and HAProxy that passes everything on, and keeps commands back when told to: what the
// board shows in the meantime is what it believes without HAProxy's word.
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./net.ts";

const COMMAND = /^set /;

export interface CarriedOut {
  readonly line: string;
  /** epoch ms of the end of HAProxy's answer */
  readonly atMs: number;
}

export interface HoldProxy {
  readonly path: string;
  /** polls passed on so far */
  polls(): number;
  /** commands that HAProxy has answered */
  carriedOut(): readonly CarriedOut[];
  /** keeps every further command back */
  hold(): void;
  /** resolves with the line of the first command that is kept back */
  untilHeld(): Promise<string>;
  /** lets the kept ones and all later ones pass */
  release(): void;
  /** forgets the kept ones, as if they had never been sent, and lets all later ones pass */
  drop(): void;
  stop(): Promise<void>;
}

export async function startHoldProxy(upstream: string): Promise<HoldProxy> {
  const dir = mkdtempSync(join(tmpdir(), "dbp-"));
  const path = join(dir, "hold.sock");
  const sockets = new Set<Socket>();
  const held: { line: string; pass: () => void }[] = [];
  const carriedOut: CarriedOut[] = [];
  let isHolding = false;
  let polls = 0;

  const server = createServer({ allowHalfOpen: true }, (client) => {
    track(client);
    let input = "";
    client.on("data", (chunk: Buffer) => {
      if (input.includes("\n")) return;
      input += chunk.toString("latin1");
      if (!input.includes("\n")) return;
      const line = input.slice(0, input.indexOf("\n"));
      const pass = () => relay(client, line);
      if (COMMAND.test(line) && isHolding) held.push({ line, pass });
      else pass();
    });
  });

  function relay(client: Socket, line: string): void {
    const up = connect({ path: upstream });
    track(up);
    up.once("error", () => client.destroy());
    up.end(`${line}\n`);
    up.on("data", (chunk) => client.write(chunk));
    up.once("end", () => {
      if (COMMAND.test(line)) carriedOut.push({ line, atMs: Date.now() });
      else polls += 1;
      client.end();
    });
  }

  function track(socket: Socket): void {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => sockets.delete(socket));
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  return {
    path,
    polls: () => polls,
    carriedOut: () => carriedOut,
    hold() {
      isHolding = true;
    },
    untilHeld: () => until("a command is kept back", () => held[0]?.line ?? null),
    release() {
      isHolding = false;
      for (const { pass } of held.splice(0)) pass();
    },
    drop() {
      isHolding = false;
      held.length = 0;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

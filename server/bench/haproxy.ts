// A real HAProxy with as many servers as wanted, twenty to a backend, and light traffic through its frontend to a real
// origin, so that its counters move as they do in life.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePorts } from "#server/demo/ports.ts";
import { startHelper } from "./children.ts";
import type { BenchContext } from "./figure.ts";
import type { TrafficOrder, TrafficWord } from "./traffic-child.ts";

const SERVERS_A_BACKEND = 20;
const READY_WITHIN_MS = 30_000;

export interface BenchHaproxyOptions {
  readonly servers: number;
  /** requests a second through the frontend; 0: an idle fleet */
  readonly requestsPerSec?: number;
  /** health checks over all servers */
  readonly checksPerSec?: number;
  /** further admin sockets of the same process */
  readonly extraSockets?: number;
  /** sessions in TCP mode that stay, on `tunnels/t1` */
  readonly tunnels?: number;
}

export interface BenchHaproxy extends AsyncDisposable {
  readonly pid: number;
  readonly socketPath: string;
  readonly extraSocketPaths: readonly string[];
  readonly statsPageUrl: string;
  /** OPTIONS through it to a path such as `/app-0/` is answered at once, when there is traffic or tunnels */
  readonly frontPort: number;
  ask(line: string): Promise<Buffer>;
}

export async function startHaproxy(context: BenchContext, options: BenchHaproxyOptions): Promise<BenchHaproxy> {
  // Short: the path of a unix socket has at most 107 bytes.
  const dir = mkdtempSync(join(tmpdir(), "dbb-"));
  const [frontPort, statsPort, tunnelPort] = (await freePorts(3)) as [number, number, number];
  const socketPath = join(dir, "a.sock");
  const extraSocketPaths = Array.from({ length: options.extraSockets ?? 0 }, (_, i) => join(dir, `x${i}.sock`));
  const { requestsPerSec = 0, tunnels = 0 } = options;
  const traffic =
    requestsPerSec > 0 || tunnels > 0 ? startHelper<TrafficOrder, TrafficWord>("./traffic-child.ts") : null;
  const backends = Math.max(1, Math.round(options.servers / SERVERS_A_BACKEND));
  let originPort = 1;
  if (traffic !== null) {
    traffic.send({ kind: "listen" });
    originPort = (await traffic.next("listening")).port;
  }
  const configPath = join(dir, "haproxy.cfg");
  writeFileSync(
    configPath,
    configOf(options, {
      backends,
      frontPort,
      statsPort,
      tunnelPort,
      originPort,
      sockets: [socketPath, ...extraSocketPaths],
    }),
  );
  const child = spawn(context.haproxyBin, ["-db", "-f", configPath], { stdio: ["ignore", "ignore", "pipe"] });
  const endWithUs = () => child.kill("SIGKILL");
  process.once("exit", endWithUs);
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said = `${said}${chunk}`.slice(-2_000);
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const ask = (line: string) => askSocket(socketPath, line);

  async function dispose(): Promise<void> {
    await traffic?.stop();
    child.kill("SIGKILL");
    await ended;
    process.removeListener("exit", endWithUs);
    rmSync(dir, { recursive: true, force: true });
  }

  const giveUpAt = performance.now() + READY_WITHIN_MS;
  while (!(await ask("show info").catch(() => Buffer.alloc(0))).includes("Uptime_sec")) {
    if (child.exitCode !== null || performance.now() > giveUpAt) {
      await dispose();
      throw new Error(`HAProxy (${context.haproxyBin}) did not start with ${options.servers} servers:\n${said}`);
    }
    await sleep(50);
  }
  if (requestsPerSec > 0) traffic?.send({ kind: "drive", port: frontPort, backends, requestsPerSec });
  if (tunnels > 0) {
    traffic?.send({ kind: "hold", port: tunnelPort, count: tunnels });
    await traffic?.next("holding");
  }
  return {
    ...{ pid: child.pid ?? 0, socketPath, extraSocketPaths, frontPort, ask },
    statsPageUrl: `http://127.0.0.1:${statsPort}/`,
    [Symbol.asyncDispose]: dispose,
  };
}

interface Places {
  backends: number;
  frontPort: number;
  statsPort: number;
  tunnelPort: number;
  originPort: number;
  sockets: readonly string[];
}

function configOf(options: BenchHaproxyOptions, places: Places): string {
  const { servers, checksPerSec = 0, tunnels = 0 } = options;
  const check = checksPerSec > 0 ? ` check inter ${Math.max(1, Math.round(servers / checksPerSec))}s` : "";
  // HAProxy reserves a descriptor for every check; most machines allow fewer than 20,000, and few are open at once.
  const lines = ["global", "  no strict-limits", `  maxconn ${4_000 + tunnels}`, "  stats maxconn 400"];
  for (const path of places.sockets) lines.push(`  stats socket ${path} level admin`);
  lines.push("defaults", "  mode http", "  timeout connect 5s", "  timeout client 60s", "  timeout server 60s");
  lines.push("listen stats", `  bind 127.0.0.1:${places.statsPort}`, "  stats enable", "  stats uri /");
  if (tunnels > 0) {
    lines.push("listen tunnels", "  mode tcp", `  bind 127.0.0.1:${places.tunnelPort}`);
    // They say nothing, and a run takes longer than the timeouts above.
    lines.push("  timeout tunnel 1h", `  maxconn ${tunnels + 100}`, `  server t1 127.0.0.1:${places.originPort}`);
  }
  lines.push("frontend all", `  bind 127.0.0.1:${places.frontPort}`, "  use_backend %[path,field(2,/)]");
  for (let b = 0; b < places.backends; b++) {
    lines.push(`backend app-${b}`, "  balance roundrobin", "  cookie SRV insert indirect nocache");
    for (let s = 0; s < SERVERS_A_BACKEND && b * SERVERS_A_BACKEND + s < servers; s++) {
      lines.push(`  server web-${b}-${s} 127.0.0.1:${places.originPort} weight 100 cookie w${s}${check}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

/** The raw question: what any client must at least do to have the bytes. */
export function askSocket(path: string, line: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    const chunks: Buffer[] = [];
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("end", () => resolve(Buffer.concat(chunks)));
    socket.on("error", reject);
    socket.end(`${line}\n`);
  });
}

/** The raw read and discard: resolves with how many bytes went by. */
export function readAndDiscard(path: string, line: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    let size = 0;
    socket.on("data", (chunk) => {
      size += chunk.length;
    });
    socket.on("end", () => resolve(size));
    socket.on("error", reject);
    socket.end(`${line}\n`);
  });
}

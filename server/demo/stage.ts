// Everything but the app: two HAProxy processes, the origins behind them, the users in front of them.
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Child, startChild } from "./child.ts";
import { DemoError } from "./demo-error.ts";
import { startHaproxy } from "./haproxy.ts";
import { haproxyConfig, type LoadBalancerPorts } from "./haproxy-config.ts";
import { type GuardOrder, type OriginsOrder, originsReport, type UsersOrder } from "./messages.ts";
import { freePorts } from "./ports.ts";
import { type LoadBalancerName, loadBalancerNames } from "./situation.ts";

/** sun_path holds 108 bytes on Linux and 104 on macOS; HAProxy appends `.PID.tmp` while it binds. */
const SOCKET_PATH_MAX = 90;
const USERS = "users";
const USERS_STOP_WITHIN_MS = 500;
const START_ATTEMPTS = 3;
const ORIGINS_WITHIN_MS = 15_000;

export interface StageOptions {
  readonly binary: string;
  readonly runDir: string;
  readonly seed: number;
  readonly users: number;
  readonly hasTrouble: boolean;
  /** a line for the terminal */
  readonly say: (line: string) => void;
  readonly onUnexpectedEnd: (child: Child, how: string) => void;
}

export interface LoadBalancer {
  readonly name: LoadBalancerName;
  readonly socketPath: string;
  readonly masterPath: string;
  readonly configPath: string;
  readonly ports: LoadBalancerPorts;
  readonly process: Child;
}

export interface Stage {
  readonly loadBalancers: readonly LoadBalancer[];
  readonly origins: Child;
  readonly users: Child;
  readonly statusFile: string;
  /** these too are ended if the demo itself is killed without a chance to end them */
  guard(pids: readonly number[]): void;
  stop(): Promise<void>;
}

export async function startStage(options: StageOptions): Promise<Stage> {
  const started: Child[] = [];
  const stop = async () => {
    // The users first: what they would see of the end is no error of the demo.
    await started.find((child) => child.name === USERS)?.stop(USERS_STOP_WITHIN_MS);
    await Promise.all(started.map((child) => child.stop()));
  };
  try {
    return await start(options, started, stop);
  } catch (cause) {
    await stop();
    throw cause;
  }
}

async function start(options: StageOptions, started: Child[], stop: () => Promise<void>): Promise<Stage> {
  const { runDir, seed, say, onUnexpectedEnd } = options;
  mkdirSync(runDir, { recursive: true, mode: 0o700 });
  const { origins, ports: originPorts } = await startOrigins(options);
  started.push(origins);
  const loadBalancers = await startLoadBalancers(options, originPorts, started);
  const guard = (pids: readonly number[]) => {
    const own = loadBalancers.map((lb) => lb.process.pid);
    origins.send({ kind: "guard", pids: [...own, ...pids] } satisfies GuardOrder);
  };
  guard([]);

  const statusFile = join(runDir, "status.json");
  const order: UsersOrder = {
    seed,
    users: options.users,
    entries: loadBalancers.map(({ name, ports }) => ({ name, http: ports.http, auth: ports.auth })),
    statusFile,
  };
  const users = await startChild({
    name: USERS,
    command: process.execPath,
    args: [ownFile("users.ts"), JSON.stringify(order)],
    hasChannel: true,
    onLine: say,
    onUnexpectedEnd,
  });
  started.push(users);
  return { loadBalancers, origins, users, statusFile, guard, stop };
}

async function startOrigins(options: StageOptions): Promise<{ origins: Child; ports: Record<string, number> }> {
  const order: OriginsOrder = {
    directory: join(options.runDir, "sessions"),
    seed: options.seed,
    trouble: options.hasTrouble,
  };
  const reported = Promise.withResolvers<Record<string, number>>();
  const timer = setTimeout(() => reported.reject(new Error("the origins did not start in time")), ORIGINS_WITHIN_MS);
  const origins = await startChild({
    name: "origins",
    command: process.execPath,
    args: [ownFile("origins.ts"), JSON.stringify(order)],
    hasChannel: true,
    onLine: options.say,
    onMessage: (message) => reported.resolve(originsReport.parse(message).ports),
    onUnexpectedEnd: (child, how) => {
      reported.reject(new Error(`the origins ended at the start (${how}):\n${child.lastLines()}`));
      options.onUnexpectedEnd(child, how);
    },
  });
  try {
    return { origins, ports: await reported.promise };
  } catch (cause) {
    await origins.stop();
    throw cause;
  } finally {
    clearTimeout(timer);
  }
}

/** Another program may take a port between our looking and HAProxy's binding: then others are tried. */
async function startLoadBalancers(
  options: StageOptions,
  originPorts: Readonly<Record<string, number>>,
  started: Child[],
): Promise<LoadBalancer[]> {
  for (let attempt = 1; ; attempt++) {
    const balancers: LoadBalancer[] = [];
    try {
      const ports = await choosePorts();
      for (const name of loadBalancerNames) balancers.push(await startOne(options, name, ports, originPorts));
      started.push(...balancers.map((lb) => lb.process));
      return balancers;
    } catch (cause) {
      await Promise.all(balancers.map((lb) => lb.process.stop()));
      const isTaken = cause instanceof DemoError && /cannot bind|in use/i.test(cause.message);
      if (!isTaken || attempt === START_ATTEMPTS) throw cause;
    }
  }
}

async function choosePorts(): Promise<Record<LoadBalancerName, LoadBalancerPorts>> {
  const [http1 = 0, auth1 = 0, peer1 = 0, http2 = 0, auth2 = 0, peer2 = 0] = await freePorts(6);
  return {
    lb1: { http: http1, auth: auth1, peer: peer1 },
    lb2: { http: http2, auth: auth2, peer: peer2 },
  };
}

async function startOne(
  options: StageOptions,
  name: LoadBalancerName,
  ports: Record<LoadBalancerName, LoadBalancerPorts>,
  originPorts: Readonly<Record<string, number>>,
): Promise<LoadBalancer> {
  const socketPath = join(options.runDir, `${name}.sock`);
  const masterPath = join(options.runDir, `${name}-master.sock`);
  const configPath = join(options.runDir, `${name}.cfg`);
  if (Buffer.byteLength(masterPath) > SOCKET_PATH_MAX) {
    throw new DemoError(`${options.runDir} is too long a path for a socket; name a shorter one with --dir.`);
  }
  writeFileSync(configPath, haproxyConfig({ name, socketPath, ports, originPorts }), { mode: 0o600 });
  const logFile = join(options.runDir, `${name}.log`);
  const process = await startHaproxy({
    name,
    binary: options.binary,
    configPath,
    socketPath,
    masterPath,
    onLine: (line) => appendFileSync(logFile, `${line}\n`),
    onUnexpectedEnd: options.onUnexpectedEnd,
  });
  return { name, socketPath, masterPath, configPath, ports: ports[name], process };
}

function ownFile(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

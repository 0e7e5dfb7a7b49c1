// The built app as its users start it: a process of its own, a data directory of its own, ended by its own id.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { freePort, until } from "./net.ts";

export const ADMIN_PASSWORD = "correct horse battery";
export const ADMIN_TOKEN = "provisioning-token-of-browser-tests";

const ROOT = resolve(import.meta.dirname, "../..");
const START_DEADLINE_MS = 30_000;

export interface AppOptions {
  /** address by name, in the order of the board */
  readonly loadBalancers: Readonly<Record<string, string>>;
  /** null: nobody can sign in until the set-up link was used */
  readonly password?: string | null;
  readonly pollMs?: number;
  /** default a free one */
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
}

export interface LabApp {
  readonly url: string;
  /** what it printed since its last start, standard output and log */
  output(): string;
  /** standard output alone */
  stdout(): string;
  /** GET of the API as the provisioning token */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came
  get(path: string): Promise<any>;
  start(): Promise<void>;
  /** SIGTERM */
  stop(): Promise<void>;
  /** SIGKILL: browsers are told nothing */
  kill(): Promise<void>;
  /** ends it and removes its data */
  dispose(): Promise<void>;
}

const endWithUs = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of endWithUs) child.kill("SIGKILL");
});

export async function startApp(options: AppOptions): Promise<LabApp> {
  const { loadBalancers, password = ADMIN_PASSWORD, pollMs } = options;
  const dataDir = mkdtempSync(join(tmpdir(), "dba-"));
  const port = options.port ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const args = [
    "server/main.ts",
    ...["--listen", `127.0.0.1:${port}`, "--data", dataDir],
    ...Object.entries(loadBalancers).flatMap(([name, address]) => ["--lb", `${name}=${address}`]),
    ...(pollMs === undefined ? [] : ["--poll", String(pollMs)]),
  ];
  let child: ChildProcess | null = null;
  let output = "";
  let stdout = "";

  async function start(): Promise<void> {
    if (child !== null) throw new Error("this app runs already");
    const { NODE_OPTIONS: _, DRAINBOARD_LBS: __, ...env } = process.env;
    const started = spawn(process.execPath, args, {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...env,
        NODE_ENV: "production",
        DRAINBOARD_ADMIN_TOKEN: ADMIN_TOKEN,
        // An app without a load balancer would look for sockets in the usual places of this machine.
        ...(args.includes("--lb") ? {} : { DRAINBOARD_LBS: "" }),
        ...options.env,
        ...(password === null ? {} : { DRAINBOARD_ADMIN_PASSWORD: password }),
      },
    });
    child = started;
    output = "";
    stdout = "";
    endWithUs.add(started);
    const collect = (chunk: Buffer) => {
      output = `${output}${chunk.toString("utf8")}`.slice(-64_000);
    };
    started.stdout?.on("data", (chunk: Buffer) => {
      stdout += chunk.toString("utf8");
      collect(chunk);
    });
    started.stderr?.on("data", collect);
    started.once("exit", () => {
      endWithUs.delete(started);
      if (child === started) child = null;
    });
    await until(
      "the app is ready",
      async () => {
        if (child !== started) throw new Error(`the app did not start:\n${output}`);
        return (await statusOf(`${url}/readyz`)) === 200 && output.includes("listening on");
      },
      START_DEADLINE_MS,
    );
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ending = child;
    if (ending === null) return;
    const ended = new Promise((done) => ending.once("exit", done));
    ending.kill(signal);
    await ended;
  }

  const app: LabApp = {
    url,
    output: () => output,
    stdout: () => stdout,
    async get(path) {
      const response = await fetch(`${url}/api/v1${path}`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
      if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
      return response.json();
    },
    start,
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
    async dispose() {
      await end("SIGKILL");
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
  try {
    await start();
  } catch (error) {
    await app.dispose();
    throw error;
  }
  return app;
}

async function statusOf(url: string): Promise<number | null> {
  try {
    return (await fetch(url)).status;
  } catch {
    return null;
  }
}

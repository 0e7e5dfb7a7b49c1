// A real HAProxy in a temporary directory on free ports, for tests and the browser suite. Every process started here is
// ended by its own id, also when the test process dies first.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { haproxyBinary } from "./binaries.ts";
import { ask, freePort, until } from "./net.ts";

export interface LabContext {
  readonly dir: string;
  /** the same name gives the same free port, also after a reload or restart */
  port(name: string): number;
}

export interface LabOptions {
  /** default: the system's HAProxy */
  bin?: string;
  /** run with -W and a master CLI; then reload() is a real reload that leaves old workers behind */
  masterWorker?: boolean;
  /** names of the ports that the configuration uses */
  ports?: readonly string[];
  /** lines for the global section, such as `stats maxconn 20` */
  global?: readonly string[];
  /** lines for the defaults section, after the lab's own */
  defaults?: readonly string[];
  /** everything after global and defaults: frontends, backends, listens */
  config: (context: LabContext) => string;
}

export interface LabHaproxy extends LabContext {
  readonly adminSocket: string;
  readonly operatorSocket: string;
  readonly userSocket: string;
  /** admin level over TCP on 127.0.0.1 */
  readonly adminPort: number;
  /** null unless masterWorker */
  readonly masterSocket: string | null;
  /** one runtime command, answered by the process that listens now */
  ask(line: string): Promise<string>;
  /** pid of the process that answers now (the worker, not the master) */
  pid(): Promise<number>;
  /** `srv_admin_state` of `BACKEND/SERVER`, as HAProxy itself tells it */
  adminBits(server: string): Promise<number>;
  /** writes the configuration again and reloads: runtime state is lost, as it is in life */
  reload(): Promise<void>;
  /** stop and start on the same sockets and ports */
  restart(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** SIGKILL: sockets stay behind as files that nobody answers */
  kill(): Promise<void>;
  /** SIGSTOP: connections are accepted by the kernel and never answered */
  freeze(): Promise<void>;
  thaw(): void;
  /** stops everything and removes the directory */
  dispose(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Children of every lab in this process: a test run that is cut short leaves none behind. */
const endWithUs = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of endWithUs) child.kill("SIGKILL");
});

const START_TRIES = 5;
const START_DEADLINE_MS = 15_000;

export async function startHaproxy(options: LabOptions): Promise<LabHaproxy> {
  for (let attempt = 1; ; attempt += 1) {
    const lab = await create(options);
    try {
      await lab.start();
      return lab;
    } catch (error) {
      await lab.dispose();
      // Another process took a free port between choosing and binding it.
      const isPortTaken = error instanceof Error && /cannot bind|in use/i.test(error.message);
      if (!isPortTaken || attempt === START_TRIES) throw error;
    }
  }
}

async function create(options: LabOptions): Promise<LabHaproxy> {
  const bin = options.bin ?? haproxyBinary().bin;
  // Short: the path of a unix socket has at most 107 bytes.
  const dir = mkdtempSync(join(tmpdir(), "dbl-"));
  const ports = new Map<string, number>();
  for (const name of [...(options.ports ?? []), "admin"]) ports.set(name, await freePort());

  const context: LabContext = {
    dir,
    port(name) {
      const port = ports.get(name);
      if (port === undefined) throw new Error(`the lab has no port ${name}: name it in "ports"`);
      return port;
    },
  };
  const sockets = { admin: join(dir, "admin.sock"), operator: join(dir, "oper.sock"), user: join(dir, "user.sock") };
  const masterSocket = options.masterWorker ? join(dir, "master.sock") : null;
  const configFile = join(dir, "haproxy.cfg");
  /** what was spawned and has not ended; without a master a reload leaves the old process here until it ends */
  const children = new Set<ChildProcess>();
  const workerPids = new Set<number>();
  let frozenPid: number | null = null;
  let complaints = "";

  function writeConfig(): void {
    writeFileSync(
      configFile,
      [
        "global",
        `  stats socket ${sockets.admin} mode 660 level admin expose-fd listeners`,
        `  stats socket ${sockets.operator} mode 660 level operator`,
        `  stats socket ${sockets.user} mode 660 level user`,
        `  stats socket ipv4@127.0.0.1:${context.port("admin")} level admin`,
        ...(options.global ?? []).map((line) => `  ${line}`),
        "defaults",
        "  mode http",
        "  timeout connect 2s",
        "  timeout client 60s",
        "  timeout server 60s",
        "  timeout tunnel 1h",
        ...(options.defaults ?? []).map((line) => `  ${line}`),
        options.config(context),
        "",
      ].join("\n"),
    );
  }

  function launch(extra: string[]): ChildProcess {
    const mode = masterSocket === null ? [] : ["-W", "-S", masterSocket];
    complaints = "";
    const child = spawn(bin, ["-db", ...mode, "-f", configFile, ...extra], { stdio: ["ignore", "ignore", "pipe"] });
    children.add(child);
    child.stderr?.on("data", (chunk: Buffer) => {
      complaints = `${complaints}${chunk.toString("utf8")}`.slice(-4_000);
    });
    endWithUs.add(child);
    child.once("exit", () => {
      children.delete(child);
      endWithUs.delete(child);
    });
    return child;
  }

  async function answeringPid(): Promise<number | null> {
    try {
      const info = await ask(sockets.admin, "show info");
      const pid = /^Pid: (\d+)$/m.exec(info)?.[1];
      // An old process still answers the odd connection during a reload (seen on 3.0 and 3.2).
      if (pid === undefined || /^Stopping: 1$/m.test(info)) return null;
      workerPids.add(Number(pid));
      return Number(pid);
    } catch {
      return null;
    }
  }

  async function untilAnswered(child: ChildProcess, isNew: (pid: number) => boolean): Promise<void> {
    await until(
      "HAProxy answers",
      async () => {
        if (child.exitCode !== null) throw new Error(`HAProxy did not start (exit ${child.exitCode}):\n${complaints}`);
        const pid = await answeringPid();
        return pid !== null && isNew(pid) && (masterSocket === null || (await isMasterReady(masterSocket, pid)));
      },
      START_DEADLINE_MS,
    );
  }

  async function pid(): Promise<number> {
    return until("HAProxy tells its pid", answeringPid);
  }

  async function start(): Promise<void> {
    if (children.size > 0) throw new Error("this HAProxy runs already");
    writeConfig();
    await untilAnswered(launch([]), () => true);
  }

  async function reload(): Promise<void> {
    const before = await pid();
    const running = [...children].at(-1);
    if (running === undefined) throw new Error("this HAProxy does not run");
    writeConfig();
    if (masterSocket === null) {
      await untilAnswered(launch(["-x", sockets.admin, "-sf", String(running.pid)]), (now) => now !== before);
    } else {
      running.kill("SIGUSR2");
      await untilAnswered(running, (now) => now !== before);
    }
  }

  async function end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    thaw();
    const ended = [...children].map((child) => new Promise((resolve) => child.once("exit", resolve)));
    // Workers of a killed master end by themselves, but only when they next look.
    if (signal === "SIGKILL" && masterSocket !== null) for (const worker of workerPids) send(worker, signal);
    for (const child of children) child.kill(signal);
    await Promise.all(ended);
    await until("every worker ended", () => [...workerPids].every((worker) => !isRunning(worker)));
    workerPids.clear();
  }

  async function freeze(): Promise<void> {
    frozenPid = await pid();
    send(frozenPid, "SIGSTOP");
  }

  function thaw(): void {
    if (frozenPid !== null) send(frozenPid, "SIGCONT");
    frozenPid = null;
  }

  async function dispose(): Promise<void> {
    await end("SIGKILL");
    rmSync(dir, { recursive: true, force: true });
  }

  return {
    ...context,
    adminSocket: sockets.admin,
    operatorSocket: sockets.operator,
    userSocket: sockets.user,
    adminPort: context.port("admin"),
    masterSocket,
    ask: (line) => ask(sockets.admin, line),
    pid,
    async adminBits(server) {
      const [backend, name] = server.split("/");
      const rows = (await ask(sockets.admin, `show servers state ${backend}`))
        .split("\n")
        .map((line) => line.split(" "));
      const row = rows.find((cells) => cells[1] === backend && cells[3] === name);
      if (row === undefined) throw new Error(`HAProxy has no server ${server}`);
      return Number(row[6]);
    },
    reload,
    async restart() {
      await end("SIGTERM");
      await start();
    },
    start,
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
    freeze,
    thaw,
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}

/** A worker answers before its master listens to signals: a reload sent in between is lost (seen on 3.0). */
async function isMasterReady(masterSocket: string, worker: number): Promise<boolean> {
  try {
    return new RegExp(`^${worker}\\s+worker`, "m").test(await ask(masterSocket, "show proc"));
  } catch {
    return false;
  }
}

function isRunning(pid: number): boolean {
  if (!send(pid, 0)) return false;
  try {
    // A container's first process may not collect the orphans of a killed master: they stay as zombies.
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return process.platform !== "linux";
  }
}

/** Whether the process was there to take the signal; 0 only looks. */
function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

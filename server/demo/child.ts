// A child process with a name: its output goes line by line where it belongs, it is stopped by its own id, and an end
// that nobody asked for is told.
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** After this a stop stops asking. The demo has promised to be gone in five seconds. */
const STOP_WITHIN_MS = 4_000;
const LAST_LINES = 20;

export interface ChildPlan {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** with a message channel, for our own Node processes */
  readonly hasChannel?: boolean;
  readonly onLine?: (line: string, stream: "stdout" | "stderr") => void;
  readonly onMessage?: (message: unknown) => void;
  readonly onUnexpectedEnd: (child: Child, how: string) => void;
}

export interface Child {
  readonly name: string;
  readonly pid: number;
  /** resolves with how it ended, whoever ended it */
  readonly ended: Promise<string>;
  /** the last lines it wrote, for the error message */
  lastLines(): string;
  send(message: object): void;
  /** asks, and after `withinMs` no longer asks */
  stop(withinMs?: number): Promise<void>;
}

export async function startChild(plan: ChildPlan): Promise<Child> {
  const { name } = plan;
  // A group of its own: Ctrl-C reaches the demo alone, which then ends its children in peace.
  const running = spawn(plan.command, [...plan.args], {
    detached: true,
    cwd: plan.cwd,
    env: plan.env ?? process.env,
    stdio: plan.hasChannel ? ["ignore", "pipe", "pipe", "ipc"] : ["ignore", "pipe", "pipe"],
  });
  const pid = await spawned(running, plan);
  const lines: string[] = [];
  const listen = (stream: "stdout" | "stderr") => {
    const source = running[stream];
    if (source === null) return;
    createInterface({ input: source }).on("line", (line) => {
      lines.push(line);
      if (lines.length > LAST_LINES) lines.shift();
      plan.onLine?.(line, stream);
    });
  };
  listen("stdout");
  listen("stderr");
  if (plan.onMessage) running.on("message", plan.onMessage);

  let isStopping = false;
  const ended = new Promise<string>((resolve) => {
    running.on("close", (code, signal) => {
      const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
      resolve(how);
      if (!isStopping) plan.onUnexpectedEnd(child, how);
    });
  });
  const child: Child = {
    name,
    pid,
    ended,
    lastLines: () => lines.join("\n"),
    send: (message) => {
      if (running.connected) running.send(message);
    },
    async stop(withinMs = STOP_WITHIN_MS) {
      isStopping = true;
      running.kill("SIGTERM");
      const timer = setTimeout(() => running.kill("SIGKILL"), withinMs);
      await ended;
      clearTimeout(timer);
    },
  };
  return child;
}

function spawned(running: ChildProcess, plan: ChildPlan): Promise<number> {
  return new Promise((resolve, reject) => {
    running.once("error", (cause) =>
      reject(new Error(`${plan.name}: cannot start ${plan.command} (${cause.message})`, { cause })),
    );
    running.once("spawn", () => resolve(running.pid ?? 0));
  });
}

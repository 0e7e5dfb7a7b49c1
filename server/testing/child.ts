// The app as a process of its own, ended by its own id by the test that started it.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { until } from "#lab/net.ts";

const SERVER = join(import.meta.dirname, "..");

export interface TestChild {
  readonly process: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** exit code, or the signal that ended it */
  readonly ended: Promise<number | string>;
  /** the address of its line `listening on`; throws its complaints when it ends before */
  listening(): Promise<string>;
}

export interface TestChildOptions {
  args: readonly string[];
  env?: Record<string, string>;
  /** default the app without its pages; "main" is the real one, for what ends before pages are needed */
  program?: "main" | "without-pages";
}

export function startChild({ args, env = {}, program = "without-pages" }: TestChildOptions): TestChild {
  const file = program === "main" ? join(SERVER, "main.ts") : join(SERVER, "testing", "without-pages.ts");
  const child = spawn(process.execPath, [file, ...args], {
    // Nothing that configures a real Drainboard reaches it.
    env: { PATH: process.env.PATH, NODE_ENV: "production", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = once(child, "close").then(([code, signal]) => (code ?? signal) as number | string);
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  return {
    process: child,
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    listening: () =>
      until(
        "the app listens",
        () => {
          if (child.exitCode !== null) throw new Error(`the app ended (${child.exitCode}): ${stderr}`);
          return /^listening on (\S+)$/m.exec(stdout)?.[1] ?? null;
        },
        20_000,
      ),
  };
}

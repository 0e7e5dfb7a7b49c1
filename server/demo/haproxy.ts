// Finds HAProxy and runs one in master-worker mode, as packages do.
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Child, startChild } from "./child.ts";
import { DemoError } from "./demo-error.ts";
import { askHaproxy } from "./runtime-ask.ts";

/** Debian keeps it in /usr/sbin, which is not on an ordinary user's PATH. */
const USUAL_PLACES = ["/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/sbin", "/opt/homebrew/bin"];
const READY_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 50;

type Environment = Readonly<Record<string, string | undefined>>;

export function findHaproxy(env: Environment, usualPlaces: readonly string[] = USUAL_PLACES): string {
  if (env.HAPROXY_BIN) {
    if (isProgram(env.HAPROXY_BIN)) return env.HAPROXY_BIN;
    throw new DemoError(
      `HAPROXY_BIN is ${env.HAPROXY_BIN}, which is not a program that can be run; correct it, or unset it to have HAProxy looked for.`,
    );
  }
  const places = [...(env.PATH ?? "").split(delimiter), ...usualPlaces].filter((place) => place !== "");
  const found = places.map((place) => join(place, "haproxy")).find(isProgram);
  if (found !== undefined) return found;
  throw new DemoError(
    `HAProxy was not found; install it with "${installCommand(process.platform)}", or name its program in the environment variable HAPROXY_BIN.`,
  );
}

function installCommand(platform: NodeJS.Platform): string {
  return platform === "darwin" ? "brew install haproxy" : "sudo apt-get install haproxy";
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

export interface HaproxyPlan {
  readonly name: string;
  readonly binary: string;
  readonly configPath: string;
  readonly socketPath: string;
  readonly masterPath: string;
  readonly onLine: (line: string) => void;
  readonly onUnexpectedEnd: (child: Child, how: string) => void;
}

/** Resolves once its socket answers. */
export async function startHaproxy(plan: HaproxyPlan): Promise<Child> {
  let failed: string | null = null;
  let isReady = false;
  const child = await startChild({
    name: plan.name,
    command: plan.binary,
    args: ["-W", "-S", plan.masterPath, "-L", plan.name, "-f", plan.configPath],
    onLine: plan.onLine,
    onUnexpectedEnd: (ended, how) => {
      if (isReady) plan.onUnexpectedEnd(ended, how);
      else failed = how;
    },
  });
  const giveUpAtMs = performance.now() + READY_WITHIN_MS;
  while (!(await answers(plan.socketPath))) {
    if (failed !== null || performance.now() > giveUpAtMs) {
      const how = failed ?? `no answer on ${plan.socketPath}`;
      await child.stop();
      throw new DemoError(`${plan.name}: HAProxy (${plan.binary}) did not start (${how}):\n${child.lastLines()}`);
    }
    await sleep(LOOK_EVERY_MS);
  }
  isReady = true;
  return child;
}

async function answers(socketPath: string): Promise<boolean> {
  const reply = await askHaproxy(socketPath, "show info").catch(() => "");
  return reply.includes("\nPid: ");
}

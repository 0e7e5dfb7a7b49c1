// Our own Node processes beside the measured one. They end when the channel to us closes, so none outlives the run.
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface Helper<Sent extends object, Received extends { kind: string }> {
  readonly pid: number;
  send(message: Sent): void;
  /** the next message of that kind that has not been taken yet */
  next<K extends Received["kind"]>(kind: K, withinMs?: number): Promise<Extract<Received, { kind: K }>>;
  stop(): Promise<void>;
}

const ANSWER_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 3_000;

export function startHelper<Sent extends object, Received extends { kind: string }>(
  file: string,
  nodeArgs: readonly string[] = [],
): Helper<Sent, Received> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [], {
    execArgv: [...nodeArgs],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const held: Received[] = [];
  const waiting = new Set<() => void>();
  let isGone = false;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.on("message", (message) => {
    held.push(message as Received);
    for (const look of [...waiting]) look();
  });
  child.once("exit", () => {
    isGone = true;
    for (const look of [...waiting]) look();
  });

  function next<K extends Received["kind"]>(kind: K, withinMs = ANSWER_WITHIN_MS) {
    return new Promise<Extract<Received, { kind: K }>>((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        waiting.delete(look);
      };
      const look = () => {
        const at = held.findIndex((message) => message.kind === kind);
        const found = held[at];
        if (found !== undefined) {
          settle();
          held.splice(at, 1);
          resolve(found as Extract<Received, { kind: K }>);
        } else if (isGone) {
          settle();
          reject(new Error(`${file} ended before it said "${kind}"`));
        }
      };
      const timer = setTimeout(() => {
        settle();
        reject(new Error(`${file} did not say "${kind}" within ${withinMs} ms`));
      }, withinMs);
      waiting.add(look);
      look();
    });
  }

  return {
    pid: child.pid ?? 0,
    send: (message) => void child.send(message),
    next,
    stop: () => stopChild(child, ended),
  };
}

async function stopChild(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.connected) child.disconnect();
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
  await ended;
  clearTimeout(timer);
}

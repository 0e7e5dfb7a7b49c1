import { parseArgs } from "node:util";
import { DemoError } from "./demo-error.ts";
import { DEFAULT_USERS } from "./situation.ts";

export interface DemoOptions {
  readonly host: string;
  readonly port: number;
  /** null: a fresh one, gone with the demo */
  readonly dataDir: string | null;
  /** where sockets, configurations, session files, logs and status.json go; null: a fresh temporary one, gone with the demo */
  readonly runDir: string | null;
  readonly seconds: number | null;
  readonly users: number;
  readonly seed: number | null;
  readonly hasApp: boolean;
  readonly hasTrouble: boolean;
}

const DEFAULT_LISTEN = "127.0.0.1:3000";
/** Beyond this the demo measures itself, not HAProxy. */
const MAX_USERS = 10_000;
/** setTimeout's own limit is 24.8 days. */
const MAX_SECONDS = 86_400;

export const usage = `npm run demo -- [options]
  --listen HOST:PORT  where the app listens (default ${DEFAULT_LISTEN})
  --users N           how many users (default ${DEFAULT_USERS})
  --trouble           let one server of API fail its checks now and then
  --data DIR          keep the app's data there (default: a fresh directory, removed at the end)
  --dir DIR           keep sockets, logs and status.json there (default: a temporary directory, removed at the end)
  --seed N            the same users again (the seed is printed at the start)
  --seconds N         stop by itself
  --no-app            only the load balancers and the users, to point another Drainboard at them`;

/** Throws a DemoError that names every mistake, one sentence each. Null: help was asked for. */
export function readOptions(args: readonly string[]): DemoOptions | null {
  const values = parse(args);
  if (values.help) return null;
  const mistakes: string[] = [];
  const listen = splitListen(values.listen ?? DEFAULT_LISTEN);
  if (listen === null)
    mistakes.push(`--listen ${values.listen} is not HOST:PORT; write for example --listen 127.0.0.1:4000.`);
  const number = (name: "users" | "seed" | "seconds", low: number, high: number): number | null => {
    const text = values[name];
    if (text === undefined) return null;
    const read = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (read >= low && read <= high) return read;
    mistakes.push(`--${name} ${text} is not a whole number from ${low} to ${high}.`);
    return null;
  };
  const users = number("users", 10, MAX_USERS);
  const seed = number("seed", 0, 2 ** 32 - 1);
  const seconds = number("seconds", 1, MAX_SECONDS);
  if (mistakes.length > 0 || listen === null) throw new DemoError(mistakes.join("\n"));
  return {
    ...listen,
    dataDir: values.data ?? null,
    runDir: values.dir ?? null,
    seconds,
    users: users ?? DEFAULT_USERS,
    seed,
    hasApp: !values["no-app"],
    hasTrouble: values.trouble ?? false,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        listen: { type: "string" },
        data: { type: "string" },
        dir: { type: "string" },
        users: { type: "string" },
        seed: { type: "string" },
        seconds: { type: "string" },
        trouble: { type: "boolean" },
        "no-app": { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (cause) {
    throw new DemoError(`${cause instanceof Error ? cause.message : String(cause)}.\n${usage}`);
  }
}

function splitListen(text: string): { host: string; port: number } | null {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:\s]+):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (match?.[1] === undefined || port > 65_535) return null;
  return { host: match[1].replace(/^\[|\]$/g, ""), port };
}

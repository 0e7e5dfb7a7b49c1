// The command line and the environment, as text: what was given and where, not yet what it means.
import { nearest } from "./nearest.ts";

interface OptionSpec {
  /** what stands after it; null: nothing */
  value: string | null;
  environment: string | null;
  repeats: boolean;
  help: string;
}

export const optionSpecs = {
  lb: {
    value: "NAME=ADDRESS",
    environment: "DRAINBOARD_LBS",
    repeats: true,
    help: "a load balancer: /path/to/admin.sock, tcp://host:port or tls://host:port",
  },
  master: {
    value: "NAME=ADDRESS",
    environment: "DRAINBOARD_MASTERS",
    repeats: true,
    help: "the master CLI of that load balancer, to see old workers after a reload",
  },
  config: { value: "FILE", environment: "DRAINBOARD_CONFIG", repeats: false, help: "a JSON file with all of this" },
  listen: {
    value: "HOST:PORT",
    environment: "DRAINBOARD_LISTEN",
    repeats: false,
    help: "where to serve (127.0.0.1:3000)",
  },
  data: { value: "DIR", environment: "DRAINBOARD_DATA", repeats: false, help: "database and secrets (./data)" },
  database: { value: "URL", environment: "DRAINBOARD_DATABASE", repeats: false, help: "sqlite, in the data directory" },
  poll: { value: "MS", environment: "DRAINBOARD_POLL_MS", repeats: false, help: "milliseconds between polls (1000)" },
  "public-url": {
    value: "URL",
    environment: "DRAINBOARD_PUBLIC_URL",
    repeats: false,
    help: "the address people use, when a proxy stands in front",
  },
  "trusted-proxy": {
    value: "ADDRESS",
    environment: "DRAINBOARD_TRUSTED_PROXIES",
    repeats: true,
    help: "a proxy in front whose X-Forwarded-* headers are believed: 10.0.0.5 or 10.0.0.0/8",
  },
  "tls-cert": {
    value: "FILE",
    environment: "DRAINBOARD_TLS_CERT",
    repeats: false,
    help: "serve https with this certificate chain (PEM)",
  },
  "tls-key": { value: "FILE", environment: "DRAINBOARD_TLS_KEY", repeats: false, help: "and this key" },
  help: { value: null, environment: null, repeats: false, help: "show this" },
  version: { value: null, environment: null, repeats: false, help: "show the version" },
} as const satisfies Record<string, OptionSpec>;

export type OptionName = keyof typeof optionSpecs;
const names = Object.keys(optionSpecs) as OptionName[]; // keys of a constant

/** A value and the words that name its place in a mistake: `--lb lb1=x` or `DRAINBOARD_LBS`. */
export interface Given {
  text: string;
  where: string;
}

export type GivenOptions = Partial<Record<OptionName, Given[]>>;

export function readOptions(argv: readonly string[]): { given: GivenOptions; mistakes: string[] } {
  const given: GivenOptions = {};
  const mistakes: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? "";
    if (!word.startsWith("--")) {
      mistakes.push(`"${word}" is not an option; options begin with --, for example --lb lb1=/run/haproxy/admin.sock.`);
      continue;
    }
    const equals = word.indexOf("=");
    const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
    const option = names.find((known) => known === name);
    if (option === undefined) {
      const meant = nearest(name, names);
      const hint = meant === null ? "--help shows all options" : `did you mean --${meant}`;
      mistakes.push(`--${name} is not an option; ${hint}.`);
      // Its value, if it has one, is not a mistake of its own.
      if (equals < 0 && !(argv[index + 1] ?? "--").startsWith("--")) index++;
      continue;
    }
    const spec: OptionSpec = optionSpecs[option];
    const inline = equals < 0 ? null : word.slice(equals + 1);
    if (spec.value === null) {
      if (inline !== null) mistakes.push(`--${option} takes no value; write it alone.`);
      given[option] = [{ text: "", where: `--${option}` }];
      continue;
    }
    const text = inline ?? argv[index + 1];
    if (text === undefined || text === "" || (inline === null && text.startsWith("--"))) {
      mistakes.push(`--${option} has no value; write --${option} ${spec.value}.`);
      continue;
    }
    if (inline === null) index++;
    const before = given[option] ?? [];
    if (before.length > 0 && !spec.repeats) mistakes.push(`--${option} is given twice; keep one.`);
    else given[option] = [...before, { text, where: `--${option} ${text}` }];
  }
  return { given, mistakes };
}

/** An option wins over its environment variable. An empty variable counts as none. */
export function withEnvironment(given: GivenOptions, env: Record<string, string | undefined>): GivenOptions {
  const all: GivenOptions = { ...given };
  for (const name of names) {
    const spec: OptionSpec = optionSpecs[name];
    const text = spec.environment === null ? undefined : env[spec.environment]?.trim();
    if (all[name] !== undefined || text === undefined || text === "") continue;
    const parts = spec.repeats ? text.split(/\s+/) : [text];
    all[name] = parts.map((part) => ({ text: part, where: `${spec.environment} (${part})` }));
  }
  return all;
}

export function helpText(): string {
  const rows = names.map((name) => {
    const spec: OptionSpec = optionSpecs[name];
    const left = spec.value === null ? `--${name}` : `--${name} ${spec.value}`;
    const more = spec.environment === null ? "" : ` [${spec.environment}]`;
    return `  ${left.padEnd(24)}${spec.help}${spec.repeats ? "; repeat for more" : ""}${more}`;
  });
  return [
    "Drainboard: live load-balancer maintenance for HAProxy, in a browser",
    "",
    "  npm start -- --lb lb1=/run/haproxy/admin.sock --lb lb2=tcp://10.0.0.2:9999",
    "",
    ...rows,
    "",
    "  DRAINBOARD_ADMIN_PASSWORD  password of the first user, admin; without it a set-up link is printed",
    "  DRAINBOARD_ADMIN_TOKEN     an API token with role admin, for provisioning",
  ].join("\n");
}

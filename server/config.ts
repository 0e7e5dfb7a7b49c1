// What the app was told: options win over the environment, the environment over the configuration file. Every mistake
// is found before anything starts, one sentence each: what, where, what to write instead.
import { resolve } from "node:path";
import { MIN_PASSWORD_CHARS } from "#lib/auth/password-rule.ts";
import type { AfterReload, LbSource } from "#lib/wire/settings.ts";
import type { ForwardedHeaders } from "./auth/forwarded.ts";
import type { IdentityHeader } from "./auth/identity-header.ts";
import { networkMistake } from "./auth/networks.ts";
import type { OidcConfig } from "./auth/oidc/oidc.ts";
import type { TlsFiles } from "./certificate.ts";
import { type ConfigFile, type ReadFile, readConfigFile, readText } from "./config/config-file.ts";
import { dataDirMistake } from "./config/data-dir.ts";
import { durationMs } from "./config/duration.ts";
import { readIdentityHeader } from "./config/identity-header.ts";
import { type NamedAddress, readNamedAddresses } from "./config/load-balancers.ts";
import { readOidc } from "./config/oidc.ts";
import {
  type Given,
  type GivenOptions,
  helpText,
  type OptionName,
  readOptions,
  withEnvironment,
} from "./config/options.ts";
import { readOwnTls } from "./config/own-tls.ts";
import { readTlsFiles } from "./config/tls-files.ts";
import { findSockets } from "./config/usual-places.ts";

export interface Config {
  loadBalancers: NamedAddress[];
  /** where they are named: all of them in one place, since an option wins over the environment and that over the file */
  loadBalancersFrom: Exclude<LbSource, "settings">;
  masters: NamedAddress[];
  listen: { host: string; port: number };
  /** absolute */
  dataDir: string;
  pollMs: number;
  /** origin without a final slash; null: from where it listens */
  publicUrl: string | null;
  /** who has signed in at a proxy in front */
  identityHeader?: IdentityHeader;
  /** the app's own certificate: it then serves https */
  tls?: TlsFiles;
  /** sign-in at a provider */
  oidc?: OidcConfig;
  /** addresses and networks whose X-Forwarded-* are believed */
  trustedProxies?: readonly string[];
  /** which headers those proxies write */
  forwardedHeaders?: ForwardedHeaders;
  backends: Record<string, BackendConfig>;
  /** what to do with a drain or maint set by a click that a reload took */
  afterReload?: AfterReload;
  /** audit rows older than this are removed; left out: all are kept */
  auditKeepDays?: number;
  adminPassword: string | undefined;
  adminToken: string | undefined;
}

export interface BackendConfig {
  minimum?: number;
  quietMs?: number;
}

export type ReadConfig = { ok: true; config: Config } | { ok: false; mistakes: string[] };

export interface ConfigSources {
  /** sockets in the usual places, asked only when no load balancer is given */
  findSockets?: () => string[];
  readFile?: ReadFile;
}

const MIN_POLL_MS = 100;
/** Numbers are stale after 10 s (lib/fleet/link.ts): polled more rarely they would be so between any two polls. */
const MAX_POLL_MS = 5_000;
const MIN_TOKEN_CHARS = 16;

/** Text to print instead of starting (`--help`, `--version`), or null. */
export function printOnly(argv: readonly string[], version: string): string | null {
  const { given } = readOptions(argv);
  if (given.help !== undefined) return helpText();
  return given.version === undefined ? null : version;
}

export function readConfig(
  argv: readonly string[],
  env: Record<string, string | undefined>,
  sources: ConfigSources = {},
): ReadConfig {
  const options = readOptions(argv);
  const mistakes = [...options.mistakes];
  const given = withEnvironment(options.given, env);
  const path = given.config?.[0]?.text;
  const fromFile = path === undefined ? { file: {}, mistakes: [] } : readConfigFile(path, sources.readFile ?? readText);
  mistakes.push(...fromFile.mistakes);
  const tlsFiles = readTlsFiles(fromFile.file, path ?? "", sources.readFile ?? readText);
  mistakes.push(...tlsFiles.mistakes);
  const oidc = readOidc(fromFile.file, path ?? "", env, sources.readFile ?? readText);
  mistakes.push(...oidc.mistakes);
  const all = withFile(given, fromFile.file, `configuration file "${path}"`);

  const keep = <T>(result: { value: T; mistake: string | null }): T => {
    if (result.mistake !== null) mistakes.push(result.mistake);
    return result.value;
  };
  const loadBalancers = readNamedAddresses(all.lb ?? []);
  const masters = readNamedAddresses(all.master ?? []);
  mistakes.push(...loadBalancers.mistakes, ...masters.mistakes);
  const named = new Set((all.lb ?? []).map(({ text }) => text.split("=")[0]));
  for (const { text, where } of all.master ?? []) {
    const name = text.split("=")[0] ?? "";
    if (text.includes("=") && !named.has(name))
      mistakes.push(
        `${where}: there is no load balancer "${name}"; give it with --lb ${name}=ADDRESS, or correct the name.`,
      );
  }

  const listen = keep(readListen(all.listen?.[0]));
  const dataDir = resolve(all.data?.[0]?.text ?? "data");
  const dataMistake = dataDirMistake(dataDir, all.data?.[0]?.where ?? "data directory ./data");
  if (dataMistake !== null) mistakes.push(dataMistake);
  const pollMs = keep(readPoll(all.poll?.[0]));
  const publicUrl = keep(readPublicUrl(all["public-url"]?.[0]));
  const identityHeader = readIdentityHeader(fromFile.file, `configuration file "${path}", identityHeader`);
  mistakes.push(...identityHeader.mistakes);
  const ownTls = readOwnTls(
    { cert: all["tls-cert"]?.[0], key: all["tls-key"]?.[0] },
    fromFile.file,
    path ?? "",
    sources.readFile ?? readText,
  );
  mistakes.push(...ownTls.mistakes);
  const proxies = all["trusted-proxy"] ?? [];
  for (const { text, where } of proxies) {
    const mistake = networkMistake(text);
    if (mistake !== null) mistakes.push(`${where}: ${mistake}.`);
  }
  const databaseMistake = readDatabase(all.database?.[0]);
  if (databaseMistake !== null) mistakes.push(databaseMistake);
  const adminPassword = filled(env.DRAINBOARD_ADMIN_PASSWORD);
  const adminToken = filled(env.DRAINBOARD_ADMIN_TOKEN);
  mistakes.push(...secretMistakes(adminPassword, adminToken));
  if (mistakes.length > 0) return { ok: false, mistakes };

  const found = all.lb === undefined ? socketsFound((sources.findSockets ?? findSockets)()) : loadBalancers.found;
  const withTls = found.map((lb) => ({
    ...lb,
    tls: lb.address.kind === "tls" ? tlsFiles.tls.get(lb.name) : undefined,
  }));
  const backends = readBackends(fromFile.file);
  return {
    ok: true,
    config: {
      loadBalancersFrom: sourceOf(options.given, given, all),
      ...{ loadBalancers: withTls, masters: masters.found, listen, dataDir, pollMs, publicUrl, backends },
      ...{ adminPassword, adminToken },
      ...(identityHeader.header === null ? {} : { identityHeader: identityHeader.header }),
      ...(ownTls.files === null ? {} : { tls: ownTls.files }),
      ...(oidc.oidc === null ? {} : { oidc: oidc.oidc }),
      ...(proxies.length === 0 ? {} : { trustedProxies: proxies.map(({ text }) => text) }),
      ...(fromFile.file.forwardedHeaders === undefined ? {} : { forwardedHeaders: fromFile.file.forwardedHeaders }),
      ...(fromFile.file.audit?.keepDays === undefined ? {} : { auditKeepDays: fromFile.file.audit.keepDays }),
      ...(fromFile.file.afterReload === undefined ? {} : { afterReload: fromFile.file.afterReload }),
    },
  };
}

/** What the file says, for the options that nobody gave. */
function withFile(given: GivenOptions, file: ConfigFile, where: string): GivenOptions {
  const all: GivenOptions = { ...given };
  const fill = (name: OptionName, key: string, values: readonly (string | number | undefined)[]) => {
    const texts = values.filter((value) => value !== undefined).map(String);
    if (all[name] === undefined && texts.length > 0)
      all[name] = texts.map((text) => ({ text, where: `${where}, ${key} (${text})` }));
  };
  const masters = file.loadBalancers?.filter((lb) => lb.master !== undefined) ?? [];
  fill("lb", "loadBalancers", file.loadBalancers?.map((lb) => `${lb.name}=${lb.address}`) ?? []);
  fill(
    "master",
    "loadBalancers",
    masters.map((lb) => `${lb.name}=${lb.master}`),
  );
  fill("listen", "listen", [file.listen]);
  fill("data", "data", [file.data]);
  fill("database", "database", [file.database]);
  fill("poll", "pollMs", [file.pollMs]);
  fill("public-url", "publicUrl", [file.publicUrl]);
  fill("trusted-proxy", "trustedProxies", file.trustedProxies ?? []);
  return all;
}

function sourceOf(argv: GivenOptions, withEnv: GivenOptions, all: GivenOptions): Config["loadBalancersFrom"] {
  if (argv.lb !== undefined) return "command line";
  if (withEnv.lb !== undefined) return "environment";
  return all.lb === undefined ? "found" : "config file";
}

function socketsFound(paths: readonly string[]): NamedAddress[] {
  const items = paths.map((path, index) => ({ text: `lb${index + 1}=${path}`, where: path }));
  // The same socket by two paths (/run and /var/run) is one: its sentence about that is not the user's mistake.
  return readNamedAddresses(items).found.map(({ address }, index) => ({ name: `lb${index + 1}`, address }));
}

function readListen(given: Given | undefined): { value: { host: string; port: number }; mistake: string | null } {
  const fallback = { host: "127.0.0.1", port: 3000 };
  if (given === undefined) return { value: fallback, mistake: null };
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(given.text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535)
    return {
      value: fallback,
      mistake: `${given.where}: is not HOST:PORT; write 127.0.0.1:3000, 0.0.0.0:3000 or [::1]:3000.`,
    };
  return { value: { host: match[1] ?? match[2] ?? fallback.host, port }, mistake: null };
}

function readPoll(given: Given | undefined): { value: number; mistake: string | null } {
  if (given === undefined) return { value: 1_000, mistake: null };
  const value = /^\d{1,9}$/.test(given.text) ? Number(given.text) : Number.NaN;
  if (value >= MIN_POLL_MS && value <= MAX_POLL_MS) return { value, mistake: null };
  const mistake = `${given.where}: is not a number of milliseconds from ${MIN_POLL_MS} to ${MAX_POLL_MS}; 1000 is a good one.`;
  return { value: 1_000, mistake };
}

function readPublicUrl(given: Given | undefined): { value: string | null; mistake: string | null } {
  if (given === undefined) return { value: null, mistake: null };
  const url = URL.parse(given.text);
  const isOrigin =
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    url.pathname === "/" &&
    url.search + url.hash + url.username === "";
  if (isOrigin) return { value: url.origin, mistake: null };
  const mistake = `${given.where}: is not the address of a site; write https://board.example.com, without a path.`;
  return { value: null, mistake };
}

function readDatabase(given: Given | undefined): string | null {
  if (given === undefined || given.text === "sqlite") return null;
  // The address can carry a password, so it is not repeated.
  const where = given.where.split(" ")[0] === "--database" ? "--database" : "the database setting";
  if (/^postgres(ql)?:/.test(given.text))
    return `${where}: PostgreSQL is not supported yet; leave it out to use SQLite in the data directory.`;
  return `${where}: is not a database this app knows; leave it out to use SQLite in the data directory.`;
}

function secretMistakes(password: string | undefined, token: string | undefined): string[] {
  const mistakes: string[] = [];
  if (password !== undefined && [...password].length < MIN_PASSWORD_CHARS)
    mistakes.push(`DRAINBOARD_ADMIN_PASSWORD: is too short; use at least ${MIN_PASSWORD_CHARS} characters.`);
  if (token !== undefined && !/^[!-~]+$/.test(token))
    mistakes.push("DRAINBOARD_ADMIN_TOKEN: has characters that no header can carry; use letters, digits, - and _.");
  else if (token !== undefined && token.length < MIN_TOKEN_CHARS)
    mistakes.push(
      `DRAINBOARD_ADMIN_TOKEN: is too short to be safe; use at least ${MIN_TOKEN_CHARS} random characters (openssl rand -hex 32 makes some).`,
    );
  return mistakes;
}

function readBackends(file: ConfigFile): Record<string, BackendConfig> {
  const entries = Object.entries(file.backends ?? {}).map(([name, { minimum, quiet }]) => {
    const quietMs = quiet === undefined ? null : durationMs(quiet);
    return [name, { ...(minimum === undefined ? {} : { minimum }), ...(quietMs === null ? {} : { quietMs }) }] as const;
  });
  return Object.fromEntries(entries);
}

function filled(text: string | undefined): string | undefined {
  return text === undefined || text === "" ? undefined : text;
}

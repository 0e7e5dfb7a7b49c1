// Which HAProxy binaries the tests run on. `npm test` names them in DRAINBOARD_HAPROXY_BINS ("2.2=/path 3.2=/path");
// a test started by hand finds the ones that an earlier `npm test` unpacked, and the system's.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

export interface HaproxyBinary {
  /** first two numbers, such as `2.6` */
  readonly version: string;
  readonly bin: string;
}

/** Sorted from old to new, one of each version. Throws when there is none: a test without HAProxy shows nothing. */
export function haproxyBinaries(): HaproxyBinary[] {
  const named = (process.env.DRAINBOARD_HAPROXY_BINS ?? "").split(/\s+/).filter(Boolean);
  const bins =
    named.length > 0 ? named.map((pair) => pair.slice(pair.indexOf("=") + 1)) : [...systemBins(), ...unpackedBins()];
  const byVersion = new Map<string, string>();
  for (const bin of bins) {
    const version = versionOf(bin);
    if (version !== null && !byVersion.has(version)) byVersion.set(version, bin);
  }
  if (byVersion.size === 0) throw new Error("no HAProxy was found: run `npm test`, or set HAPROXY_BIN to a binary");
  return [...byVersion]
    .map(([version, bin]) => ({ version, bin }))
    .sort((a, b) => a.version.localeCompare(b.version, "en", { numeric: true }));
}

/** One binary for tests where the version does not matter: the system's, else the newest. */
export function haproxyBinary(): HaproxyBinary {
  const all = haproxyBinaries();
  const preferred = systemBins()[0];
  const found = all.find((one) => one.bin === preferred) ?? all.at(-1);
  if (found === undefined) throw new Error("no HAProxy was found");
  return found;
}

function systemBins(): string[] {
  const dirs = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"];
  const named = process.env.HAPROXY_BIN;
  return [...(named ? [named] : []), ...dirs.map((dir) => join(dir, "haproxy"))].filter((file) => existsSync(file));
}

function unpackedBins(): string[] {
  const cache = resolve(import.meta.dirname, "../../.cache/haproxy");
  if (!existsSync(cache)) return [];
  return readdirSync(cache)
    .map((suite) => join(cache, suite, "haproxy"))
    .filter((file) => existsSync(file));
}

function versionOf(bin: string): string | null {
  try {
    return /^HA-?Proxy version (\d+\.\d+)/.exec(execFileSync(bin, ["-v"], { encoding: "utf8" }))?.[1] ?? null;
  } catch {
    return null;
  }
}

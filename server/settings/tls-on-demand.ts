// TLS files of a load balancer of the settings are read when a connection is made, and again after TLS failed: a file
// that is missing at start keeps nobody else from being shown, and a renewed certificate needs no restart.
import { readFileSync, statSync } from "node:fs";
import type { TlsPaths } from "#lib/wire/settings.ts";
import { readTls } from "#server/config/tls-files.ts";
import { RuntimeError } from "#server/runtime/errors.ts";
import { type Exchange, exchange, type TlsSettings } from "#server/runtime/transport.ts";

/** A chain of certificates has a few kB; anything larger is another file. */
const MAX_PEM_BYTES = 1024 * 1024;

export type ReadTls = { ok: true; tls: TlsSettings } | { ok: false; mistakes: string[] };

export function readTlsPaths(paths: TlsPaths, where: string): ReadTls {
  const { ca, cert, key, serverName } = paths;
  const files = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(serverName === undefined ? {} : { serverName }),
  };
  const mistakes: string[] = [];
  const tls = readTls(files, "/", where, readPem, mistakes);
  return tls === null ? { ok: false, mistakes } : { ok: true, tls };
}

export function exchangeWithFiles(paths: TlsPaths): Exchange {
  let known: TlsSettings | null = null;
  return async (address, line, options) => {
    if (address.kind !== "tls") return exchange(address, line, options);
    if (known === null) {
      const read = readTlsPaths(paths, "its TLS files");
      if (!read.ok) throw new RuntimeError("tls", "before-send", options.who, read.mistakes.join(" "));
      known = read.tls;
    }
    try {
      return await exchange(address, line, { ...options, tls: known });
    } catch (error) {
      if (error instanceof RuntimeError && error.code === "tls") known = null;
      throw error;
    }
  };
}

/** Never a device or a pipe, which would never end. */
function readPem(path: string): string {
  const found = statSync(path);
  if (!found.isFile()) throw Object.assign(new Error("not a file"), { code: "not a file" });
  if (found.size > MAX_PEM_BYTES) throw Object.assign(new Error("too large"), { code: "too large for a PEM file" });
  return readFileSync(path, "utf8");
}

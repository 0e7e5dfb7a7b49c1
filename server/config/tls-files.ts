// Files for tls:// load balancers, named in the configuration file, read once at start: what to trust (`ca`), and the
// client's own certificate where HAProxy's listener asks for one (`verify required`). There is no switch to trust anybody.
// Those of the settings are read when the connection is made (server/settings/tls-on-demand.ts).

import { dirname, resolve } from "node:path";
import { createSecureContext } from "node:tls";
import type { TlsSettings } from "#server/runtime/transport.ts";
import type { ConfigFile, ReadFile } from "./config-file.ts";

type TlsFiles = NonNullable<NonNullable<ConfigFile["loadBalancers"]>[number]["tls"]>;

/** By name of the load balancer. Paths are relative to the configuration file. */
export function readTlsFiles(
  file: ConfigFile,
  configPath: string,
  read: ReadFile,
): { tls: Map<string, TlsSettings>; mistakes: string[] } {
  const tls = new Map<string, TlsSettings>();
  const mistakes: string[] = [];
  for (const lb of file.loadBalancers ?? []) {
    if (lb.tls === undefined) continue;
    const where = `configuration file "${configPath}", load balancer "${lb.name}"`;
    if (!lb.address.startsWith("tls://")) {
      mistakes.push(
        `${where}: has tls settings but its address ${lb.address} is not tls://; change the address or remove them.`,
      );
      continue;
    }
    const settings = readTls(lb.tls, dirname(configPath), where, read, mistakes);
    if (settings !== null) tls.set(lb.name, settings);
  }
  return { tls, mistakes };
}

/** Null: the mistakes say why. */
export function readTls(
  files: TlsFiles,
  dir: string,
  where: string,
  read: ReadFile,
  mistakes: string[],
): TlsSettings | null {
  const before = mistakes.length;
  const texts: { ca?: string; cert?: string; key?: string } = {};
  for (const kind of ["ca", "cert", "key"] as const) {
    const path = files[kind];
    if (path === undefined) continue;
    const full = resolve(dir, path);
    try {
      texts[kind] = read(full);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
      mistakes.push(`${where}: tls.${kind} ${full} cannot be read (${code}). Check the path and its rights.`);
    }
  }
  if ((files.cert === undefined) !== (files.key === undefined)) {
    mistakes.push(`${where}: tls.cert and tls.key belong together; give both or neither.`);
  }
  if (mistakes.length > before) return null;
  try {
    createSecureContext(texts);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    mistakes.push(`${where}: its tls files are not usable PEM files that fit together (${why}).`);
    return null;
  }
  return { ...texts, ...(files.serverName === undefined ? {} : { servername: files.serverName }) };
}

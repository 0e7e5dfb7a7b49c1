import { dirname, resolve } from "node:path";
import { readCertificate, type TlsFiles } from "#server/certificate.ts";
import type { ConfigFile, ReadFile } from "./config-file.ts";
import type { Given } from "./options.ts";

/** The app's own certificate and key. Paths of the file are relative to it, others to where the app was started. */
export function readOwnTls(
  options: { cert: Given | undefined; key: Given | undefined },
  file: ConfigFile,
  configPath: string,
  read: ReadFile,
): { files: TlsFiles | null; mistakes: string[] } {
  const pathOf = (given: Given | undefined, key: "cert" | "key"): Given | null => {
    if (given !== undefined) return { ...given, text: resolve(given.text) };
    const path = file.tls?.[key];
    if (path === undefined) return null;
    return {
      text: resolve(dirname(configPath), path),
      where: `configuration file "${configPath}", tls.${key} (${path})`,
    };
  };
  const cert = pathOf(options.cert, "cert");
  const key = pathOf(options.key, "key");
  if (cert === null && key === null) return { files: null, mistakes: [] };
  if (cert === null || key === null) {
    const where = (cert ?? key)?.where ?? "";
    return { files: null, mistakes: [`${where}: certificate and key belong together; give --tls-cert and --tls-key.`] };
  }
  const mistakes: string[] = [];
  for (const { text, where } of [cert, key]) {
    try {
      read(text);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
      mistakes.push(`${where}: ${text} cannot be read (${code}). Check the path and its rights.`);
    }
  }
  if (mistakes.length > 0) return { files: null, mistakes };
  const files = { cert: cert.text, key: key.text };
  try {
    readCertificate(files, read);
    return { files, mistakes };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      files: null,
      mistakes: [`${cert.where}: is not a PEM certificate that fits the key ${key.text} (${why}).`],
    };
  }
}

// The app's own certificate, when it speaks TLS itself: read at the start, and again when its files change or at SIGHUP.
// Open connections stay; one that cannot be used leaves the last good one in place.
import { readFileSync, unwatchFile, watchFile } from "node:fs";
import type { Server } from "node:https";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import type { Log } from "#server/log.ts";

/** Absolute paths of PEM files; the certificate's holds the whole chain. */
export interface TlsFiles {
  cert: string;
  key: string;
}

const LOOK_EVERY_MS = 5_000;

/** Throws what the file system or OpenSSL says when they are not there or do not fit together. */
export function readCertificate(
  files: TlsFiles,
  read = (path: string) => readFileSync(path, "utf8"),
): SecureContextOptions {
  const options: SecureContextOptions = { cert: read(files.cert), key: read(files.key), minVersion: "TLSv1.2" };
  createSecureContext(options);
  return options;
}

export class CertificateWatch {
  readonly #server: Server;
  readonly #files: TlsFiles;
  readonly #log: Log;

  constructor(server: Server, files: TlsFiles, log: Log) {
    this.#server = server;
    this.#files = files;
    this.#log = log;
  }

  /** By looking, not by notification: those miss what is swapped behind a link. */
  start(everyMs = LOOK_EVERY_MS): void {
    for (const path of Object.values(this.#files))
      watchFile(path, { interval: everyMs, persistent: false }, this.reload);
  }

  readonly reload = (): void => {
    try {
      this.#server.setSecureContext(readCertificate(this.#files));
      this.#log.info({ cert: this.#files.cert }, "the certificate was read again");
    } catch (error) {
      // Certificate and key are replaced one after the other: between the two they do not fit.
      const why = error instanceof Error ? error.message : String(error);
      this.#log.error({ why, cert: this.#files.cert }, "the new certificate cannot be used; the one before stays");
    }
  };

  stop(): void {
    for (const path of Object.values(this.#files)) unwatchFile(path, this.reload);
  }
}

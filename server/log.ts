// Logs go to standard error: standard output carries only what contract.md promises there. Secrets are kept out twice:
// nobody logs bodies or headers, and these paths are censored should somebody do it all the same.
import { type DestinationStream, destination, type Logger, pino } from "pino";

export type Log = Logger;

const secretKeys = [
  "password",
  "passwordHash",
  "token",
  "adminToken",
  "adminPassword",
  "setupCode",
  "cookie",
  "authorization",
];
const headerKeys = ["headers.cookie", "headers.authorization", 'headers["set-cookie"]'];
const redactPaths = [...secretKeys, ...headerKeys].flatMap((path) => [path, `*.${path}`]);

export interface LogOptions {
  level?: "trace" | "debug" | "info" | "warn" | "error" | "silent";
  /** tests read the lines here */
  to?: DestinationStream;
}

export function createLog(options: LogOptions = {}): Log {
  return pino(
    {
      level: options.level ?? "info",
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: redactPaths, censor: "[hidden]" },
    },
    // Synchronous: the last lines before a crash are the ones that matter, and there are few.
    options.to ?? destination({ fd: 2, sync: true }),
  );
}

/** For tests and for tools that have nothing to say. */
export const silentLog: Log = pino({ level: "silent" });

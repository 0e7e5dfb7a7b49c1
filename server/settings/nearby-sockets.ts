// Sockets of this machine that look like HAProxy's, for a person to choose from: in the usual places, or bound by a process
// under its name. Nobody is asked anything: only what is chosen is tested.
import { readFileSync, statSync } from "node:fs";
import { findSockets } from "#server/config/usual-places.ts";

const LOOKS_LIKE_HAPROXY = /haproxy|\/admin\.sock$/i;
/** HAProxy binds under this name and renames the file (seen on 2.2 to 3.2); the kernel's table keeps what was bound. */
const WHILE_BINDING = /\.\d+\.tmp$/;
/** Its answers are for HAProxy's own workers. */
const MASTER = /master/i;

/** Whole paths, those of the usual places first, each once. */
export function nearbySockets(usual: readonly string[] = findSockets(), table: string = unixTable()): string[] {
  const bound = boundPaths(table)
    .filter((path) => LOOKS_LIKE_HAPROXY.test(path) && !MASTER.test(path))
    .filter(isThere)
    .sort();
  return [...new Set([...usual, ...bound])];
}

/** Of the text of `/proc/net/unix`: the last column, where it is a path and not an abstract name. */
function boundPaths(table: string): string[] {
  return table.split("\n").flatMap((line) => {
    const path = /^[0-9a-f]+:(?: \S+){5} +\d+ (\/.*)$/i.exec(line)?.[1];
    return path === undefined ? [] : [path.replace(WHILE_BINDING, "")];
  });
}

/** One that may not be looked at is there: the test says whose right is missing. */
function isThere(path: string): boolean {
  try {
    return statSync(path).isSocket();
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EACCES";
  }
}

/** Empty where the system has no such table. */
function unixTable(): string {
  try {
    return readFileSync("/proc/net/unix", "utf8");
  } catch {
    return "";
  }
}

import { accessSync, constants, statSync } from "node:fs";
import { dirname } from "node:path";

/** One sentence when the directory cannot be used or made, judged without making anything; else null. */
export function dataDirMistake(dir: string, where: string): string | null {
  for (let path = dir; ; path = dirname(path)) {
    try {
      if (!statSync(path).isDirectory())
        return `${where}: ${path} is not a directory; name a directory that the app may write to.`;
      accessSync(path, constants.W_OK | constants.X_OK);
      return null;
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
      if (code === "ENOENT" && path !== dirname(path)) continue;
      if (code === "ENOTDIR" && path !== dirname(path)) continue;
      return `${where}: ${path} cannot be written (${code}); make it writable for the app's user, or name another directory.`;
    }
  }
}

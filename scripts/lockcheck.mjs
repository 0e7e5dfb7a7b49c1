// npm leaves an optional package that its registry lacks out of the lock file without a word, and a clone on another
// platform then fails at run time. This reads the lock and says which platforms it cannot serve.
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "./shell.mjs";

const PLATFORMS = ["linux-x64", "linux-arm64", "darwin-arm64", "darwin-x64", "win32-x64"];

/** One sentence per fault of a parsed package-lock.json; empty when it serves every platform. */
export function lockFaults(lock) {
  const entries = Object.entries(lock.packages ?? {});
  const locked = new Set(entries.map(([key]) => key.slice(key.lastIndexOf("node_modules/") + "node_modules/".length)));
  const faults = [];
  for (const [owner, entry] of entries) {
    const byPlatform = new Map();
    for (const name of Object.keys(entry.optionalDependencies ?? {})) {
      const platform = platformOf(name);
      if (platform) byPlatform.set(platform, (byPlatform.get(platform) ?? false) || locked.has(name));
    }
    const missing = PLATFORMS.filter((platform) => byPlatform.get(platform) === false);
    if (missing.length > 0) faults.push(`${owner || "package.json"} has no locked binary for ${missing.join(", ")}`);
    if (entry.hasInstallScript) faults.push(`${owner} has an install script, which npm 12 blocks`);
  }
  return faults;
}

function platformOf(name) {
  const match = /(linux|darwin|win32|win)[-.]?(x64|arm64)/.exec(name);
  if (!match) return null;
  return `${match[1] === "win" ? "win32" : match[1]}-${match[2]}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const faults = lockFaults(JSON.parse(fs.readFileSync(path.join(root, "package-lock.json"), "utf8")));
  for (const fault of faults) console.error(`package-lock.json: ${fault}. Choose a version whose binaries all exist.`);
  process.exitCode = faults.length > 0 ? 1 : 0;
}

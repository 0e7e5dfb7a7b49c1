// Small helpers of the scripts. Plain JavaScript for any Node >= 18, with nothing installed: these run before npm ci.
import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import { constants } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Debian puts haproxy in /usr/sbin, which an ordinary user does not search. */
const EXTRA_BIN_DIRS = ["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"];

/** To standard error: standard output belongs to the program that is run. */
export function say(text) {
  process.stderr.write(`drainboard: ${text}\n`);
}

export function die(text, code = 1) {
  say(text);
  process.exit(code);
}

export function which(name) {
  const dirs = [...(process.env.PATH ?? "").split(path.delimiter), ...EXTRA_BIN_DIRS];
  return dirs.map((dir) => path.join(dir, name)).find((file) => fs.existsSync(file)) ?? null;
}

/** Runs quietly; `{ok, out, why}`. */
export function quiet(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: "utf8", maxBuffer: 256 * 1024 * 1024, ...options });
  const out = result.stdout ?? "";
  if (result.status === 0) return { ok: true, out, why: "" };
  const lines = (result.stderr ?? "").trim().split("\n").filter(Boolean);
  return { ok: false, out, why: result.error?.message ?? lines.at(-1) ?? `${command} ended with ${result.status}` };
}

/** A step whose output people may read, kept off standard output. Ends the program when it fails. */
export function must(what, command, args, options = {}) {
  const result = spawnSync(command, args, { stdio: ["ignore", 2, 2], cwd: root, ...options });
  if (result.status !== 0) die(`${what} failed${result.error ? `: ${result.error.message}` : ""}`, result.status ?? 1);
}

/** npm and the terminal may both pass on the same Ctrl-C: a child that gets it twice would think it is urgent. */
const SAME_SIGNAL_MS = 500;

/** Runs a child with our own stdin, stdout and stderr, hands signals on, and resolves with its exit code. */
export function run(command, args, env) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: "inherit", cwd: root, env });
    const sentAt = new Map();
    const forward = (signal) => {
      // A terminal sends Ctrl-C to the whole group, so the child has it already.
      if (signal === "SIGINT" && process.stdin.isTTY) return;
      const now = Date.now();
      if (now - (sentAt.get(signal) ?? 0) < SAME_SIGNAL_MS) return;
      sentAt.set(signal, now);
      child.kill(signal);
    };
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
    for (const signal of signals) process.on(signal, forward);
    const done = (code) => {
      for (const signal of signals) process.off(signal, forward);
      resolve(code);
    };
    child.on("error", (error) => {
      say(`cannot run ${command}: ${error.message}`);
      done(1);
    });
    child.on("exit", (code, signal) => done(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}

// Debian packages without installing them: `apt-get download` and `dpkg-deb -x` into .cache need neither root nor a password.
import fs from "node:fs";
import path from "node:path";
import { quiet, which } from "./shell.mjs";

const isRoot = process.getuid?.() === 0;
const RETRIES = ["-o", "Acquire::Retries=3"];

export function hasApt() {
  return which("apt-get") !== null && which("dpkg-deb") !== null;
}

/** Root itself, or sudo that asks for no password. */
export function canInstall() {
  return isRoot || (which("sudo") !== null && quiet("sudo", ["-n", "true"]).ok);
}

let wasUpdated = false;
function updateOnce() {
  if (wasUpdated || !canInstall()) return;
  wasUpdated = true;
  asRoot(["-qq", "update"]);
}

/** Installs on the system; `{ok, why}`. */
export function aptInstall(names) {
  if (!canInstall()) return { ok: false, why: "neither root nor sudo without a password" };
  updateOnce();
  return asRoot(["-qq", "-y", "--no-install-recommends", "install", ...names]);
}

function asRoot(args) {
  const noQuestions = "DEBIAN_FRONTEND=noninteractive";
  const command = isRoot ? ["env", noQuestions, "apt-get"] : ["sudo", "-n", noQuestions, "apt-get"];
  return quiet(command[0], [...command.slice(1), ...RETRIES, ...args]);
}

/** Downloads packages and unpacks them under `dir`/root; `{ok, why}`. `options` are for apt-get, such as another suite. */
export function unpackPackages(dir, names, options = []) {
  const debs = path.join(dir, "debs");
  fs.rmSync(debs, { recursive: true, force: true });
  fs.mkdirSync(debs, { recursive: true });
  if (options.length === 0) updateOnce();
  const got = quiet("apt-get", ["-qq", ...RETRIES, ...options, "download", ...names], { cwd: debs });
  if (!got.ok) return got;
  for (const file of fs.readdirSync(debs).filter((name) => name.endsWith(".deb"))) {
    const unpacked = quiet("dpkg-deb", ["-x", path.join(debs, file), path.join(dir, "root")]);
    if (!unpacked.ok) return unpacked;
  }
  fs.rmSync(debs, { recursive: true, force: true });
  return { ok: true, why: "" };
}

/** A package and every library package it needs, by following (Pre-)Depends of packages named lib* or zlib1g. */
export function withLibraries(name, options = []) {
  const found = new Set([name]);
  let next = [name];
  while (next.length > 0) {
    const { out } = quiet("apt-cache", [...options, "depends", ...next]);
    const needs = [...out.matchAll(/^\s+\|?(?:Pre)?Depends: ((?:lib|zlib1g)[^\s<>]*)$/gm)].map((match) => match[1]);
    next = [...new Set(needs)].filter((need) => !found.has(need));
    for (const need of next) found.add(need);
  }
  return [...found];
}

/** Directories under `dir`/root that hold shared libraries. */
export function libraryDirs(dir) {
  const dirs = new Set();
  const walk = (folder) => {
    for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) walk(path.join(folder, entry.name));
      else if (/\.so(\.|$)/.test(entry.name)) dirs.add(folder);
    }
  };
  for (const top of ["lib", "usr/lib", "lib64"]) {
    const folder = path.join(dir, "root", top);
    if (fs.existsSync(folder) && !fs.lstatSync(folder).isSymbolicLink()) walk(folder);
  }
  return [...dirs].filter((folder) => /-linux-gnu(eabihf)?$/.test(folder));
}

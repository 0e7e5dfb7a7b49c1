// Finds or fetches what the tests and the demo need: a real HAProxy and a Chromium. Already there, else the system's
// packages, else unpacked into .cache. Never starts a service, never asks for a password. `{bin}` or `{bin: null, why}`.
import fs from "node:fs";
import path from "node:path";
import zlib from "node:zlib";
import { aptInstall, canInstall, hasApt, libraryDirs, unpackPackages, withLibraries } from "./apt.mjs";
import { quiet, root, say, which } from "./shell.mjs";

const cache = path.join(root, ".cache", "tools");
const CHROMIUM_NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const MAC_CHROMIUMS = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];
/** A Chromium that npm carries, for a Linux without root; it brings no NSS libraries. */
const NPM_CHROMIUM = "@sparticuz/chromium@153.0.0";
const NSS_PACKAGES = ["libnss3", "libnspr4", "libexpat1"];

export function haproxy() {
  const found = process.env.HAPROXY_BIN ?? which("haproxy");
  if (found)
    return runs(found, "-v") ? { bin: found } : { bin: null, why: `${found} does not run (HAPROXY_BIN or PATH)` };
  const dir = path.join(cache, "haproxy");
  const wrapper = path.join(dir, "haproxy");
  if (!runs(wrapper, "-v") && hasApt()) {
    say("fetching the haproxy package into .cache (nothing is installed on the system)");
    const unpacked = unpackPackages(dir, withLibraries("haproxy").filter(isNotCore));
    if (!unpacked.ok) say(`apt-get download haproxy: ${unpacked.why}`);
    writeWrapper(wrapper, path.join(dir, "root/usr/sbin/haproxy"), dir);
  }
  if (runs(wrapper, "-v")) return { bin: wrapper };
  const how = process.platform === "darwin" ? "brew install haproxy" : "sudo apt-get install haproxy";
  return { bin: null, why: `Install it (${how}), or set HAPROXY_BIN to its path.` };
}

/** hatop and the tmux it runs in: another tool on the same socket, for one test. `{ok, why}` */
export function hatop() {
  const names = ["hatop", "tmux"];
  const missing = () => names.filter((name) => !which(name));
  if (missing().length > 0 && hasApt() && canInstall()) {
    say(`installing ${missing().join(" and ")} for a test`);
    aptInstall(missing());
  }
  if (missing().length === 0) return { ok: true, why: "" };
  return { ok: false, why: `Install ${missing().join(" and ")} (sudo apt-get install ${missing().join(" ")}).` };
}

export function chromium() {
  const found =
    process.env.CHROMIUM_PATH ??
    CHROMIUM_NAMES.map(which).find(Boolean) ??
    MAC_CHROMIUMS.find((file) => fs.existsSync(file));
  if (found) return { bin: found };
  if (hasApt() && canInstall()) {
    say("installing the chromium package (apt-get install chromium)");
    const installed = aptInstall(["chromium"]);
    const bin = which("chromium");
    if (bin) return { bin };
    say(`apt-get install chromium: ${installed.why}`);
  }
  if (process.platform === "linux" && process.arch === "x64") {
    const wrapper = chromiumFromNpm();
    if (runs(wrapper, "--version")) return { bin: wrapper };
  }
  const how = process.platform === "darwin" ? "brew install --cask google-chrome" : "sudo apt-get install chromium";
  return { bin: null, why: `Install it (${how}), or set CHROMIUM_PATH to a Chromium or Chrome.` };
}

function chromiumFromNpm() {
  const dir = path.join(cache, "chromium");
  const wrapper = path.join(dir, "run");
  if (runs(wrapper, "--version")) return wrapper;
  say(`fetching ${NPM_CHROMIUM} from npm into .cache (75 MB)`);
  fs.mkdirSync(dir, { recursive: true });
  fs.writeFileSync(path.join(dir, "package.json"), '{"private":true}');
  const got = quiet("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", NPM_CHROMIUM], { cwd: dir });
  const packed = path.join(dir, "node_modules/@sparticuz/chromium/bin/chromium.br");
  if (!fs.existsSync(packed)) {
    say(`npm install ${NPM_CHROMIUM}: ${got.why}`);
    return wrapper;
  }
  const bin = path.join(dir, "chromium");
  fs.writeFileSync(bin, zlib.brotliDecompressSync(fs.readFileSync(packed)), { mode: 0o755 });
  if (hasApt()) {
    const unpacked = unpackPackages(dir, NSS_PACKAGES);
    if (!unpacked.ok) say(`apt-get download ${NSS_PACKAGES.join(" ")}: ${unpacked.why}`);
  }
  writeWrapper(wrapper, bin, dir);
  return wrapper;
}

/** The system's own C library must stay the one in use: mixing two in one process crashes it. */
function isNotCore(name) {
  return !/^(libc6|libgcc|libstdc\+\+)/.test(name);
}

function writeWrapper(file, bin, dir) {
  if (!fs.existsSync(bin)) return;
  const libraries = fs.existsSync(path.join(dir, "root")) ? libraryDirs(dir).join(":") : "";
  fs.writeFileSync(file, `#!/bin/sh\nLD_LIBRARY_PATH="${libraries}" exec "${bin}" "$@"\n`, { mode: 0o755 });
}

function runs(bin, flag) {
  return fs.existsSync(bin) && quiet(bin, [flag]).ok;
}

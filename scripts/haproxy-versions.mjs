// Several versions of HAProxy beside each other, from Debian's releases, under .cache/haproxy: unpacked, never installed.
// Each runs with its own release's libraries (patchelf writes them into the binary, so that a reload with -W, which
// executes it again, finds them too). Packages are found through apt with a private list of sources, so apt checks their
// signatures and the mirror is the one this machine already uses. A version is named by what its binary says.
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { aptInstall, hasApt, libraryDirs, unpackPackages, withLibraries } from "./apt.mjs";
import { quiet, root, say, which } from "./shell.mjs";

/** bullseye 2.2, trixie 3.0, sid whatever is newest (3.2 when this was written) */
const SUITES = ["bullseye", "trixie", "sid"];
const cache = path.join(root, ".cache", "haproxy");
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** `{bins: {"2.2": path}, missing: [{what, why}]}`. Slow only when the cache is empty or was moved. */
export function haproxyVersions() {
  const bins = {};
  const missing = [];
  for (const suite of SUITES) {
    const bin = path.join(cache, suite, "haproxy");
    let version = versionOf(bin);
    if (version === null) {
      const why = unpack(suite, bin);
      version = versionOf(bin);
      if (version === null) {
        missing.push({ what: `HAProxy of Debian ${suite}`, why: why ?? "the unpacked binary does not run" });
        continue;
      }
    }
    bins[version] ??= bin;
  }
  return { bins, missing };
}

/** `2.6` from `HA-Proxy version 2.6.12-...` (2.2 and before) or `HAProxy version ...`; null when it does not run. */
export function versionOf(bin) {
  if (!fs.existsSync(bin)) return null;
  const { ok, out } = quiet(bin, ["-v"]);
  return ok ? (/^HA-?Proxy version (\d+\.\d+)/.exec(out)?.[1] ?? null) : null;
}

/** A sentence that says why it did not work, or null. */
function unpack(suite, bin) {
  if (process.platform !== "linux" || !hasApt())
    return "it is unpacked with apt-get and dpkg-deb, which this machine lacks";
  const mirror = debianMirror();
  if (mirror === null) return "no Debian mirror is among this machine's apt sources";
  const patchelf = findPatchelf();
  if (patchelf === null) return "patchelf is missing and could not be fetched: apt-get install patchelf";

  const dir = path.join(cache, suite);
  fs.rmSync(dir, { recursive: true, force: true });
  say(`fetching HAProxy of Debian ${suite} into .cache/haproxy (once, nothing is installed)`);
  const options = privateApt(dir, mirror, suite);
  const updated = quiet("apt-get", [...options, "-o", "Acquire::Retries=3", "update"]);
  if (!updated.ok) return `apt-get update of ${suite} failed: ${updated.why}`;
  const unpacked = unpackPackages(dir, withLibraries("haproxy", options), options);
  if (!unpacked.ok) return `apt-get download from ${suite} failed: ${unpacked.why}`;
  fs.rmSync(path.join(dir, "apt"), { recursive: true, force: true });

  const libraries = libraryDirs(dir);
  const original = path.join(dir, "root", "usr/sbin/haproxy");
  const loaderName = path.basename(quiet(patchelf, ["--print-interpreter", original]).out.trim());
  const loader = libraries.map((folder) => path.join(folder, loaderName)).find((file) => fs.existsSync(file));
  if (loader === undefined) return `the packages of ${suite} hold no ${loaderName}`;
  fs.copyFileSync(original, bin);
  const patched = quiet(patchelf, [
    "--set-interpreter",
    loader,
    "--set-rpath",
    libraries.join(":"),
    "--force-rpath",
    bin,
  ]);
  return patched.ok ? null : `patchelf failed: ${patched.why}`;
}

function debianMirror() {
  const { out } = quiet("apt-get", ["indextargets", "--format", "$(SITE)", "Created-By: Packages"]);
  return out.split("\n").find((site) => /\/debian\/?$/.test(site)) ?? null;
}

/** Options that give apt its own sources, lists and cache under `dir`/apt and leave the system's alone. */
function privateApt(dir, mirror, suite) {
  const home = path.join(dir, "apt");
  for (const folder of ["state/lists/partial", "cache/archives/partial", "parts"]) {
    fs.mkdirSync(path.join(home, folder), { recursive: true });
  }
  const signedBy = fs.existsSync(KEYRING) ? `[signed-by=${KEYRING}] ` : "";
  fs.writeFileSync(path.join(home, "sources.list"), `deb ${signedBy}${mirror} ${suite} main\n`);
  fs.writeFileSync(path.join(home, "status"), "");
  return Object.entries({
    "Dir::Etc::SourceList": path.join(home, "sources.list"),
    "Dir::Etc::SourceParts": path.join(home, "parts"),
    "Dir::State": path.join(home, "state"),
    "Dir::State::Status": path.join(home, "status"),
    "Dir::Cache": path.join(home, "cache"),
    "Acquire::Languages": "none",
    // A mirror frozen at a day has lists that are past their date; the signature still holds.
    "Acquire::Check-Valid-Until": "false",
    // apt's own user may not enter a home directory; without this it warns at each file.
    "APT::Sandbox::User": "root",
  }).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
}

function findPatchelf() {
  const found = which("patchelf");
  if (found !== null) return found;
  if (aptInstall(["patchelf"]).ok) return which("patchelf");
  const dir = path.join(cache, "patchelf");
  const bin = path.join(dir, "root", "usr/bin/patchelf");
  if (!fs.existsSync(bin) && !unpackPackages(dir, ["patchelf"]).ok) return null;
  return quiet(bin, ["--version"]).ok ? bin : null;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { bins, missing } = haproxyVersions();
  for (const [version, bin] of Object.entries(bins)) console.log(`${version}=${bin}`);
  for (const { what, why } of missing) console.error(`${what}: ${why}`);
  process.exitCode = missing.length > 0 ? 1 : 0;
}

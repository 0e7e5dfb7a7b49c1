// What must be there before anything runs: the packages of the lock file, a Node that is new enough, a production build.
// Each is done once and remembered by a stamp made of everything it depends on.
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { die, must, root, say } from "./shell.mjs";

const OLDEST_NODE = [24, 15];
const BUILT_FROM_DIRS = ["app", "components", "lib", "public"];
const BUILT_FROM_FILES = [
  "next.config.mjs",
  "postcss.config.mjs",
  "tsconfig.json",
  "package.json",
  "package-lock.json",
];
const at = (...parts) => path.join(root, ...parts);

export function installDependencies() {
  const want = createHash("sha256")
    .update(fs.readFileSync(at("package-lock.json")))
    .update(`${process.platform} ${process.arch}`)
    .digest("hex");
  const stamp = at("node_modules", ".lock-stamp");
  if (read(stamp) === want) return;
  say("installing the packages of package-lock.json (once, about a minute)");
  // --include=dev: a shell with NODE_ENV=production would leave out what the build and the tests need.
  const args = ["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"];
  const npm = process.env.npm_execpath;
  if (npm?.endsWith("js")) must("npm ci", process.execPath, [npm, ...args]);
  else must("npm ci", "npm", args, { shell: process.platform === "win32" });
  fs.writeFileSync(stamp, want);
}

/** Path of the Node to run everything with, and an environment in which `node` means that one. */
export function chooseNode() {
  const node = bundledNode() ?? process.execPath;
  if (node === process.execPath && !isNewEnough(process.versions.node)) {
    die(
      `Node ${OLDEST_NODE.join(".")} or newer is needed and this is ${process.versions.node}. ` +
        "Install it (macOS: brew install node@24; else https://nodejs.org/en/download) and run the command again.",
    );
  }
  const env = {
    ...process.env,
    PATH: [path.dirname(node), process.env.PATH ?? ""].join(path.delimiter),
    NEXT_TELEMETRY_DISABLED: "1",
  };
  return { node, env };
}

export function buildIfChanged({ node, env }) {
  const want = sourcesSum();
  const stamp = at(".next", "drainboard-stamp");
  if (read(stamp) === want) return;
  say("building the pages (once per change, about half a minute)");
  fs.rmSync(stamp, { force: true });
  must("the build", node, [at("node_modules/next/dist/bin/next"), "build"], {
    env: { ...env, NODE_ENV: "production" },
  });
  fs.writeFileSync(stamp, want);
}

function bundledNode() {
  const isWindows = process.platform === "win32";
  const names = [
    `node-${isWindows ? "win" : process.platform}-${process.arch}`,
    `node-bin-${process.platform}-${process.arch}`,
  ];
  const found = names
    .map((name) => at("node_modules", name, "bin", isWindows ? "node.exe" : "node"))
    .find((file) => fs.existsSync(file));
  if (found === undefined) return null;
  const link = at("node_modules", ".bin", "node");
  // npm <= 10 drops this link when several optional packages share a bin name (npm/cli#4362).
  if (!isWindows && !fs.existsSync(link)) {
    fs.mkdirSync(path.dirname(link), { recursive: true });
    fs.rmSync(link, { force: true });
    fs.symlinkSync(path.relative(path.dirname(link), found), link);
  }
  return found;
}

function isNewEnough(version) {
  const [major, minor] = version.split(".").map(Number);
  return major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
}

/** Next does not bundle server/, and tests and captures never reach a page. */
function sourcesSum() {
  const hash = createHash("sha256");
  const files = BUILT_FROM_DIRS.flatMap((dir) => filesUnder(at(dir))).filter(
    (file) => !/\.test\.tsx?$/.test(file) && !file.includes(`${path.sep}fixtures${path.sep}`),
  );
  for (const file of [...files, ...BUILT_FROM_FILES.map((name) => at(name))].sort()) {
    if (fs.existsSync(file)) hash.update(path.relative(root, file)).update("\0").update(fs.readFileSync(file));
  }
  return hash.digest("hex");
}

export function filesUnder(dir) {
  if (!fs.existsSync(dir)) return [];
  return fs
    .readdirSync(dir, { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? filesUnder(path.join(dir, entry.name)) : [path.join(dir, entry.name)]));
}

function read(file) {
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : null;
}

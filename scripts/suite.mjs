// `npm test`: every step runs even when an earlier one failed, then what was skipped and why, then the totals on a line
// of their own. A skip is never silent, and with CI=true it is a failure.
import fs from "node:fs";
import path from "node:path";
import { haproxyVersions, versionOf } from "./haproxy-versions.mjs";
import { buildIfChanged, filesUnder } from "./setup.mjs";
import { root, run, say } from "./shell.mjs";
import { chromium, haproxy, hatop } from "./test-tools.mjs";

const reports = path.join(root, ".cache", "reports");
const bin = (name) => path.join(root, "node_modules", name);

/** In the order they run. Each returns `{ok, passed?, failed?, skips?}`. */
const steps = {
  lock: (tools) => node(tools, ["scripts/lockcheck.mjs"]),
  lint: (tools) => node(tools, [bin("@biomejs/biome/bin/biome"), "check", "."]),
  types: async (tools) => {
    const generated = await node(tools, [bin("next/dist/bin/next"), "typegen"]);
    return generated.ok ? node(tools, [bin("typescript/bin/tsc"), "--noEmit", "-p", "."]) : generated;
  },
  unit: unitTests,
  browser: browserTests,
};

/** Exit code. `wanted` are names of steps; none means all. */
export async function runSuite(tools, wanted) {
  const names = wanted.length > 0 ? wanted : Object.keys(steps);
  const unknown = names.find((name) => !Object.hasOwn(steps, name));
  if (unknown !== undefined) {
    say(`unknown step ${JSON.stringify(unknown)}; write some of: ${Object.keys(steps).join(", ")}`);
    return 2;
  }
  fs.mkdirSync(reports, { recursive: true });
  const startedAtMs = Date.now();
  const total = { passed: 0, failed: 0, skips: [], broken: [] };
  for (const name of names) {
    say(`--- ${name}`);
    const result = await steps[name](tools);
    total.passed += result.passed ?? 0;
    total.failed += result.failed ?? 0;
    total.skips.push(...(result.skips ?? []));
    // A step that broke without a failed test (a crash, a lint fault) still counts as one.
    if (!result.ok && !result.failed) total.failed += 1;
    if (!result.ok) total.broken.push(name);
  }
  return summarise(total, Math.round((Date.now() - startedAtMs) / 1000));
}

function summarise(total, tookSec) {
  const isSkipFailure = isCi() && total.skips.length > 0;
  console.log("");
  for (const skip of total.skips) console.log(`skipped: ${skip}`);
  if (isSkipFailure) console.log("A skip is a failure because CI is set.");
  if (total.broken.length > 0) console.log(`failed: ${total.broken.join(", ")}`);
  console.log(`took: ${tookSec} s`);
  console.log(`tests: ${total.passed} passed, ${total.failed} failed`);
  return total.failed > 0 || total.broken.length > 0 || isSkipFailure ? 1 : 0;
}

async function unitTests(tools) {
  const { env, skips } = haproxies();
  const other = hatop();
  if (!other.ok) skips.push(`hatop beside a maintenance: ${other.why}`);
  const report = path.join(reports, "unit.json");
  fs.rmSync(report, { force: true });
  const result = await node(
    tools,
    [bin("vitest/vitest.mjs"), "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
    env,
  );
  const told = readJson(report);
  if (told === null) return { ok: false, skips };
  const pending = told.testResults
    .flatMap((file) => file.assertionResults.map((one) => ({ ...one, file: path.relative(root, file.name) })))
    .filter((one) => !["passed", "failed"].includes(one.status))
    .map((one) => `${one.file}: ${one.fullName}`);
  return { ok: result.ok, passed: told.numPassedTests, failed: told.numFailedTests, skips: [...skips, ...pending] };
}

async function browserTests(tools) {
  const specs = filesUnder(path.join(root, "e2e")).filter((file) => file.endsWith(".spec.ts"));
  if (specs.length === 0) return { ok: true, skips: ["browser tests: e2e has no *.spec.ts yet"] };
  const { env, bin: lb, why } = haproxies();
  if (lb === null) return { ok: true, skips: [`browser tests, no HAProxy: ${why}`] };
  const browser = chromium();
  if (!browser.bin) return { ok: true, skips: [`browser tests, no Chromium: ${browser.why}`] };
  buildIfChanged(tools);
  const report = path.join(reports, "browser.json");
  fs.rmSync(report, { force: true });
  const result = await node(
    tools,
    [bin("@playwright/test/cli.js"), "test", "--config", "e2e/playwright.config.ts", "--reporter=list,json"],
    {
      ...env,
      CHROMIUM_PATH: browser.bin,
      PLAYWRIGHT_JSON_OUTPUT_FILE: report,
    },
  );
  const told = readJson(report);
  if (told === null) return { ok: false };
  const { expected, unexpected, flaky, skipped } = told.stats;
  const skips = skipped > 0 ? [`browser tests: ${skipped} marked as skipped in the specs`] : [];
  // There is a second try in CI only; what needed it is said, and is worth a look.
  if (flaky > 0) say(`browser tests that passed on the second try: ${flaky}`);
  return { ok: result.ok, passed: expected + flaky, failed: unexpected, skips };
}

/** Every HAProxy there is, told to the tests by environment, and what could not be had. */
function haproxies() {
  const found = haproxy();
  const { bins, missing } = haproxyVersions();
  const skips = missing.map(({ what, why }) => `${what}: ${why}`);
  if (found.bin) bins[versionOf(found.bin)] = found.bin;
  else skips.push(`the system's HAProxy: ${found.why}`);
  const bin = found.bin ?? Object.values(bins)[0] ?? null;
  const list = Object.entries(bins).map(([version, file]) => `${version}=${file}`);
  const env = { DRAINBOARD_HAPROXY_BINS: list.join(" "), ...(bin === null ? {} : { HAPROXY_BIN: bin }) };
  return { env, skips, bin, why: found.why };
}

async function node(tools, args, env = {}) {
  return { ok: (await run(tools.node, args, { ...tools.env, ...env })) === 0 };
}

function readJson(file) {
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")) : null;
}

function isCi() {
  return !["", "0", "false", undefined].includes(process.env.CI);
}

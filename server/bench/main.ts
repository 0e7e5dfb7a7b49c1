// `npm run bench`: every goal with its figure and its peers, measured side by side in one run. Times of a shared machine
// are noise; the ratios are the figures. Nothing here fails a build: people read it.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { findHaproxy } from "#server/demo/haproxy.ts";
import { benches } from "./all.ts";
import type { BenchContext, Figure } from "./figure.ts";
import { readBenchOptions } from "./options.ts";
import { table } from "./table.ts";

const options = readBenchOptions(
  process.argv.slice(2),
  benches.flatMap((bench) => bench.ids),
);
if (typeof options === "string") {
  console.error(options);
  process.exit(2);
}
const haproxyBin = findHaproxy(process.env);
const haproxyVersion = /version (\S+)/.exec(execFileSync(haproxyBin, ["-v"], { encoding: "utf8" }))?.[1] ?? "unknown";
const context: BenchContext = {
  ...{ haproxyBin, haproxyVersion, isTiny: false, isQuick: options.isQuick },
  say: (text) => process.stderr.write(`bench: ${text}\n`),
};

const where = `HAProxy ${haproxyVersion}, Node ${process.version}, ${availableParallelism()} cores${options.isQuick ? ", quick" : ""}`;
const figures: Figure[] = [];
for (const bench of benches) {
  const { only } = options;
  if (only !== null && !bench.ids.some((id) => only.has(id))) continue;
  try {
    figures.push(...(await bench.run(context)));
  } catch (error) {
    process.exitCode = 1;
    console.error(`bench: ${bench.ids.join(", ")} could not be measured:`, error);
  }
}
console.log(`${where}\n\n${table(figures)}`);
if (options.jsonFile !== null) writeFileSync(options.jsonFile, `${JSON.stringify({ where, figures }, null, 2)}\n`);

// That the benchmarks run, not how fast: times are never asserted.
import { expect, test } from "vitest";
import { findHaproxy } from "#server/demo/haproxy.ts";
import { benches } from "./all.ts";
import { countRows } from "./count-rows.ts";
import type { BenchContext } from "./figure.ts";
import { readBenchOptions } from "./options.ts";
import { table } from "./table.ts";

const context: BenchContext = {
  ...{ haproxyBin: findHaproxy(process.env), haproxyVersion: "any", isTiny: true, isQuick: true },
  say: () => undefined,
};

test.concurrent.each(benches.map((bench) => [bench.ids.join(", "), bench] as const))(
  "%s runs in small and says a figure for each of its goals",
  async (_, bench) => {
    const figures = await bench.run(context);
    expect(new Set(figures.map((figure) => figure.id))).toEqual(new Set(bench.ids));
    for (const figure of figures) {
      // CPU and memory of other processes are read from /proc.
      if (process.platform !== "linux") continue;
      for (const [name, value] of Object.entries(figure.values)) expect(value, `${figure.id} ${name}`).not.toBeNaN();
    }
    expect(table(figures).split("\n")).toHaveLength(figures.length + 1);
  },
);

test("rows of a delta are counted", () => {
  expect(countRows([4, 0b101, 7, 8, 9, 0b1, 3], 30)).toBe(2);
});

test("a wrong option is a sentence", () => {
  expect(readBenchOptions(["--only", "P1,p4", "--quick"], ["P1", "P4"])).toMatchObject({ isQuick: true });
  expect(readBenchOptions(["--only", "P77"], ["P1", "P4"])).toContain("there are P1, P4");
  expect(readBenchOptions(["--fast"], ["P1"])).toContain("there is no such option");
});

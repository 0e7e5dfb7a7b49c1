import { expect, test } from "vitest";
import { axesOf, distinctLabels, gridLines, historyPaths, pastTicks, placeMarks } from "./burndown-path.ts";

const box = { width: 700, height: 306, left: 40, right: 10, top: 26, bottom: 30, glass: 50 };
const times = { fromMs: 0, nowMs: 600_000, toMs: 1_200_000 };
const axes = axesOf(box, times, 400);

test("heights are on the root scale: a quarter of the sessions is half of the height", () => {
  expect(axes.zeroY).toBe(276);
  expect(axes.y(400)).toBe(26);
  expect(axes.y(100)).toBe(151);
  expect(axes.y(0)).toBe(276);
});

test("the two time scales meet at the glass, which has no width in time", () => {
  expect(axes.x(0)).toBe(40);
  expect(axes.x(times.nowMs)).toBe(axes.glassX - 2);
  expect(axes.x(times.nowMs + 1)).toBe(axes.glassX + box.glass + 2);
  expect(axes.x(times.toMs)).toBe(690);
});

test("the glass leaves room for the past and for the future", () => {
  const early = axesOf(box, { fromMs: 0, nowMs: 1_000, toMs: 1_000_000 }, 400);
  expect(early.glassX).toBeGreaterThan(100);
  const late = axesOf(box, { fromMs: 0, nowMs: 999_000, toMs: 1_000_000 }, 400);
  expect(late.glassX + box.glass).toBeLessThan(600);
});

test("a gap stays a gap, and one that lasts until now is told", () => {
  const whole = historyPaths(
    [
      [0, 400],
      [300_000, 100],
      [600_000, 25],
    ],
    axes,
  );
  expect(whole.line.match(/M/g)).toHaveLength(1);
  expect(whole.missingFromMs).toBeNull();
  const cut = historyPaths(
    [
      [0, 400],
      [100_000, null],
      [200_000, 200],
      [300_000, null],
      [400_000, null],
    ],
    axes,
  );
  expect(cut.line.match(/M/g)).toHaveLength(2);
  expect(cut.area.match(/z/g)).toHaveLength(2);
  expect(cut.missingFromMs).toBe(300_000);
});

test("grid lines are round and never touch", () => {
  expect(gridLines(402, 250)).toEqual([0, 5, 20, 50, 100, 200, 400]);
  for (const reference of [1, 3, 17, 99, 1_204, 60_000]) {
    const lines = gridLines(reference, 250);
    expect(lines[0]).toBe(0);
    expect(lines.length).toBeGreaterThan(reference > 2 ? 2 : 0);
    expect(lines.at(-1)).toBeLessThanOrEqual(reference);
  }
});

test("labels give way to those before them, and none says the same twice", () => {
  const labels = [100, 120, 160, 300].map((x) => ({ x, text: x === 300 ? "at 100" : `at ${x}` }));
  expect(distinctLabels(labels, 44).map((label) => label.x)).toEqual([100, 160]);
});

test.each([20_000, 90_000, 150_000, 600_000, 3 * 3_600_000])("after %d ms ticks are whole minutes apart", (spanMs) => {
  const fromMs = 1_763_820_391_000;
  const span = { fromMs, nowMs: fromMs + spanMs, toMs: fromMs + 2 * spanMs };
  const wide = axesOf(box, span, 400);
  const ticks = pastTicks(span, wide, 44);
  expect(new Set(ticks.map((atMs) => Math.floor(atMs / 60_000))).size).toBe(ticks.length);
  expect(ticks.every((atMs) => atMs % 60_000 === 0 && atMs >= span.fromMs && atMs <= span.nowMs)).toBe(true);
  const gaps = ticks.slice(1).map((atMs, at) => wide.x(atMs) - wide.x(ticks[at] ?? 0));
  expect(Math.min(44, ...gaps)).toBeGreaterThan(43.8);
  if (spanMs >= 150_000) expect(ticks.length).toBeGreaterThan(1);
});

test("a marker's words never run into the glass or the axis, and neighbours are one", () => {
  const text = "lb2 reloaded, set again";
  const marks = [
    { atMs: 500_000, text },
    { atMs: 499_000, text: "lb1 held" },
    { atMs: 1_000, text: "lb2 held" },
  ];
  const [late, early, ...rest] = placeMarks(marks, axes, 40);
  expect(late).toMatchObject({ isLeft: true, text });
  expect(early).toMatchObject({ isLeft: false, text: "lb2 held" });
  expect(rest).toEqual([]);
  // 40 px apart: the words of the older one would lie on those of the newer
  const close = [
    { atMs: 420_000, text },
    { atMs: 500_000, text: "5 arrived on lb1" },
  ];
  const [newer, older] = placeMarks(close, axes, 40);
  expect(newer).toMatchObject({ text: "5 arrived on lb1" });
  const from = (newer?.x ?? 0) - "5 arrived on lb1".length * 6.2 - 8;
  expect(older?.text === "" || (older?.isLeft === true && older.x <= from)).toBe(true);
  const narrow = axesOf({ ...box, width: 320 }, times, 400);
  expect(placeMarks([{ atMs: 300_000, text }], narrow, 40)).toMatchObject([{ text: "" }]);
});

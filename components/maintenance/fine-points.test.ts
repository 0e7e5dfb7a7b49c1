import { expect, test } from "vitest";
import type { MaintenanceEvent } from "#lib/maintenance/effect.ts";
import { finePoints, type Point } from "./fine-points.ts";

const MIN = 60_000;

function counted(seen: [atSec: number, sessions: number][], resumedAtMs: number[] = []) {
  const counts = seen.map(
    ([atSec, sessions]): MaintenanceEvent => ({
      ...{ atMs: atSec * 1_000, kind: "count", server: "A/1", lb: null, who: null, text: "", isAlert: false },
      data: { sessions },
    }),
  );
  return { counts, resumedAtMs };
}

const fine = (points: readonly Point[], course: ReturnType<typeof counted>, untilMs = 10 * MIN, server = "A/1") =>
  finePoints(points, course, server, untilMs);

test("minutes of the history are filled with what the record counted, and a count holds until the next one", () => {
  const minutes: Point[] = [
    [0, 9],
    [MIN, 9],
    [2 * MIN, 4],
  ];
  const course = counted([
    [70, 9],
    [75, 7],
    [130, 4],
  ]);
  expect(fine(minutes, course)).toEqual([
    [0, 9],
    [MIN, 9],
    [70_000, 9],
    [75_000, 7],
    [2 * MIN, 7],
    [125_000, 7],
    [130_000, 4],
  ]);
});

test("a minute that was not observed stays a gap", () => {
  const points = fine(
    [
      [0, 3],
      [MIN, null],
      [2 * MIN, 1],
    ],
    counted([
      [10, 3],
      [130, 1],
    ]),
  );
  expect(points).toContainEqual([MIN, null]);
  expect(points.filter(([atMs]) => atMs > MIN && atMs < 2 * MIN)).toEqual([]);
});

test("what the history does not reach is drawn from the record alone, to the end of the run", () => {
  const course = counted([
    [10, 3],
    [30, 1],
  ]);
  const drawn = [
    [10_000, 3],
    [25_000, 3],
    [30_000, 1],
    [MIN, 1],
  ];
  expect(fine([], course, MIN)).toEqual(drawn);
  const dayLater: Point[] = [
    [86_400_000, 5],
    [86_460_000, 5],
  ];
  expect(fine(dayLater, course, MIN).slice(0, 4)).toEqual(drawn);
  // the app was started anew after the run: its history begins there
  const anew: Point[] = [
    [0, null],
    [20_000, null],
    [40_000, null],
  ];
  expect(fine(anew, course, MIN)).toEqual([[0, null], ...drawn]);
});

test("while the app was away nobody counted: that is a gap in the record's course, too", () => {
  const course = counted(
    [
      [10, 3],
      [300, 1],
    ],
    [200_000],
  );
  expect(fine([], course, 6 * MIN)).toEqual([
    [10_000, 3],
    [15_000, 3],
    [200_000, null],
    [205_000, 3],
    [295_000, 3],
    [300_000, 1],
    [6 * MIN, 1],
  ]);
});

test("seconds of the history are as fine as the record; counts of another server are not taken", () => {
  const seconds: Point[] = [
    [0, 3],
    [3_000, 2],
  ];
  expect(fine(seconds, counted([[1, 9]]))).toEqual(seconds);
  const minutes: Point[] = [
    [0, 3],
    [MIN, 2],
  ];
  expect(fine(minutes, counted([[10, 9]]), 10 * MIN, "A/2")).toEqual(minutes);
});

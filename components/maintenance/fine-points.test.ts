import { expect, test } from "vitest";
import type { MaintenanceEvent } from "#lib/maintenance/effect.ts";
import { finePoints } from "./fine-points.ts";

const MIN = 60_000;

function counts(...seen: [atSec: number, sessions: number][]): MaintenanceEvent[] {
  return seen.map(([atSec, sessions]) => ({
    ...{ atMs: atSec * 1_000, kind: "count", server: "A/1", lb: null, who: null, text: "", isAlert: false },
    data: { sessions },
  }));
}

test("minutes of the history are filled with what the record counted, and a count holds until the next one", () => {
  const minutes = [
    [0, 9],
    [MIN, 9],
    [2 * MIN, 4],
  ] as const;
  expect(finePoints(minutes, counts([70, 9], [75, 7], [130, 4]), "A/1")).toEqual([
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
  const fine = finePoints(
    [
      [0, 3],
      [MIN, null],
      [2 * MIN, 1],
    ],
    counts([10, 3], [130, 1]),
    "A/1",
  );
  expect(fine).toContainEqual([MIN, null]);
  expect(fine.filter(([atMs]) => atMs > MIN && atMs < 2 * MIN)).toEqual([]);
});

test("the record of a run that is older than the history is drawn from the record alone", () => {
  expect(finePoints([], counts([10, 3], [30, 1]), "A/1")).toEqual([
    [10_000, 3],
    [25_000, 3],
    [30_000, 1],
  ]);
  const dayLater = [
    [86_400_000, 5],
    [86_460_000, 5],
  ] as const;
  expect(finePoints(dayLater, counts([10, 3]), "A/1").slice(0, 1)).toEqual([[10_000, 3]]);
});

test("seconds of the history are as fine as the record; counts of another server are not taken", () => {
  const seconds = [
    [0, 3],
    [3_000, 2],
  ] as const;
  expect(finePoints(seconds, counts([1, 9]), "A/1")).toEqual(seconds);
  expect(
    finePoints(
      [
        [0, 3],
        [MIN, 2],
      ],
      counts([10, 9]),
      "A/2",
    ),
  ).toEqual([
    [0, 3],
    [MIN, 2],
  ]);
});

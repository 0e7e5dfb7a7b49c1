import { expect, test } from "vitest";
import { History } from "./history.ts";

function filled(seconds: number, from = 60_000): History {
  const history = new History();
  history.layout(["a", "idle"]);
  for (let i = 0; i < seconds; i++) {
    history.open(from + i);
    history.add(0, i, 2);
    history.add(1, 0, 0);
  }
  return history;
}

test("the last seconds come back as they were, oldest first", () => {
  expect(filled(30).series("a", 60_020, 1, 5)).toEqual({
    stepMs: 1000,
    sessions: [20, 21, 22, 23, 24],
    arrivals: [2, 2, 2, 2, 2],
  });
});

test("a second that was not observed is a gap, never a zero", () => {
  const history = filled(10);
  history.open(60_012);
  history.add(0, 99, 0);
  history.add(1, 0, 0);
  expect(history.series("a", 60_008, 1, 5).sessions).toEqual([8, 9, null, null, 99]);
});

test("a server that never had traffic is a line of zeros where it was observed", () => {
  expect(filled(5).series("idle", 60_003, 1, 4).sessions).toEqual([0, 0, null, null]);
});

test("after ten minutes the ring holds the newest, and older times are read from the minutes", () => {
  const history = filled(1_500);
  expect(history.series("a", 61_499, 1, 1).sessions).toEqual([1_499]);
  const day = history.series("a", 60_000, 60, 3);
  expect(day.sessions).toEqual([59, 119, 179]);
  expect(day.arrivals).toEqual([2, 2, 2]);
});

test("several polls a second add up their arrivals and keep the last count", () => {
  const history = new History();
  history.layout(["a"]);
  for (const sessions of [5, 6, 7]) {
    history.open(60_000);
    history.add(0, sessions, 1);
  }
  expect(history.series("a", 60_000, 1, 1)).toMatchObject({ sessions: [7], arrivals: [3] });
});

test("the peak looks back over minutes, and a ring that went round does not bring back the day before", () => {
  const history = new History();
  history.layout(["a"]);
  history.open(0);
  history.add(0, 500, 0);
  expect(history.peak("a", 60)).toBe(500);
  history.open(86_400);
  history.add(0, 3, 0);
  expect(history.peak("a", 60)).toBe(3);
  expect(history.series("a", 86_400 - 60, 60, 2).sessions).toEqual([null, 3]);
});

test("servers that are gone are forgotten, the others stay through a new layout", () => {
  const history = filled(5);
  history.layout(["idle", "a"]);
  history.open(60_005);
  history.add(0, 0, 0);
  history.add(1, 77, 0);
  expect(history.series("a", 60_004, 1, 2).sessions).toEqual([4, 77]);
  history.layout(["idle"]);
  history.layout(["a"]);
  expect(history.series("a", 60_004, 1, 1).sessions).toEqual([0]);
});

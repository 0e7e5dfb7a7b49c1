import { expect, test } from "vitest";
import { PAIR_WITHIN_MS, pressedOf, type Waiting } from "./key-pairs.ts";

const KNOWN = ["t", "?", "g b", "g e"];

function press(...keys: readonly [key: string, atMs: number][]): (string | null)[] {
  let waiting: Waiting | null = null;
  return keys.map(([key, atMs]) => {
    const pressed = pressedOf(KNOWN, waiting, key, atMs);
    waiting = pressed.waiting;
    return pressed.keys;
  });
}

test("two keys soon after each other are a pair", () => {
  expect(press(["g", 0], ["e", 300])).toEqual([null, "g e"]);
});

test("the second key of an unknown pair does nothing by itself, and the pair is over", () => {
  expect(press(["g", 0], ["t", 300], ["t", 400])).toEqual([null, null, "t"]);
  expect(pressedOf(KNOWN, { key: "g", atMs: 0 }, "t", 300).isTaken).toBe(true);
});

test("after a while the second key is a key of its own", () => {
  expect(press(["g", 0], ["t", PAIR_WITHIN_MS + 1])).toEqual([null, "t"]);
});

test("Tab after a first key moves the focus as always, Shift does not end the pair", () => {
  expect(pressedOf(KNOWN, { key: "g", atMs: 0 }, "Tab", 10)).toEqual({ keys: null, isTaken: false, waiting: null });
  expect(press(["g", 0], ["Shift", 50], ["b", 100])).toEqual([null, null, "g b"]);
});

test("a key that nobody knows is left to others", () => {
  expect(pressedOf(KNOWN, null, "j", 0)).toEqual({ keys: null, isTaken: false, waiting: null });
});

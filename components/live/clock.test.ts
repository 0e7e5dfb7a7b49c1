import { describe, expect, test } from "vitest";
import { AppClock, Monotonic } from "./clock.ts";

describe("[W4] the app's clock", () => {
  test("is unknown before the first message", () => {
    expect(new AppClock().nowMs(1_000)).toBeNull();
  });

  test("runs with the page's monotonic clock from the message on", () => {
    const clock = new AppClock();
    clock.observe(1_700_000_000_000, 500);
    expect(clock.nowMs(1_500)).toBe(1_700_000_001_000);
  });

  test("a message that was late does not set it back", () => {
    const clock = new AppClock();
    clock.observe(10_000, 0);
    clock.observe(11_000, 1_900); // 900 ms on the way
    expect(clock.nowMs(2_000)).toBe(12_000);
  });

  test("a message that was faster than those before sets it forward", () => {
    const clock = new AppClock();
    clock.observe(10_000, 300);
    clock.observe(11_000, 1_010);
    expect(clock.nowMs(1_010)).toBe(11_000);
  });

  test("forgets after a minute, so a drifting clock is followed", () => {
    const clock = new AppClock();
    clock.observe(10_000, 0);
    for (let second = 1; second <= 70; second++) clock.observe(10_000 + second * 999, second * 1_000);
    // the drift of the 59 to 60 s in the window may remain, not that of all 70
    expect(clock.nowMs(70_000)).toBe(70_000 + (10_000 + 11 * 999 - 11_000));
  });

  test("starts anew after a reset", () => {
    const clock = new AppClock();
    clock.observe(10_000, 0);
    clock.reset();
    expect(clock.nowMs(1)).toBeNull();
    clock.observe(5_000, 10);
    expect(clock.nowMs(10)).toBe(5_000);
  });

  test("keeps few samples however many messages arrive", () => {
    const clock = new AppClock();
    for (let i = 0; i < 10_000; i++) clock.observe(i * 10, i * 10);
    expect(clock.nowMs(100_000)).toBe(100_000);
  });
});

describe("monotonic time over a sleep", () => {
  test("is performance.now() while awake, whatever the wall clock says", () => {
    const time = new Monotonic();
    expect(time.read(1_000, 5)).toEqual({ mono: 1_000, slept: false });
    expect(time.read(2_000, 1_006)).toEqual({ mono: 2_000, slept: false });
  });

  test("adds the time that performance.now() missed, once", () => {
    const time = new Monotonic();
    time.read(1_000, 0);
    expect(time.read(1_100, 600_100)).toEqual({ mono: 601_100, slept: true });
    expect(time.read(1_200, 600_200)).toEqual({ mono: 601_200, slept: false });
  });

  test("never runs backwards when the wall clock is set back", () => {
    const time = new Monotonic();
    time.read(1_000, 3_600_000);
    expect(time.read(1_100, 0)).toEqual({ mono: 1_100, slept: false });
  });
});

import { describe, expect, test } from "vitest";
import { tracePath } from "./trace-path.ts";

const box = { width: 100, height: 20 };

describe("trace", () => {
  test("runs from edge to edge on the root scale", () => {
    expect(tracePath([100, 25, 0], 100, box).line).toBe("M0 0L50 10L100 20");
  });

  test("a gap in the data is a gap in the line, not a slope", () => {
    const { line, area, base, missingFrom } = tracePath([100, 100, null, 100, 100], 100, box);
    expect(line).toBe("M0 0L25 0M75 0L100 0");
    expect(base).toBe("M0 19.5H25M75 19.5H100");
    expect(area).toBe("M0 0L25 0V20H0zM75 0L100 0V20H75z");
    expect(missingFrom).toBeNull();
  });

  test("data that stopped is missing from its last point on", () => {
    expect(tracePath([100, 100, 100, null, null], 100, box).missingFrom).toBe(50);
  });

  test("before the first number nothing is drawn: a baseline would read as no sessions", () => {
    expect(tracePath([null, null, 100, 100, 100], 100, box)).toMatchObject({
      line: "M50 0L75 0L100 0",
      base: "M50 19.5H100",
      missingFrom: null,
    });
    expect(tracePath([null, null], 100, box)).toEqual({ line: "", area: "", base: "", missingFrom: null });
  });

  test("more sessions than the reference lift the scale instead of leaving the picture", () => {
    expect(tracePath([100, 400], 100, box).line).toBe("M0 10L100 0");
  });

  test("one session among thousands is seen", () => {
    expect(tracePath([10_000, 1], 10_000, box).line).toBe("M0 0L100 18.4");
  });

  test("an empty series draws nothing", () => {
    expect(tracePath([], 100, box)).toEqual({ line: "", area: "", base: "", missingFrom: null });
  });
});

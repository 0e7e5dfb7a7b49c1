import { describe, expect, test } from "vitest";
import { compareOpStates, opStateOf, opStates, parseStatus, worstOpState } from "./op-state.ts";

const row = {
  status: "UP",
  adminBits: 0,
  checkStatus: "L7OK",
  agentStatus: "",
  tracked: null,
  checkHealth: 4,
  checkRise: 2,
  checkFall: 3,
};

describe("opStateOf", () => {
  test.each([
    ["UP", "up"],
    ["UP 1/3", "going-down"],
    ["DOWN", "down"],
    ["DOWN (agent)", "down"],
    ["DOWN 1/2", "going-up"],
    ["NOLB", "nolb"],
    ["NOLB 1/3", "nolb"],
    ["DRAIN", "up"],
    ["DRAIN 2/3", "going-down"],
    ["DRAIN (agent)", "up"],
    ["MAINT", "maint"],
    ["MAINT (via APP1/SRV1)", "maint"],
    ["MAINT (resolution)", "maint"],
    ["no check", "no-check"],
    ["UP (UNPUB)", "unknown"],
    ["", "unknown"],
    ["SLEEPING", "unknown"],
    ["UP 1", "unknown"],
    ["up", "unknown"],
    ["constructor", "unknown"],
  ] as const)("%s reads as %s", (status, expected) => {
    expect(opStateOf({ ...row, status })).toBe(expected);
  });

  test("a drained server whose checks fail is down, as HAProxy prints it", () => {
    expect(opStateOf({ ...row, status: "DOWN", adminBits: 8 })).toBe("down");
  });

  test("the maint bits outrank a status text that still says UP", () => {
    expect(opStateOf({ ...row, adminBits: 1 })).toBe("maint");
    expect(opStateOf({ ...row, adminBits: 4 })).toBe("up");
  });

  test("a drained server is no-check only without check, agent and tracked server", () => {
    const drained = { ...row, status: "DRAIN", adminBits: 8, checkStatus: "" };
    expect(opStateOf(drained)).toBe("no-check");
    expect(opStateOf({ ...drained, tracked: "APP1/SRV2" })).toBe("up");
    expect(opStateOf({ ...drained, agentStatus: "L7OK" })).toBe("up");
  });

  test("DRAIN (agent) hides the fraction, check_health tells it", () => {
    const drained = { ...row, status: "DRAIN (agent)", adminBits: 8, agentStatus: "L7OK" };
    expect(opStateOf({ ...drained, checkHealth: 3 })).toBe("going-down");
    expect(opStateOf({ ...drained, checkHealth: null })).toBe("up");
  });
});

test("parseStatus gives the word, the progress and the detail", () => {
  expect(parseStatus("UP 1/3")).toEqual({ word: "UP", progress: { done: 1, of: 3 }, detail: "" });
  expect(parseStatus("MAINT (via a/b)")).toEqual({ word: "MAINT", progress: null, detail: "via a/b" });
  expect(parseStatus("OPEN")).toBeNull();
});

describe("worstOpState", () => {
  test("trouble outranks a decision, and down outranks all", () => {
    expect(worstOpState(["up", "maint"])).toBe("maint");
    expect(worstOpState(["maint", "going-down", "up"])).toBe("going-down");
    expect(worstOpState(["unknown", "down", "up"])).toBe("down");
    expect(worstOpState([...opStates])).toBe("down");
  });

  test("of none it is unknown", () => {
    expect(worstOpState([])).toBe("unknown");
  });

  test("no two states rank alike", () => {
    for (const a of opStates) for (const b of opStates) expect(compareOpStates(a, b) === 0).toBe(a === b);
  });
});

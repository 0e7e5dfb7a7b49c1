import { describe, expect, test } from "vitest";
import { formatDuration, parseDuration } from "#lib/maintenance/duration.ts";
import { defaultQuietWindow } from "#lib/maintenance/window.ts";
import {
  optionsOf,
  parseBody,
  patchMaintenanceSchema,
  patchOf,
  startMaintenanceSchema,
  stopMaintenanceSchema,
} from "./maintenance.ts";

const window = defaultQuietWindow({ cookie: "HAPROXY_SESSION", mode: "http", algo: "roundrobin", stickTable: null });
const problems = (body: unknown, schema: Parameters<typeof parseBody>[0] = startMaintenanceSchema) => {
  const parsed = parseBody(schema, body);
  return parsed.kind === "ok" ? [] : parsed.problems;
};

describe("durations", () => {
  test.each([
    ["30s", 30_000],
    ["28m", 1_680_000],
    ["1h30m", 5_400_000],
    ["500ms", 500],
    ["1.5s", 1_500],
    ["2d", 172_800_000],
  ])("%s", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
    expect(parseDuration(formatDuration(ms))).toBe(ms);
  });
  test.each(["abc", "-1s", "0", "30", "", " ", "1 s", "s", "1e9s", "1x", "∞", "9".repeat(40)])("%j is none", (text) => {
    expect(parseDuration(text)).toBeNull();
  });
});

describe("[M95] bad input: one clear sentence a mistake, nothing by half", () => {
  const ok = { servers: ["APP1/SRV1"] };
  test.each([
    [{ ...ok, quiet: "abc" }, 'quiet window: "abc" is not a span of time; write it like 30s, 28m or 1h30m'],
    [{ ...ok, quiet: "-1s" }, 'quiet window: "-1s" is not a span of time; write it like 30s, 28m or 1h30m'],
    [{ ...ok, quiet: "0" }, 'quiet window: "0" is not a span of time; write it like 30s, 28m or 1h30m'],
    [{ ...ok, quiet: "0s" }, 'quiet window: "0s" is out of range; it must be from 1s to 24h'],
    [{ ...ok, quiet: 30 }, 'quiet window: write it as text, such as "30s" or "28m"'],
    [{ ...ok, deadline: "8d" }, 'deadline: "8d" is out of range; it must be from 1s to 7d'],
    [
      { ...ok, quiet: "30s", deadline: "10s" },
      "deadline: it is shorter than the quiet window, so it would pass before quiet can be proved",
    ],
    [{ ...ok, atDeadline: "return" }, 'atDeadline: return needs a deadline, such as "deadline": "28m"'],
    [{ ...ok, atDeadline: "kill", deadline: "5m" }, "atDeadline: write one of wait, end-sessions, return"],
    [
      { ...ok, concurrency: 0 },
      "concurrency: at least 1 server must be out at a time; to start nothing yet, do not start it",
    ],
    [{ ...ok, concurrency: 1.5 }, "concurrency: write a whole number of servers, such as 1"],
    [{ servers: ["APP1/SRV1", "APP1/SRV1"] }, "servers: APP1/SRV1 is in the list twice; name it once"],
    [{ servers: [] }, "servers: name at least one, such as APP1/SRV1"],
    [{ servers: ["SRV1"] }, "servers.0: is not BACKEND/SERVER as in APP1/SRV1"],
    [{ servers: ["APP1/SRV1;show"] }, "servers.0: is not BACKEND/SERVER as in APP1/SRV1"],
    [{}, 'servers: write a list such as ["APP1/SRV1"]'],
    [
      { ...ok, hosts: ["10.0.0.1"] },
      "hosts: give servers or hosts, not both; hosts stands for every server at these addresses",
    ],
    [{ hosts: [] }, "hosts: name at least one, such as 10.0.0.1"],
    [{ hosts: "10.0.0.1" }, 'hosts: write a list of addresses such as ["10.0.0.1"]'],
    [{ hosts: ["10.0.0.1:80"] }, "hosts.0: write the address without its port, such as 10.0.0.1"],
    [{ hosts: ["web 1"] }, "hosts.0: is not an address, such as 10.0.0.1"],
    [{ hosts: ["10.0.0.1", "10.0.0.1"] }, "hosts: 10.0.0.1 is in the list twice; name it once"],
    [{ ...ok, by: "rack" }, "by: write server or host"],
    [{ ...ok, loadBalancers: ["lb1", "lb1"] }, "loadBalancers: lb1 is in the list twice; name it once"],
    [{ ...ok, loadBalancers: [] }, "loadBalancers: name at least one, or leave it out for all that carry the server"],
    [{ ...ok, quit: "30s" }, '"quit" is not known here; look at the API description for the names'],
  ])("%j", (body, sentence) => {
    expect(problems(body)).toEqual([sentence]);
  });
  test("several mistakes give several sentences", () => {
    expect(problems({ servers: ["SRV1"], quiet: "abc", concurrency: 0 })).toHaveLength(3);
  });
  test("patch and stop", () => {
    expect(problems({}, patchMaintenanceSchema)[0]).toContain("nothing to change");
    expect(problems(JSON.parse('{"then":"drain"}'), stopMaintenanceSchema)).toEqual([
      "then: write ready (back to what it was) or leave (leave it as it is)",
    ]);
    const parsed = parseBody(patchMaintenanceSchema, { deadline: null, quiet: "45s" });
    if (parsed.kind !== "ok") throw new Error(parsed.problems.join());
    expect(patchOf(parsed.value)).toMatchObject({ deadlineMs: null, quietMs: 45_000 });
  });
});

test("[M96] what was not asked for gets its default, with the reason of the window", () => {
  const parsed = parseBody(startMaintenanceSchema, { servers: ["APP1/SRV1"], deadline: "28m" });
  if (parsed.kind !== "ok") throw new Error(parsed.problems.join());
  expect(optionsOf(parsed.value, window, "ann")).toEqual({
    kind: "ok",
    value: {
      quietMs: 30_000,
      quietWhy: window.why,
      deadlineMs: 1_680_000,
      atDeadline: "wait",
      endSessions: "tunnels-first",
      concurrency: 1,
      loadBalancers: null,
      autoReturnMs: null,
      ignoreMinimum: false,
    },
  });
  const short = parseBody(startMaintenanceSchema, { servers: ["APP1/SRV1"], deadline: "10s" });
  if (short.kind !== "ok") throw new Error(short.problems.join());
  expect(optionsOf(short.value, window, "ann")).toMatchObject({ kind: "malformed" });
});

// show info, show servers state, show cli level and show proc against every captured version.
import { describe, expect, test } from "vitest";
import { parseCliLevel } from "./cli-level.ts";
import { parseShowInfo } from "./show-info.ts";
import { parseShowProc } from "./show-proc.ts";
import { parseShowServersState } from "./show-servers-state.ts";
import { fixtureText, versions } from "./testing/fixtures.ts";
import { UnreadableReply } from "./unreadable.ts";

describe.each(versions)("replies of %s", (version) => {
  test("show info", () => {
    const info = parseShowInfo(fixtureText(version, "show-info.txt"));
    expect(info.version.startsWith(`${version}.`)).toBe(true);
    expect(info).toMatchObject({ isStopping: false, nbproc: 1, processNum: 1 });
    expect(info.pid).toBeGreaterThan(1);
    expect(info.uptimeSec).toBeGreaterThanOrEqual(0);
    // from 2.4
    expect(info.startTimeSec === undefined).toBe(version === "2.2");
    expect(info.fields.get("Unstoppable Jobs")).toBe("0");
  });

  test("show info of an old worker says that it is stopping", () => {
    const info = parseShowInfo(fixtureText(version, "worker-info-old-worker.txt"));
    expect(info.isStopping).toBe(true);
    const { oldWorkers } = parseShowProc(fixtureText(version, "show-proc-old-worker.txt"));
    expect(oldWorkers.map((worker) => worker.pid)).toContain(info.pid);
  });

  test("show servers state", () => {
    const { header, rows, problems } = parseShowServersState(fixtureText(version, "show-servers-state.txt"));
    expect(problems).toEqual([]);
    expect(header.includes("srv_agent_port")).toBe(version !== "2.2");
    const bits = (server: string) => rows.find((row) => row.get("srv_name") === server)?.get("srv_admin_state");
    expect(bits("app8-disabled")).toBe("5");
    expect(bits("web1")).toBe("32");
  });

  test("show servers state cut at any byte is refused", () => {
    const text = fixtureText(version, "show-servers-state.txt");
    for (let length = 0; length < text.length; length++) {
      expect(() => parseShowServersState(text.slice(0, length))).toThrow(UnreadableReply);
    }
  });

  test("show cli level", () => {
    expect(parseCliLevel(fixtureText(version, "show-cli-level.txt"))).toBe("admin");
    expect(parseCliLevel(fixtureText(version, "show-cli-level-operator.txt"))).toBe("operator");
    expect(parseCliLevel(fixtureText(version, "show-cli-level-user.txt"))).toBe("user");
  });

  test("show proc", () => {
    const before = parseShowProc(fixtureText(version, "show-proc.txt"));
    expect(before.master.version.startsWith(version)).toBe(true);
    expect(before.workers).toHaveLength(1);
    expect(before.oldWorkers).toEqual([]);
    const after = parseShowProc(fixtureText(version, "show-proc-old-worker.txt"));
    expect(after.master).toMatchObject({ pid: after.master.pid, reloads: 1 });
    expect(after.workers).toHaveLength(1);
    expect(after.oldWorkers).toHaveLength(1);
    expect(after.oldWorkers[0]).toMatchObject({ reloads: 1 });
    expect(after.oldWorkers[0]?.uptimeSec).toBeGreaterThan(0);
    expect(after.oldWorkers[0]?.pid).not.toBe(after.workers[0]?.pid);
  });

  test("show proc cut at any byte is refused", () => {
    const text = fixtureText(version, "show-proc-old-worker.txt");
    for (let length = 0; length < text.length; length++) {
      expect(() => parseShowProc(text.slice(0, length))).toThrow(UnreadableReply);
    }
  });
});

describe("what cannot be read is refused with what stood there", () => {
  const info = fixtureText("3.2", "show-info.txt");

  test.each(["Version", "Pid", "Uptime_sec", "Stopping"])("show info without %s", (key) => {
    expect(() => parseShowInfo(info.replace(new RegExp(`^${key}: .*\n`, "m"), ""))).toThrow(`no ${key}`);
  });

  test("show info with a pid that is no number", () => {
    expect(() => parseShowInfo(info.replace(/^Pid: .*/m, "Pid: x"))).toThrow('Pid "x", not a whole number');
  });

  test("show info with a line that is not Key: value", () => {
    expect(() => parseShowInfo(`${info.trimEnd()}\nPermission denied\n`)).toThrow("Permission denied");
  });

  test("a description with colons is kept", () => {
    expect(parseShowInfo(`${info.trimEnd()}\ndescription: a: b\n`).fields.get("description")).toBe("a: b");
  });

  test("more than one process is told", () => {
    expect(parseShowInfo(info.replace("Nbproc: 1", "Nbproc: 4")).nbproc).toBe(4);
  });

  test.each([
    ["2\n# be_id be_name\n\n", "format version 2"],
    ["Can't find backend.\n\n", "Can't find backend."],
    ["1\n# be_id be_name\n1 a\n\n2 b\n\n", "after a blank line"],
  ])("show servers state %j", (text, message) => {
    expect(() => parseShowServersState(text)).toThrow(message);
  });

  test("a server line with too few cells is reported and left out", () => {
    const { rows, problems } = parseShowServersState("1\n# be_id be_name\n1\n2 b\n\n");
    expect(rows.map((row) => row.get("be_name"))).toEqual(["b"]);
    expect(problems).toEqual([expect.stringContaining("line 1 has 1 cells")]);
  });

  test.each(["", "Permission denied\n\n", "admin", "administrator\n\n"])("show cli level %j", (text) => {
    expect(() => parseCliLevel(text)).toThrow(UnreadableReply);
  });

  test.each([
    ["Unknown command\n\n", "master CLI"],
    ["#<PID> <type>\n# workers\n\n", "no master"],
    ["#<PID> <type>\n12 wizard 0 0d00h00m01s 3.2\n\n", "wizard"],
    ["#<PID> <type>\nnonsense\n\n", "nonsense"],
  ])("show proc %j", (text, message) => {
    expect(() => parseShowProc(text)).toThrow(message);
  });
});

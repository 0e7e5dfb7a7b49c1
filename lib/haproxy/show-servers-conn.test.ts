import { expect, test } from "vitest";
import { commandLine, SESSIONS_A_LINE, UnsafeName } from "./command.ts";
import { parseIdleConnections } from "./show-servers-conn.ts";
import { UnreadableReply } from "./unreadable.ts";

const HEADER =
  "# bkname/svname bkid/svid addr port - purge_delay used_cur used_max need_est unsafe_nb safe_nb idle_lim idle_cur idle_per_thr[2]";

test("idle connections of each server", () => {
  const text = `${HEADER}\nA/s1 4/1 127.0.0.1 29001 - 5000 2 2 2 0 0 -1 3 1 2\nA/s2 4/2 - 0 - 5000 0 0 0 0 0 -1 0 0 0\n\n`;
  expect([...parseIdleConnections(text)]).toEqual([
    ["A/s1", 3],
    ["A/s2", 0],
  ]);
  for (const bad of ["No such backend.\n", `${HEADER}\nA/s1 4/1\n`])
    expect(() => parseIdleConnections(bad)).toThrow(UnreadableReply);
});

test("lines about one server; what is no name, number or weight is refused", () => {
  const one = { backend: "A", server: "s1" };
  expect(commandLine({ kind: "set-weight", ...one, weight: "50%" })).toBe("set server A/s1 weight 50%");
  expect(commandLine({ kind: "set-health", ...one, health: "stopping" })).toBe("set server A/s1 health stopping");
  expect(commandLine({ kind: "switch-check", ...one, to: "disable" })).toBe("disable health A/s1");
  expect(commandLine({ kind: "switch-agent", ...one, to: "enable" })).toBe("enable agent A/s1");
  expect(commandLine({ kind: "show-stick-entries", tables: ["B", "T"], serverNumber: 9 })).toBe(
    "show table B data.server_id eq 9;show table T data.server_id eq 9",
  );
  expect(commandLine({ kind: "shutdown-sessions", ids: ["0x1", "0x2"] })).toBe(
    "shutdown session 0x1;shutdown session 0x2",
  );
  const bad = [
    { kind: "set-weight", ...one, weight: "1;show info" },
    { kind: "set-weight", ...one, weight: "-1" },
    { kind: "clear-stick-entries", table: "B;x", serverNumber: 1 },
    { kind: "clear-stick-entries", table: "B", serverNumber: Number.NaN },
    { kind: "clear-stick-entries", table: "B", serverNumber: 0 },
    { kind: "shutdown-sessions", ids: [] },
    { kind: "shutdown-sessions", ids: ["0x1;show info"] },
    { kind: "shutdown-sessions", ids: Array.from({ length: SESSIONS_A_LINE + 1 }, () => "0x1") },
  ] as const;
  for (const command of bad) expect(() => commandLine(command), JSON.stringify(command)).toThrow(UnsafeName);
});

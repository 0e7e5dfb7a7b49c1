import { expect, test } from "vitest";
import type { StatusLine } from "#lib/fleet/status-line.ts";
import { TAKEN_OVER_SHOWN_MS, takenOver, takenOverWords, withTakenOver } from "./taken-over.ts";
import { MINUTE_MS, maintenance, NOW_MS, serverJob } from "./testing.ts";

const NOTE = "On lb1 it is ready now, it was drain: set by a person or another tool.";
const closed = (id: string, agoMs: number) =>
  maintenance(id, [serverJob("WEB/web03", { phase: "overridden", note: NOTE })], { closedAt: NOW_MS - agoMs });
const line: StatusLine = {
  tone: "live",
  lead: "Live.",
  text: "1 load balancer answers.",
  age: "",
  advice: "",
  why: [],
  alert: "",
};

test("what was taken over within half an hour asks to be read, the newest first", () => {
  const stopped = maintenance("stopped", [serverJob("WEB/web04", { phase: "stopped" })], { closedAt: NOW_MS });
  const open = maintenance("open", [serverJob("WEB/web05")]);
  const all = [closed("old", TAKEN_OVER_SHOWN_MS), closed("first", 2 * MINUTE_MS), closed("last", 0), stopped, open];
  expect(takenOver(all, new Set(), NOW_MS).map((one) => one.id)).toEqual(["last", "first"]);
  expect(takenOver(all, new Set(["last"]), NOW_MS).map((one) => one.id)).toEqual(["first"]);
});

test("it names the server and says what the app saw; a run names only those that were taken", () => {
  expect(takenOverWords(closed("one", 0))).toEqual({ lead: "web03 was taken over.", note: NOTE });
  const taken = ["WEB/web01", "WEB/web02"].map((id) => serverJob(id, { phase: "overridden", note: NOTE }));
  const run = maintenance("run", [serverJob("WEB/web00", { phase: "done" }), ...taken]);
  expect(takenOverWords(run)).toEqual({ lead: "web01 and web02 were taken over.", note: NOTE });
});

test("the status line counts them, except beside what is not known", () => {
  expect(withTakenOver(line, 1).text).toBe("1 load balancer answers. 1 maintenance was taken over.");
  expect(withTakenOver({ ...line, text: "" }, 2).text).toBe("2 maintenances were taken over.");
  expect(withTakenOver(line, 0)).toBe(line);
  const stale = { ...line, tone: "stale" as const };
  expect(withTakenOver(stale, 1)).toBe(stale);
});

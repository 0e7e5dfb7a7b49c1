import { expect, test } from "vitest";
import { createLog } from "./log.ts";

test("secrets that somebody logs all the same are hidden", () => {
  const lines: string[] = [];
  const log = createLog({ to: { write: (line) => void lines.push(line) } });
  const headers = { cookie: "drainboard=s3cret", authorization: "Bearer s3cret", "set-cookie": "drainboard=s3cret" };
  log.info({ req: { headers }, headers, password: "s3cret", body: { password: "s3cret", token: "s3cret" } }, "request");
  log.info({ config: { adminToken: "s3cret", adminPassword: "s3cret" }, setupCode: "s3cret" }, "start");
  expect(lines.join("")).not.toContain("s3cret");
  expect(lines.join("")).toContain("[hidden]");
});

test("a line is JSON with time, level and message; an error keeps its code", () => {
  const lines: string[] = [];
  const log = createLog({ level: "info", to: { write: (line) => void lines.push(line) } });
  log.error({ err: Object.assign(new Error("cannot open"), { code: "EACCES" }) }, "store");
  log.debug("not this");
  expect(lines).toHaveLength(1);
  const line = JSON.parse(lines[0]!);
  expect(line).toMatchObject({ level: "error", msg: "store", err: { code: "EACCES", message: "cannot open" } });
  expect(Number.isNaN(Date.parse(line.time))).toBe(false);
});

import { execFile } from "node:child_process";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { parse } from "csv-parse/sync";
import { expect, test } from "vitest";
import { freePort } from "#lab/net.ts";
import { ADMIN_TOKEN, startTestApp, type TestApp } from "#server/testing.ts";
import { runCli } from "./run.ts";

async function run(argv: string[], env: Record<string, string> = {}) {
  let out = "";
  let said = "";
  const code = await runCli(argv, {
    env,
    out: async (text) => {
      out += text;
    },
    say: async (text) => {
      said += text;
    },
  });
  return { code, out, said };
}

const as = ({ url }: TestApp) => ({ DRAINBOARD_URL: url, DRAINBOARD_TOKEN: ADMIN_TOKEN });

async function withRows(count: number): Promise<TestApp> {
  const app = await startTestApp();
  for (let n = 0; n < count; n++)
    await app.app.store.audit.event({
      ...{ at: Date.UTC(2026, 0, 1, 9, n), requestId: `r${n}`, action: "server:set-state", via: "rest" },
      ...{ actor: { kind: "person", id: "p1", name: "Ann" }, target: "APP1/SRV1", lb: "lb1", outcome: "done" },
      ...{ command: "set server APP1/SRV1 state drain", reason: `kernel ${n}\u001b[2J` },
    });
  return app;
}

test("audit lists what happened as a table, and --json is exactly what REST answers", async () => {
  const app = await withRows(2);
  const listed = await run(["audit", "--server", "APP1/SRV1", "--limit", "1"], as(app));
  expect(listed).toEqual({
    ...{ code: 0, said: "" },
    out: [
      "TIME (UTC)           WHO  WHAT       SERVER     LB   OUTCOME  WHY",
      "2026-01-01 09:01:00  Ann  Set drain  APP1/SRV1  lb1  done     kernel 1 [2J",
      "There are older ones: --limit all gives everything, --to TIME goes back.",
      "",
    ].join("\n"),
  });
  const { body } = await app.rest("GET", "/api/v1/audit");
  expect(JSON.parse((await run(["audit", "--json"], as(app))).out)).toEqual(body);
  expect(parse((await run(["audit", "--csv"], as(app))).out, { columns: true })).toHaveLength(2);
  const none = await run(["audit", "--text", "nothing like this"], as(app));
  expect(none).toEqual({ code: 0, said: "", out: "Nothing in the audit matches.\n" });
});

test("audit verify: 0 and a sentence of a running app, of its directory when it is stopped, and 1 with the bad row", async () => {
  const app = await withRows(3);
  const whole = /^The audit is whole: 3 rows \(1 to 3, .*\); last hash [0-9a-f]{64}\.\n$/;
  expect(await run(["audit", "verify"], as(app))).toMatchObject({ code: 0, out: expect.stringMatching(whole) });
  const held = await run(["audit", "verify", "--data", app.dataDir]);
  expect(held.code).toBe(4);
  expect(held.said).toContain("Ask the running app with --url, or stop it first.");
  // Not app.stop(): the directory is needed.
  await app.app.stop();
  expect(await run(["audit", "verify", "--data", app.dataDir])).toMatchObject({
    code: 0,
    out: expect.stringMatching(whole),
  });
  const db = new DatabaseSync(join(app.dataDir, "drainboard.sqlite"));
  db.exec("update audit set reason = 'something else' where seq = 2");
  db.close();
  const bad = "The audit is not whole. Row 2 was changed: it does not give its own hash.\n";
  expect(await run(["audit", "verify", "--data", app.dataDir])).toEqual({ code: 1, out: bad, said: "" });
  const json = await run(["audit", "verify", "--data", app.dataDir, "--json"]);
  expect(JSON.parse(json.out)).toMatchObject({ ok: false, seq: 2, fault: "changed" });
});

test("the app's refusals are its own words and exit code 1; nobody there is 4", async () => {
  const app = await startTestApp();
  const stranger = await run(["audit"], { DRAINBOARD_URL: app.url });
  expect(stranger).toMatchObject({
    code: 1,
    out: "",
    said: expect.stringContaining("Sign in first, or send an API token"),
  });
  expect((await run(["audit", "--from", "yesterday"], as(app))).code).toBe(1);
  const url = `http://127.0.0.1:${await freePort()}`;
  expect(await run(["audit", "--url", url])).toEqual({
    ...{ code: 4, out: "" },
    said: `No Drainboard answers at ${url} (ECONNREFUSED). Is it running, and is --url right?\n`,
  });
});

test.each([
  [["audit", "--sever", "x"], "--sever is not an option here"],
  [["audit", "--server"], "--server has no value"],
  [["audit", "--json=yes"], "--json takes no value"],
  [["audit", "--url", "a", "--url", "b"], "--url is given twice"],
  [["audit", "--url", "ftp://x"], '"ftp://x" is not the address of a Drainboard'],
  [["audit", "verfy"], 'audit has no "verfy"'],
  [["audit", "verify", "now"], '"now" is too much'],
  [["audit", "verify", "--data", ".", "--url", "http://x"], "are two places; keep one"],
  [["config"], "write config schema"],
  [["frobnicate"], 'There is no command "frobnicate".'],
  [["constructor"], 'There is no command "constructor".'],
  [[], "usage: drainboard COMMAND"],
])("wrong words %j: exit code 2 and a sentence", async (argv, sentence) => {
  const { code, out, said } = await run(argv);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(said).toContain(sentence);
});

test("as a process: help and schema on standard output, mistakes on standard error with exit code 2", async () => {
  const main = fileURLToPath(new URL("./main.ts", import.meta.url));
  const start = (...argv: string[]) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      execFile("node", [main, ...argv], (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
      });
    });
  const [help, schema, wrong] = await Promise.all([start("--help"), start("config", "schema"), start("nonsense")]);
  expect(help).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining("audit verify [--data DIR]") });
  expect(JSON.parse(schema.stdout).properties).toHaveProperty("audit");
  expect(wrong).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("usage: drainboard COMMAND") });
});

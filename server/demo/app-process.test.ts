// The app's side is played by small programs: how the demo starts one, believes it, and reports one that will not serve.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type AppPlan, startApp } from "./app-process.ts";
import type { Child } from "./child.ts";
import { DemoError } from "./demo-error.ts";
import type { LoadBalancer } from "./stage.ts";
import { isAlive, until } from "./testing/wait.ts";

const directory = mkdtempSync(join(tmpdir(), "demo-app-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const noProcess: Child = {
  name: "lb1",
  pid: 0,
  ended: Promise.resolve(""),
  lastLines: () => "",
  send: () => {},
  stop: async () => {},
};
const lb1: LoadBalancer = {
  name: "lb1",
  socketPath: "/run/lb1.sock",
  masterPath: "/run/lb1-master.sock",
  configPath: "/run/lb1.cfg",
  ports: { http: 1, auth: 2, peer: 3 },
  process: noProcess,
};

function plan(name: string, source: string, more: Partial<AppPlan> = {}): AppPlan {
  const program = join(directory, `${name}.mjs`);
  writeFileSync(program, source);
  return {
    program,
    loadBalancers: [lb1],
    listen: "127.0.0.1:0",
    dataDir: join(directory, "data"),
    password: "pass-phrase",
    logFile: join(directory, `${name}.log`),
    env: { PATH: process.env.PATH },
    onStart: () => {},
    onUnexpectedEnd: () => {},
    ...more,
  };
}

const serving = (status: number) => `
import http from "node:http"; import { writeFileSync } from "node:fs";
writeFileSync(${JSON.stringify(join(directory, "seen.json"))}, JSON.stringify({ args: process.argv.slice(2), env: process.env }));
const server = http.createServer((request, response) => { response.statusCode = request.url === "/readyz" ? ${status} : 404; response.end(); });
server.listen(0, "127.0.0.1", () => { console.log("starting"); console.log("listening on http://127.0.0.1:" + server.address().port); });
process.on("SIGTERM", () => process.exit(0));`;

test("the app gets both sockets and the password, and none of what configures a real Drainboard", async () => {
  const env = { PATH: process.env.PATH, DRAINBOARD_LBS: "real=/run/real.sock", DRAINBOARD_CONFIG: "/etc/real.json" };
  const { app, url } = await startApp(plan("serves", serving(200), { env }));
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const seen = JSON.parse(readFileSync(join(directory, "seen.json"), "utf8"));
  expect(seen.args.join(" ")).toBe(
    `--lb lb1=/run/lb1.sock --master lb1=/run/lb1-master.sock --listen 127.0.0.1:0 --data ${join(directory, "data")}`,
  );
  expect(seen.env).toMatchObject({ NODE_ENV: "production", DRAINBOARD_ADMIN_PASSWORD: "pass-phrase" });
  expect(Object.keys(seen.env).filter((name) => name.startsWith("DRAINBOARD_"))).toEqual(["DRAINBOARD_ADMIN_PASSWORD"]);
  await app.stop();
  expect(isAlive(app.pid)).toBe(false);
});

test("an app that refuses to start is told in its own words", async () => {
  const failing = plan("refuses", 'console.error("the data directory is not writable"); process.exitCode = 2;');
  const error = await startApp(failing).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(DemoError);
  expect(String(error)).toContain("the app did not start (exit code 2):\nthe data directory is not writable");
});

test("an app that listens but is not ready is an error, and it is ended", async () => {
  const pids: number[] = [];
  const failing = plan("not-ready", serving(503), { onStart: (child) => pids.push(child.pid) });
  await expect(startApp(failing)).rejects.toThrow("not ready (503)");
  expect(pids.filter(isAlive)).toEqual([]);
});

test("a stop does not wait for an app that never serves", async () => {
  const children: Child[] = [];
  const slow = startApp(plan("slow", "setInterval(() => {}, 1000);", { onStart: (child) => children.push(child) }));
  const refused = expect(slow).rejects.toThrow("did not start");
  const [child] = await until("it is started", () => (children.length > 0 ? children : null));
  await child!.stop();
  await refused;
});

test("a missing program is a sentence", async () => {
  const missing = { ...plan("x", ""), program: join(directory, "none.ts") };
  await expect(startApp(missing)).rejects.toThrow(/none\.ts is missing; run the demo in a whole copy/);
});

// The program itself: what it says, how it ends, what it leaves behind.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { isAlive, until } from "./testing/wait.ts";

const PROGRAM = fileURLToPath(new URL("main.ts", import.meta.url));
const cleanUp: (() => void)[] = [];
afterEach(() => {
  for (const undo of cleanUp.splice(0)) undo();
});

function start(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [PROGRAM, ...args], { env: { ...process.env, ...env } });
  const out = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    out.stdout += chunk;
  });
  child.stderr.on("data", (chunk: Buffer) => {
    out.stderr += chunk;
  });
  const exitCode = new Promise<number | null>((resolve) => child.on("close", resolve));
  cleanUp.push(() => child.kill("SIGTERM"));
  return { child, out, exitCode };
}

function pidsIn(text: string): number[] {
  return [...text.matchAll(/ pid (\d+),/g)].map((match) => Number(match[1]));
}

async function startedPids(run: { child: ChildProcess; out: { stdout: string } }): Promise<number[]> {
  await until("the demo says what runs", () => run.out.stdout.includes("no app: "));
  const pids = pidsIn(run.out.stdout);
  expect(pids).toHaveLength(4);
  return pids;
}

test("SIGTERM ends everything and removes the temporary directory", async () => {
  const run = start(["--no-app", "--users", "20"]);
  const pids = await startedPids(run);
  const directory = /counted in (.+)\/status\.json/.exec(run.out.stdout)?.[1] ?? "";
  expect(existsSync(directory)).toBe(true);
  run.child.kill("SIGTERM");
  expect(await run.exitCode).toBe(0);
  expect(pids.filter(isAlive)).toEqual([]);
  expect(existsSync(directory)).toBe(false);
  expect(run.out.stdout).toContain("stopped: ");
  expect(run.out.stderr).toBe("");
});

test("a demo that is killed leaves nothing behind either", async () => {
  const directory = temporary();
  const run = start(["--no-app", "--users", "20", "--dir", directory]);
  const pids = await startedPids(run);
  run.child.kill("SIGKILL");
  await until("its children are gone", () => !pids.some(isAlive));
});

test("--seconds ends by itself, --dir and --seed stay in status.json", async () => {
  const directory = temporary();
  const run = start(["--no-app", "--users", "20", "--seconds", "2", "--seed", "7", "--dir", directory]);
  expect(await run.exitCode).toBe(0);
  expect(JSON.parse(readFileSync(join(directory, "status.json"), "utf8"))).toMatchObject({ seed: 7, lostSessions: 0 });
});

test("a load balancer that dies is told, and the demo goes on", async () => {
  const run = start(["--no-app", "--users", "20"]);
  const [lb1 = 0] = await startedPids(run);
  process.kill(lb1, "SIGKILL");
  await until("it is told", () => run.out.stdout.includes("the demo goes on without lb1"));
  expect(run.out.stdout).toContain(`lb1 (pid ${lb1}) ended unexpectedly, with signal SIGKILL`);
  expect(run.child.exitCode).toBeNull();
  run.child.kill("SIGTERM");
  expect(await run.exitCode).toBe(0);
});

test("users that die end the demo with exit code 1", async () => {
  const run = start(["--no-app", "--users", "20"]);
  const pids = await startedPids(run);
  process.kill(pids[3] ?? 0, "SIGKILL");
  expect(await run.exitCode).toBe(1);
  expect(run.out.stdout).toContain("users (pid ");
  expect(pids.filter(isAlive)).toEqual([]);
});

test("a port that is taken is one sentence and exit code 2", async () => {
  const holder = net.createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => holder.once("listening", resolve));
  cleanUp.push(() => holder.close());
  const listen = `127.0.0.1:${(holder.address() as AddressInfo).port}`;
  const run = start(["--listen", listen]);
  expect(await run.exitCode).toBe(2);
  expect(run.out.stderr).toBe(
    `demo: ${listen} is taken by another program; choose another with: npm run demo -- --listen 127.0.0.1:4000\n`,
  );
});

test("without HAProxy: one sentence and exit code 2", async () => {
  const run = start([], { HAPROXY_BIN: "/nonexistent/haproxy" });
  expect(await run.exitCode).toBe(2);
  expect(run.out.stderr).toMatch(/^demo: HAPROXY_BIN is \/nonexistent\/haproxy, which is not a program.*\n$/);
});

test("a password that the app would refuse is refused before it is remembered", async () => {
  const directory = temporary();
  const run = start(["--listen", "127.0.0.1:0", "--users", "20", "--data", directory], {
    DRAINBOARD_ADMIN_PASSWORD: "short",
  });
  expect(await run.exitCode).toBe(2);
  expect(run.out.stderr).toMatch(/^demo: DRAINBOARD_ADMIN_PASSWORD: The password is too short.*\n$/);
  expect(readdirSync(directory)).toEqual([]);
});

test("a directory too deep for a socket is one sentence and exit code 2", async () => {
  const run = start(["--no-app", "--dir", join(temporary(), "d".repeat(100))]);
  expect(await run.exitCode).toBe(2);
  expect(run.out.stderr).toMatch(/^demo: .* is too long a path for a socket; name a shorter one with --dir\.\n$/);
});

function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), "demo-main-"));
  cleanUp.push(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

// The app as a process: what it says when it cannot start, and how it ends.
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { io } from "socket.io-client";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { until } from "#lab/net.ts";
import { SOCKET_PATH } from "#lib/wire/events.ts";
import { startFake } from "#server/runtime/testing/fake-haproxy.ts";
import { tempDir } from "#server/store/testing/temp-dir.ts";
import { startChild, type TestChildOptions } from "#server/testing/child.ts";
import { ADMIN_PASSWORD, ADMIN_TOKEN } from "#server/testing.ts";

function data(): string {
  const dir = tempDir();
  onTestFinished(() => dir[Symbol.dispose]());
  return dir.path;
}

const people = { DRAINBOARD_ADMIN_PASSWORD: ADMIN_PASSWORD, DRAINBOARD_ADMIN_TOKEN: ADMIN_TOKEN };
/** No socket of this machine is found by chance. */
const nowhere = ["--lb", "lb1=/nonexistent/admin.sock"];
const anywhere = ["--listen", "127.0.0.1:0"];

async function refused(options: TestChildOptions): Promise<string[]> {
  const child = startChild({ program: "main", ...options });
  expect(await child.ended).toBe(2);
  expect(child.stdout()).toBe("");
  return child.stderr().trim().split("\n");
}

test("wrong options: exit code 2 and one sentence for each mistake, before anything is made", async () => {
  const dir = join(data(), "not-made");
  const lines = await refused({ args: ["--lsten", "x", "--poll", "5", "--lb", "lb1=ftp://x", "--data", dir] });
  expect(lines).toEqual([
    "--lsten is not an option; did you mean --listen.",
    expect.stringMatching(/^--lb lb1=ftp:\/\/x: /),
    expect.stringMatching(/^--poll 5: is not a number of milliseconds/),
  ]);
});

test("a port that is taken: exit code 2 and one sentence with another one", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => new Promise((resolve) => other.close(() => resolve())));
  await until("it listens", () => other.listening);
  const { port } = other.address() as AddressInfo;
  const lines = await refused({ args: [...nowhere, "--data", data(), "--listen", `127.0.0.1:${port}`], env: people });
  expect(lines).toEqual([
    `Another program already listens on 127.0.0.1:${port}. Stop it, or choose another port with --listen 127.0.0.1:${port + 1}`,
  ]);
});

test("an address that this machine does not have: exit code 2 and one sentence", async () => {
  const lines = await refused({ args: [...nowhere, "--data", data(), "--listen", "192.0.2.1:3000"], env: people });
  expect(lines).toEqual([
    expect.stringMatching(/^This machine has no address 192\.0\.2\.1\. Use --listen 127\.0\.0\.1/),
  ]);
});

test("a data directory below a file, or one that another app uses: exit code 2 and one sentence", async () => {
  const dir = data();
  writeFileSync(join(dir, "file"), "");
  const below = await refused({ args: [...nowhere, ...anywhere, "--data", join(dir, "file", "data")], env: people });
  expect(below).toEqual([
    expect.stringMatching(/file is not a directory; name a directory that the app may write to\.$/),
  ]);

  mkdirSync(join(dir, "data"));
  const first = startChild({ args: [...nowhere, ...anywhere, "--data", join(dir, "data")], env: people });
  await first.listening();
  const second = await refused({ args: [...nowhere, ...anywhere, "--data", join(dir, "data")], env: people });
  expect(second).toEqual([expect.stringMatching(/another Drainboard already uses it\. Stop that one/)]);
});

test("nobody can sign in yet: one set-up link, on standard output, that works once; then the line that it listens", async () => {
  const child = startChild({ args: [...nowhere, ...anywhere, "--data", data()] });
  const url = await child.listening();
  const lines = child.stdout().trim().split("\n");
  expect(lines.length).toBe(2);
  const link = /open this link once to choose a password: (\S+)$/.exec(lines[0]!)?.[1];
  expect(link).toMatch(`${url}/setup?code=`);
  expect(lines[1]).toBe(`listening on ${url}`);
  const code = new URL(link!).searchParams.get("code");
  const setUp = () =>
    fetch(`${url}/auth/setup`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: url },
      body: JSON.stringify({ code, password: ADMIN_PASSWORD }),
    });
  expect((await setUp()).ok).toBe(true);
  expect((await setUp()).ok).toBe(false);
  expect(child.stderr()).not.toContain(code);
});

test("SIGTERM with browsers connected, one that reads nothing and one request under way: exit code 0 within 5 s", async () => {
  const fake = await startFake({ kind: "hang" });
  onTestFinished(() => fake.stop());
  const address = fake.address.kind === "unix" ? fake.address.path : "";
  const child = startChild({ args: ["--lb", `lb1=${address}`, ...anywhere, "--data", data()], env: people });
  const url = await child.listening();
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const socket = io(url, { path: SOCKET_PATH, transports: ["websocket"], extraHeaders: headers, reconnection: false });
  const polling = io(url, { path: SOCKET_PATH, transports: ["polling"], extraHeaders: headers, reconnection: false });
  const raw = new WebSocket(`${url.replace("http", "ws")}/socket/?EIO=4&transport=websocket`, { headers });
  onTestFinished(() => {
    for (const one of [socket, polling]) one.disconnect();
    raw.terminate();
  });
  raw.on("error", () => {});
  raw.once("message", () => raw.pause());
  const endings: string[] = [];
  for (const one of [socket, polling]) one.on("connection:ending", (reason) => endings.push(reason));
  await until("they are connected", () => socket.connected && polling.connected && raw.isPaused);
  // A body that never comes: the request is under way when the app is told to stop.
  const half = new AbortController();
  const body = new ReadableStream({ pull: () => new Promise(() => {}) });
  const request = {
    method: "POST",
    body,
    duplex: "half",
    signal: half.signal,
    headers: { ...headers, "content-type": "application/json" },
  };
  void fetch(`${url}/auth/sign-in`, request as RequestInit).catch(() => {});
  onTestFinished(() => half.abort());

  child.process.kill("SIGTERM");
  child.process.kill("SIGTERM");
  // It would end itself with 1 after five seconds.
  expect(await child.ended).toBe(0);
  await until("the browsers know", () => !socket.connected && !polling.connected);
  expect(endings).toContain("shutting-down");
});

test("SIGTERM right after the start ends it too", async () => {
  const child = startChild({ args: [...nowhere, ...anywhere, "--data", data()], env: people });
  await child.listening();
  child.process.kill("SIGINT");
  expect(await child.ended).toBe(0);
});

test("a library that prints to the console does not reach standard output", async () => {
  const prints = "process.on('SIGUSR2', () => { console.log('said by a library'); console.info('and more') })";
  const env = { ...people, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(prints)}` };
  const child = startChild({ args: [...nowhere, ...anywhere, "--data", data()], env });
  const url = await child.listening();
  child.process.kill("SIGUSR2");
  await until("it was printed", () => /said by a library[\s\S]*and more/.test(child.stderr()));
  expect(child.stdout()).toBe(`listening on ${url}\n`);
});

test("no load balancer at all is told in the log, not on standard output", async () => {
  const child = startChild({ args: [...anywhere, "--data", data()], env: { ...people, DRAINBOARD_LBS: "" } });
  const url = await child.listening();
  await until("the log says it", () => child.stderr().includes("no load balancer is configured"));
  expect(child.stdout()).toBe(`listening on ${url}\n`);
});

test("a load balancer that is not there: it serves all the same, and its log says why", async () => {
  const child = startChild({ args: [...nowhere, ...anywhere, "--data", data()], env: people });
  const url = await child.listening();
  expect(child.stdout()).toBe(`listening on ${url}\n`);
  const ready = await fetch(`${url}/readyz`);
  expect([ready.status, await ready.json()]).toEqual([200, { ready: true }]);
  await until("the log says it", () => /load balancer \\?"lb1\\?": .*nonexistent/.test(child.stderr()));
  const fleet = await fetch(`${url}/api/v1/fleet`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
  expect(await fleet.json()).toMatchObject({
    loadBalancers: [
      {
        name: "lb1",
        link: "unreachable",
        observedAgoMs: null,
        error: expect.stringContaining("/nonexistent/admin.sock"),
      },
    ],
    backends: [],
    servers: [],
  });
});

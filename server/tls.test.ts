// The app with a certificate of its own, as a process.
import { copyFileSync, renameSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { connect as tlsConnect } from "node:tls";
import { io } from "socket.io-client";
import { expect, onTestFinished, test } from "vitest";
import { until } from "#lab/net.ts";
import { SOCKET_PATH } from "#lib/wire/events.ts";
import { testCerts } from "#server/runtime/testing/certs.ts";
import { tempDir } from "#server/store/testing/temp-dir.ts";
import { startChild } from "#server/testing/child.ts";
import { ADMIN_PASSWORD, ADMIN_TOKEN } from "#server/testing.ts";

function newDir(): string {
  const dir = tempDir();
  onTestFinished(() => dir[Symbol.dispose]());
  return dir.path;
}

async function startTls() {
  const dir = newDir();
  const pem = join(dir, "board.pem");
  copyFileSync(testCerts.serverFile, pem);
  const child = startChild({
    args: [
      ...["--lb", "lb1=/nonexistent/admin.sock", "--listen", "127.0.0.1:0", "--data", join(dir, "data")],
      ...["--tls-cert", pem, "--tls-key", pem],
    ],
    env: { DRAINBOARD_ADMIN_PASSWORD: ADMIN_PASSWORD, DRAINBOARD_ADMIN_TOKEN: ADMIN_TOKEN },
  });
  const url = await child.listening();
  return { child, url, pem, port: Number(new URL(url).port) };
}

function ask(url: string, options: { method?: string; headers?: Record<string, string>; body?: unknown } = {}) {
  return new Promise<{ status: number; headers: Record<string, unknown>; subject: string }>((resolve, reject) => {
    const { method = "GET", headers = {}, body } = options;
    const json = body === undefined ? {} : { "content-type": "application/json" };
    const req = request(url, { ca: testCerts.ca, method, headers: { ...json, ...headers }, agent: false }, (res) => {
      const socket = res.socket as unknown as { getPeerCertificate(): { subject: { CN: string } } };
      const subject = socket.getPeerCertificate().subject.CN;
      res.resume().once("end", () => resolve({ status: res.statusCode ?? 0, headers: res.headers, subject }));
    });
    req.on("error", reject);
    req.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

test("https on the port: the line says so, cookies are __Host- and Secure, HSTS is sent, the socket comes too", async () => {
  const { url } = await startTls();
  expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  const credentials = { name: "admin", password: ADMIN_PASSWORD };
  const signIn = (origin: string) =>
    ask(`${url}/auth/sign-in`, { method: "POST", headers: { origin }, body: credentials });
  expect((await signIn(url.replace("https:", "http:"))).status).toBe(403);
  const reply = await signIn(url);
  expect(reply).toMatchObject({ status: 204, headers: { "strict-transport-security": "max-age=31536000" } });
  expect(reply.headers["set-cookie"]).toEqual([expect.stringMatching(/^__Host-drainboard=.*; Secure$/)]);

  const extraHeaders = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const socket = io(url, { path: SOCKET_PATH, transports: ["websocket"], ca: testCerts.ca, extraHeaders } as object);
  onTestFinished(() => void socket.disconnect());
  await until("the socket is open", () => socket.connected);
});

test("nothing older than TLS 1.2, and nothing in the clear", async () => {
  const { port } = await startTls();
  const old = tlsConnect({ port, host: "127.0.0.1", ca: testCerts.ca, minVersion: "TLSv1", maxVersion: "TLSv1.1" });
  await expect(new Promise((_resolve, reject) => old.once("error", reject))).rejects.toThrow();
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
});

test("SIGHUP reads the certificate again; one that cannot be used leaves the last good one", async () => {
  const { child, url, pem } = await startTls();
  expect((await ask(`${url}/healthz`)).subject).toBe("server");
  writeFileSync(`${pem}.new`, testCerts.client);
  renameSync(`${pem}.new`, pem);
  child.process.kill("SIGHUP");
  await until("the new certificate is shown", async () => (await ask(`${url}/healthz`)).subject === "client");
  writeFileSync(pem, "rubbish");
  child.process.kill("SIGHUP");
  await until("it is in the log", () => child.stderr().includes("the one before stays"));
  expect(await ask(`${url}/healthz`)).toMatchObject({ status: 200, subject: "client" });
});

test("a changed file is noticed without a signal", async () => {
  const { url, pem } = await startTls();
  writeFileSync(`${pem}.new`, testCerts.client);
  renameSync(`${pem}.new`, pem);
  await until("the new certificate is shown", async () => (await ask(`${url}/healthz`)).subject === "client", 20_000);
});

// The app behind a real HAProxy that ends TLS, with the lines that the README gives for it.
import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { join } from "node:path";
import { io } from "socket.io-client";
import { expect, onTestFinished, test } from "vitest";
import { startHaproxy } from "#lab/haproxy.ts";
import { until } from "#lab/net.ts";
import { SOCKET_PATH } from "#lib/wire/events.ts";
import { testCerts } from "#server/runtime/testing/certs.ts";
import { ADMIN_PASSWORD, startTestApp } from "#server/testing.ts";

/** A client that is not the proxy: on Linux all of 127.0.0.0/8 is this machine. */
const CLIENT = "127.0.0.2";

function readmeLines(): string[] {
  const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
  const block = /In HAProxy:\n\n```\n(.*?)```/s.exec(readme)?.[1] ?? "";
  return block.trimEnd().split("\n");
}

async function start() {
  const app = await startTestApp({ adminPassword: ADMIN_PASSWORD, trustedProxies: ["127.0.0.1"] });
  const lines = readmeLines();
  expect(lines.length).toBeGreaterThan(3);
  const lab = await startHaproxy({
    ports: ["tls", "clear"],
    config: (context) =>
      [
        ...lines,
        `  server app 127.0.0.1:${app.port}`,
        "frontend in",
        "  mode http",
        "  timeout client 5s",
        `  bind 127.0.0.1:${context.port("tls")} ssl crt ${testCerts.serverFile}`,
        `  bind 127.0.0.1:${context.port("clear")}`,
        "  default_backend drainboard",
      ].join("\n"),
  });
  onTestFinished(() => lab.dispose());
  const urls = { tls: `https://localhost:${lab.port("tls")}`, clear: `http://localhost:${lab.port("clear")}` };
  const signIn = (base: string, headers: Record<string, string>) =>
    new Promise<{ status: number; cookie: string; hsts: string | undefined }>((resolve, reject) => {
      const send = base.startsWith("https:") ? httpsRequest : httpRequest;
      const options = { method: "POST", ca: testCerts.ca, localAddress: CLIENT, family: 4, agent: false };
      const all = { "content-type": "application/json", ...headers };
      const req = send(`${base}/auth/sign-in`, { ...options, headers: all }, (res) => {
        const hsts = res.headers["strict-transport-security"];
        const cookie = res.headers["set-cookie"]?.[0] ?? "";
        res.resume().once("end", () => resolve({ status: res.statusCode ?? 0, cookie, hsts }));
      });
      req.on("error", reject);
      req.end(JSON.stringify({ name: "admin", password: ADMIN_PASSWORD }));
    });
  const lastAddress = async () =>
    (await app.app.store.audit.list({ limit: 1, action: "auth:sign-in" }))[0]?.remoteAddress;
  return { app, urls, signIn, lastAddress };
}

test("over TLS: the client's own address, a __Host- cookie, HSTS, the page's Origin, and the socket", async () => {
  const { urls, signIn, lastAddress } = await start();
  const reply = await signIn(urls.tls, { origin: urls.tls, "x-forwarded-for": "203.0.113.9" });
  expect(reply).toMatchObject({ status: 204, cookie: expect.stringMatching(/^__Host-drainboard=.*Secure$/) });
  expect(reply.hsts).toBeDefined();
  expect(await lastAddress()).toBe(CLIENT);
  expect((await signIn(urls.tls, { origin: urls.tls.replace("https", "http") })).status).toBe(403);

  const extraHeaders = { cookie: reply.cookie.split(";")[0] ?? "", origin: urls.tls };
  const options = { path: SOCKET_PATH, transports: ["websocket"], ca: testCerts.ca, extraHeaders, reconnection: false };
  const socket = io(urls.tls, options as object);
  onTestFinished(() => void socket.disconnect());
  await until("the socket is open", () => socket.connected);
});

test("in the clear: a client that says https for itself is not believed", async () => {
  const { urls, signIn } = await start();
  const said = { "x-forwarded-proto": "https", "x-forwarded-host": "evil.example" };
  const reply = await signIn(urls.clear, { origin: urls.clear, ...said });
  expect(reply).toMatchObject({ status: 204, cookie: expect.stringMatching(/^drainboard=/), hsts: undefined });
  expect((await signIn(urls.clear, { origin: "https://evil.example", ...said })).status).toBe(403);
});

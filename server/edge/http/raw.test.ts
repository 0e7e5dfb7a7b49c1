// What only a hand-written client sends: requests that two servers in a row could read differently (smuggling), and
// senders so slow that they would hold every connection (slowloris).
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { until } from "#lab/net.ts";
import { httpServerOptions } from "./http-edge.ts";
import { ADMIN_TOKEN, startEdge } from "./testing/edge.ts";

const AUTHORIZED = `host: x\r\nauthorization: Bearer ${ADMIN_TOKEN}\r\n`;

async function start() {
  const edge = await startEdge();
  onTestFinished(() => edge[Symbol.asyncDispose]());
  return { edge, port: Number(new URL(edge.baseUrl).port) };
}

/** Everything that comes back until the other end closes, or `enough` of it. */
async function send(port: number, text: string, enough = (_reply: string) => false): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  let reply = "";
  let isClosed = false;
  socket.on("data", (chunk) => {
    reply += chunk.toString("latin1");
  });
  socket.once("close", () => {
    isClosed = true;
  });
  socket.on("error", () => {});
  socket.write(text, "latin1");
  await until("the answer is there", () => isClosed || enough(reply), 20_000);
  socket.destroy();
  return reply;
}

const HIDDEN = `GET /api/v1/audit HTTP/1.1\r\n${AUTHORIZED}\r\n`;

test.each([
  [
    "both lengths",
    `POST /auth/sign-out HTTP/1.1\r\n${AUTHORIZED}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
  ],
  [
    "two lengths that differ",
    `POST /auth/sign-out HTTP/1.1\r\n${AUTHORIZED}content-length: 0\r\ncontent-length: 9\r\n\r\n`,
  ],
  ["a length with a sign", `POST /auth/sign-out HTTP/1.1\r\n${AUTHORIZED}content-length: +5\r\n\r\nabcde`],
  ["a list of lengths", `POST /auth/sign-out HTTP/1.1\r\n${AUTHORIZED}content-length: 5, 5\r\n\r\nabcde`],
  [
    "chunked, but not last",
    `POST /auth/sign-out HTTP/1.1\r\n${AUTHORIZED}transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
  ],
  [
    "a chunk size with rubbish",
    `POST /auth/sign-out HTTP/1.1\r\n${AUTHORIZED}transfer-encoding: chunked\r\n\r\n0x5\r\nabcde\r\n0\r\n\r\n`,
  ],
  ["a space before the colon", `POST /auth/sign-out HTTP/1.1\r\n${AUTHORIZED}content-length : 5\r\n\r\nabcde`],
  ["a folded header", `POST /auth/sign-out HTTP/1.1\r\n${AUTHORIZED}x: a\r\n transfer-encoding: chunked\r\n\r\n`],
  ["a lone carriage return", `POST /auth/sign-out HTTP/1.1\r\n${AUTHORIZED}x: a\rtransfer-encoding: chunked\r\n\r\n`],
  ["a zero byte", `GET /healthz HTTP/1.1\r\n${AUTHORIZED}x: a\0b\r\n\r\n`],
  ["two hosts", `GET /healthz HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n`],
  ["no host", "GET /healthz HTTP/1.1\r\n\r\n"],
])("%s: refused, the connection closed, and what is hidden behind it never answered", async (_name, text) => {
  const { port } = await start();
  const reply = await send(port, text + HIDDEN);
  const statuses = [...reply.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status);
  expect(statuses.filter((status) => status === "200")).toEqual([]);
  expect(reply).toMatch(/^HTTP\/1\.1 400 /);
});

test("a body that is announced and never comes does not become the next request", async () => {
  const { port } = await start();
  const smuggled = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
  const length = `content-length: ${smuggled.length}\r\n`;
  const text = `GET /healthz HTTP/1.1\r\nhost: x\r\n${length}\r\n${smuggled}GET /readyz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`;
  const reply = await send(port, text);
  expect([...reply.matchAll(/HTTP\/1\.1 200/g)]).toHaveLength(2);
  expect(reply).toContain('"ready":true');
});

test("senders that never finish their headers or body are cut, and others are served meanwhile", async () => {
  const { edge } = await start();
  // The same options at a twentieth of their times; what they are in the app, http-edge.test.ts holds on to.
  const { headersTimeout = 0, requestTimeout = 0, connectionsCheckingInterval = 0 } = httpServerOptions;
  const server = createServer(
    {
      ...httpServerOptions,
      headersTimeout: headersTimeout / 20,
      requestTimeout: requestTimeout / 20,
      connectionsCheckingInterval: connectionsCheckingInterval / 20,
    },
    edge.edge.handle,
  ).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close().closeAllConnections());
  const { port } = server.address() as AddressInfo;

  const slow = Array.from({ length: 200 }, (_, index) => {
    const socket = connect(port, "127.0.0.1");
    const body = `POST /auth/sign-in HTTP/1.1\r\nhost: x\r\norigin: http://x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{`;
    socket.write(index % 2 === 0 ? "GET / HTTP/1.1\r\nhost: x\r\nx-slow: " : body);
    const drip = setInterval(() => socket.write("a"), 100);
    socket.on("error", () => {});
    socket.resume();
    // not events.once: it takes the reset of a cut connection for a failure, and that is what is wanted here
    const closed = new Promise<void>((resolve) => void socket.once("close", () => resolve())).then(() =>
      clearInterval(drip),
    );
    onTestFinished(() => {
      clearInterval(drip);
      socket.destroy();
    });
    return closed;
  });
  expect(await send(port, "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")).toMatch(/^HTTP\/1\.1 200 /);
  await Promise.all(slow);
  expect(await send(port, "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")).toMatch(/^HTTP\/1\.1 200 /);
});

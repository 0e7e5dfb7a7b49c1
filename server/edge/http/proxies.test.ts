// Behind a proxy: cookies, origins and the throttle go by what the named one says, and by nothing that others say.
import { expect, onTestFinished, test } from "vitest";
import { PASSWORD, startEdge, type TestEdgeOptions } from "./testing/edge.ts";

async function start(options?: TestEdgeOptions) {
  const edge = await startEdge(options);
  onTestFinished(() => edge[Symbol.asyncDispose]());
  return edge;
}

const behind = { "x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "https", "x-forwarded-host": "board.example" };
const signIn = (headers: Record<string, string>, password = PASSWORD) => ({
  ...{ method: "POST", headers, body: { name: "admin", password } },
});

test("a page behind a TLS proxy: its Origin passes, the cookie is __Host- and Secure, HSTS is sent", async () => {
  const { ask, store } = await start({ trustedProxies: ["127.0.0.1"] });
  const reply = await ask("/auth/sign-in", signIn({ ...behind, origin: "https://board.example" }));
  expect(reply.status).toBe(204);
  expect(reply.headers["set-cookie"]?.[0]).toMatch(
    /^__Host-drainboard=[\w-]{43}; Path=\/; .*HttpOnly; SameSite=Lax; Secure$/,
  );
  expect(reply.headers["strict-transport-security"]).toBeDefined();
  const [row] = await store.audit.list({ limit: 1 });
  expect(row).toMatchObject({ action: "auth:sign-in", remoteAddress: "203.0.113.7" });
});

test.each([
  ["the same host in the clear", "http://board.example"],
  ["the app's own address", "https://127.0.0.1:3000"],
  ["another site", "https://evil.example"],
])("behind a TLS proxy a write from %s is refused", async (_name, origin) => {
  const { ask } = await start({ trustedProxies: ["127.0.0.1"] });
  expect((await ask("/auth/sign-in", signIn({ ...behind, origin }))).status).toBe(403);
});

test("the same headers from somebody who is no proxy of ours change nothing", async () => {
  const { ask, baseUrl, store } = await start({ trustedProxies: ["192.0.2.1"] });
  expect((await ask("/auth/sign-in", signIn({ ...behind, origin: "https://board.example" }))).status).toBe(403);
  const reply = await ask("/auth/sign-in", signIn({ ...behind, origin: baseUrl }));
  expect(reply.headers["set-cookie"]?.[0]).toMatch(/^drainboard=/);
  expect(reply.headers["strict-transport-security"]).toBeUndefined();
  expect((await store.audit.list({ limit: 1 }))[0]).toMatchObject({ remoteAddress: "127.0.0.1" });
});

test("an address that a client writes itself does not get it past the throttle", async () => {
  const { ask, baseUrl } = await start({ trustedProxies: ["127.0.0.1"] });
  const guess = (index: number) =>
    ask("/auth/sign-in", signIn({ origin: baseUrl, "x-forwarded-for": `10.9.8.${index}, 203.0.113.7` }, "wrong guess"));
  const statuses = [];
  for (let index = 0; index < 8; index++) statuses.push((await guess(index)).status);
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
  const other = await ask("/auth/sign-in", signIn({ origin: baseUrl, "x-forwarded-for": "203.0.113.8" }));
  expect(other.status).toBe(204);
});

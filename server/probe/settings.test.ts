// Where a probe asks is an admin's word, kept over restarts and checked when it is saved; the probe itself is limited and audited.
import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { APP_PORT } from "#lab/configs.ts";
import { until } from "#lab/net.ts";
import { SRV1, startApp, startStage } from "#server/maintenance/testing/stage.ts";
import { openStore } from "#server/store/store.ts";
import { tempDir } from "#server/store/testing/temp-dir.ts";
import { isRefusedAddress, splitAddress } from "./target.ts";

const URL = "/api/v1/settings/backends/APP1/probe";
const PROBE = `/api/v1/servers/${SRV1}/probe`;

test("saved, audited, kept over a restart, and taken away again", async () => {
  const stage = await startStage();
  using dir = tempDir();
  const app = await startApp(stage, { dataDir: dir.path });
  const before = await app.rest("GET", URL);
  expect(before.body).toMatchObject({
    backend: "APP1",
    setting: null,
    guess: { setting: { address: "127.0.0.1:80" } },
  });
  expect(before.body.guess.why).toContain("A guess");
  const refused = await app.rest("POST", PROBE);
  expect([refused.status, refused.body.code]).toEqual([409, "conflict"]);
  expect(refused.body.detail).toContain("Settings, Backends");

  const address = `127.0.0.1:${stage.lbs[0].port(APP_PORT)}`;
  const set = await app.rest("PUT", URL, { address, path: "/shop?a=b", host: "shop.example.com", header: "X-Origin" });
  const setting = {
    ...{ address, path: "/shop?a=b", host: "shop.example.com" },
    ...{ tls: "none", method: "GET", header: "x-origin" },
  };
  expect([set.status, set.body.setting]).toEqual([200, setting]);
  const audited = await app.app.store.audit.list({ action: "probe:set", limit: 5 });
  expect(audited[0]).toMatchObject({
    ...{ target: "APP1", before: "off", outcome: "done" },
    after: `GET http://shop.example.com/shop?a=b at ${address}`,
  });
  await app.stop();
  const again = await startApp(stage, { dataDir: dir.path });
  expect((await again.rest("GET", URL)).body.setting).toEqual(setting);
  expect((await again.rest("DELETE", URL)).status).toBe(204);
  expect((await again.rest("GET", URL)).body.setting).toBeNull();
  expect((await again.rest("GET", "/api/v1/settings/backends/NONE/probe")).body.code).toBe("unknown-name");
});

test("a guess names the frontend that listens there, where HAProxy tells", async () => {
  const stage = await startStage({ defaults: ["timeout check 5s", "option socket-stats"] });
  const app = await startApp(stage);
  const { guess } = (await app.rest("GET", URL)).body;
  expect(guess.setting.address).toBe(`127.0.0.1:${stage.lbs[0].port(APP_PORT)}`);
  expect(guess.why).toBe("A guess: frontend www on lb1 listens there; whether www leads to APP1 is not known.");
});

test("what is no place to ask is refused in a sentence when it is saved", async () => {
  const stage = await startStage();
  const app = await startApp(stage);
  for (const body of [
    {},
    { address: "http://127.0.0.1/" },
    { address: "127.0.0.1" },
    { address: "127.0.0.1:0" },
    { address: "127.0.0.1:70000" },
    { address: "a@b:80" },
    { address: "169.254.169.254:80" },
    { address: "[fe80::1]:80" },
    { address: "[::ffff:169.254.169.254]:80" },
    { address: "0.0.0.0:80" },
    { address: "[::]:80" },
    { address: "127.0.0.1:80", path: "x" },
    { address: "127.0.0.1:80", path: "/a b" },
    { address: "127.0.0.1:80", path: "/\r\nx: y" },
    { address: "127.0.0.1:80", host: "a\r\nx: y" },
    { address: "127.0.0.1:80", host: "a b" },
    { address: "127.0.0.1:80", header: "set-cookie" },
    { address: "127.0.0.1:80", header: "a:b" },
    { address: "127.0.0.1:80", tls: "yes" },
    { address: "127.0.0.1:80", method: "DELETE" },
    { address: "127.0.0.1:80", other: 1 },
  ]) {
    const reply = await app.rest("PUT", URL, body);
    expect([reply.status, reply.body.code], JSON.stringify(body)).toEqual([400, "malformed"]);
  }
  expect((await app.rest("GET", URL)).body.setting).toBeNull();
  expect((await app.rest("PUT", "/api/v1/settings/backends/NONE/probe", { address: "127.0.0.1:80" })).status).toBe(404);
  for (const body of [{ requests: 0 }, { requests: 11 }, { address: "127.0.0.1:80" }, { url: "http://x" }])
    expect((await app.rest("POST", PROBE, body)).status, "the request never says where").toBe(400);
});

test("limited in rate, audited with its verdict, and refused for whom it is not", async () => {
  const stage = await startStage();
  let nowMs = Date.now();
  const app = await startApp(stage, { now: () => nowMs });
  await app.rest("PUT", URL, { address: `127.0.0.1:${stage.lbs[0].port(APP_PORT)}`, header: "x-origin" });
  const first = await app.rest("POST", PROBE, { requests: 1, reason: "ticket 7" });
  expect(first.status, first.text).toBe(200);
  expect(first.body.verdict.code).toBe("keeps");
  const [row] = await app.app.store.audit.list({ action: "server:probe", outcome: "done", limit: 5 });
  expect(row).toMatchObject({ target: SRV1, after: "keeps" });
  for (let i = 0; i < 5; i++) expect((await app.rest("POST", PROBE, { requests: 1 })).status).toBe(200);
  const rows = (await app.app.store.audit.list({ action: "server:probe", limit: 100 })).length;
  const tooMany = await app.rest("POST", PROBE, { requests: 1 });
  expect([tooMany.status, tooMany.body.code]).toEqual([429, "too-many-requests"]);
  expect(Number(tooMany.headers["retry-after"])).toBeGreaterThan(0);
  expect((await app.app.store.audit.list({ action: "server:probe", limit: 100 })).length).toBe(rows);
  nowMs += 61_000;
  expect((await app.rest("POST", PROBE, { requests: 1 })).status).toBe(200);
  const token = await app.rest("POST", "/api/v1/tokens", { name: "api", role: "operator", backends: ["API"] });
  const limited = await app.rest("POST", PROBE, {}, { authorization: `Bearer ${token.body.token}` });
  expect(limited.status).toBe(403);
});

test("one that never answers ends by itself; meanwhile a second probe is told to wait", async () => {
  const stage = await startStage();
  const app = await startApp(stage);
  let connections = 0;
  const silent = createServer(() => connections++);
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void silent.close());
  const { port } = silent.address() as { port: number };
  await app.rest("PUT", URL, { address: `127.0.0.1:${port}` });
  const first = app.rest("POST", PROBE, { requests: 10 });
  await until("it is asked", () => connections === 1);
  const second = await app.rest("POST", PROBE, {});
  expect([second.status, second.body.code]).toEqual([429, "too-many-requests"]);
  const { body } = await first;
  expect(body.verdict).toMatchObject({ code: "unreachable", text: `127.0.0.1:${port} did not answer in time.` });
  expect(connections, "nobody there: it asks once").toBe(1);
});

test("the store keeps one for each backend", async () => {
  using dir = tempDir();
  const store = await openStore({ dataDir: dir.path, waitForLockMs: 0 });
  const one = { address: "10.0.0.1:80", path: "/", host: null, tls: "none", method: "GET", header: null } as const;
  await store.probeSettings.save("A", one);
  await store.probeSettings.save("A", { ...one, tls: "verify" });
  await store.probeSettings.save("B", one);
  await store.probeSettings.save("B", null);
  expect([...(await store.probeSettings.all())]).toEqual([["A", { ...one, tls: "verify" }]]);
  await store.close();
});

test("addresses that hand out a machine's secrets are refused, written any way", () => {
  for (const ip of [
    "169.254.169.254",
    "0.0.0.0",
    "::",
    "fe80::1",
    "::ffff:169.254.169.254",
    "fd00:ec2::254",
    "224.0.0.1",
  ])
    expect(isRefusedAddress(ip), ip).toBe(true);
  for (const ip of ["127.0.0.1", "10.0.0.1", "::1", "fd00::1", "::ffff:10.0.0.1", "example.com"])
    expect(isRefusedAddress(ip), ip).toBe(false);
  expect(splitAddress("[::1]:80")).toEqual({ host: "::1", port: 80 });
});

// The fleet over REST, as contract.md has it, over a scripted HAProxy.
import { expect, onTestFinished, test } from "vitest";
import { until } from "#lab/net.ts";
import { type FakeHaproxy, startFake } from "#server/runtime/testing/fake-haproxy.ts";
import { type FakeModel, fakeModel, modelServer } from "#server/runtime/testing/fake-model.ts";
import { startTestApp } from "#server/testing.ts";

interface Stage {
  model: FakeModel;
  fake: FakeHaproxy;
  address: string;
  sets(): string[];
}

async function stage(ids: readonly string[]): Promise<Stage> {
  const model = fakeModel(ids.map((id) => modelServer(...(id.split("/") as [string, string]), { scur: 3 })));
  const fake = await startFake(model.script);
  onTestFinished(() => fake.stop());
  const address = fake.address.kind === "unix" ? fake.address.path : "";
  return { model, fake, address, sets: () => fake.lines.filter((line) => line.startsWith("set ")) };
}

const APP1 = ["APP1/SRV1", "APP1/SRV2", "APP1/SRV3"];
const SRV1 = "/api/v1/servers/APP1/SRV1";

const ids = (body: { servers: { id: string }[] }) => body.servers.map((server) => server.id);

test("GET /fleet: load balancers, backends and servers, with sums over the load balancers", async () => {
  const [one, two] = [await stage(APP1), await stage([...APP1, "API/SRV1"])];
  const app = await startTestApp({
    loadBalancers: { lb1: one.address, lb2: two.address },
    backends: { APP1: { minimum: 1 } },
  });
  const { status, body } = await app.rest("GET", "/api/v1/fleet");
  expect(status).toBe(200);
  expect(body.loadBalancers).toMatchObject([
    {
      name: "lb1",
      link: "live",
      version: "3.2.26-1",
      pid: 4711,
      oldWorkers: null,
      oldWorkersSource: "none",
      error: null,
    },
    { name: "lb2", link: "live" },
  ]);
  expect(body.backends).toMatchObject([
    { name: "APP1", mode: "http", balance: "roundrobin", takingNewUsers: 3, minimum: 1, sessions: 18 },
    { name: "API", servers: ["API/SRV1"], sessions: 3 },
  ]);
  expect(ids(body)).toEqual([...APP1, "API/SRV1"]);
  expect(body.servers[0]).toMatchObject({
    id: "APP1/SRV1",
    adminState: "ready",
    opState: "up",
    sessions: 6,
    sessionsComplete: true,
    perLoadBalancer: { lb1: { sessions: 3, link: "live" }, lb2: { sessions: 3, link: "live" } },
    maintenanceId: null,
    claim: null,
  });
});

test("GET /fleet narrowed by backend, load balancer and host; a name that is not there is 404", async () => {
  const [one, two] = [await stage(APP1), await stage([...APP1, "API/SRV1"])];
  const app = await startTestApp({ loadBalancers: { lb1: one.address, lb2: two.address } });
  const get = (query: string) => app.rest("GET", `/api/v1/fleet${query}`);
  expect(ids((await get("?backend=API")).body)).toEqual(["API/SRV1"]);
  const lb1 = (await get("?lb=lb1")).body;
  expect(ids(lb1)).toEqual(APP1);
  expect(lb1.loadBalancers.map((lb: { name: string }) => lb.name)).toEqual(["lb1"]);
  expect(lb1.backends.map((backend: { name: string }) => backend.name)).toEqual(["APP1"]);
  expect(ids((await get("?host=127.0.0.1")).body).length).toBe(4);
  expect(ids((await get("?host=10.9.9.9")).body)).toEqual([]);
  for (const [query, status, detail] of [
    ["?backend=NOPE", 404, /No load balancer has a backend "NOPE"/],
    ["?lb=lb9", 404, /There is no load balancer "lb9"/],
    ["?bakend=API", 400, /bakend/],
  ] as const) {
    const reply = await get(query);
    expect(reply.status).toBe(status);
    expect(reply.headers["content-type"]).toBe("application/problem+json");
    expect(reply.body.detail).toMatch(detail);
  }
});

test("a load balancer that went away: its part is not a number any more, and the sum says it is not whole", async () => {
  const [one, two] = [await stage(APP1), await stage(APP1)];
  const app = await startTestApp({ loadBalancers: { lb1: one.address, lb2: two.address } });
  await two.fake.stop();
  await until("it is noticed", async () => (await app.rest("GET", SRV1)).body.sessionsComplete === false);
  const { body } = await app.rest("GET", SRV1);
  expect(body).toMatchObject({
    sessions: 3,
    perLoadBalancer: { lb1: { sessions: 3 }, lb2: { sessions: null, quietForSec: null, weight: null, link: "stale" } },
  });
});

test("no load balancer answers any more: no number is left that could be taken for one, no zero either", async () => {
  const one = await stage(APP1);
  const app = await startTestApp({ loadBalancers: { lb1: one.address } });
  await one.fake.stop();
  await until("it is noticed", async () => (await app.rest("GET", SRV1)).body.sessionsComplete === false);
  const { body } = await app.rest("GET", "/api/v1/fleet");
  expect(body.servers[0]).toMatchObject({
    ...{ sessions: null, queue: null, arrivalsPerSec: null, quietForSec: null, weight: null },
    ...{ opState: "unknown", status: "", check: "" },
    sessionsComplete: false,
  });
  expect(body.backends[0]).toMatchObject({ takingNewUsers: null, sessions: null, sessionsComplete: false });
});

test("quiet counts from the last session that was seen there, however long ago it came", async () => {
  const one = await stage(APP1);
  for (const server of one.model.servers) Object.assign(server, { lastsess: 4_000 });
  const app = await startTestApp({ loadBalancers: { lb1: one.address } });
  const quiet = async () => {
    const { quietForSec, perLoadBalancer } = (await app.rest("GET", SRV1)).body;
    return [quietForSec, perLoadBalancer.lb1.quietForSec];
  };
  expect(await quiet()).toEqual([0, 0]);
  for (const server of one.model.servers) Object.assign(server, { scur: 0, lastsess: 40 });
  await until("they ended", async () => (await app.rest("GET", SRV1)).body.sessions === 0);
  const [sum, part] = await quiet();
  expect(sum).toBe(part);
  expect(sum).toBeLessThan(4_000);
  await until("it counts", async () => ((await quiet())[0] ?? 0) >= 1);
  Object.assign(one.model.servers[0]!, { scur: 1 });
  await until("a tunnel came", async () => (await quiet())[0] === 0);
});

test("GET of a server or its history that is not there is 404 in a sentence; nobody gets anything without signing in", async () => {
  const { address } = await stage(APP1);
  const app = await startTestApp({ loadBalancers: { lb1: address } });
  for (const path of ["/api/v1/servers/APP1/NOPE", "/api/v1/servers/APP1/NOPE/history", "/api/v1/servers/%00/%0A"]) {
    const reply = await app.rest("GET", path);
    expect([reply.status, reply.body.code]).toEqual([404, "unknown-name"]);
    expect(reply.body.detail).toMatch(/^No load balancer has a server ".+"\. GET \/api\/v1\/fleet lists them\.$/);
  }
  for (const path of ["/api/v1/fleet", SRV1, `${SRV1}/history`]) {
    expect((await app.rest("GET", path, undefined, {})).status).toBe(401);
  }
  expect((await app.rest("PUT", `${SRV1}/admin-state`, { adminState: "drain" }, {})).status).toBe(401);
});

test("history: seconds for the last minutes, minutes for a day, and mistakes in from and to", async () => {
  const { address } = await stage(APP1);
  const app = await startTestApp({ loadBalancers: { lb1: address } });
  const get = (query: string) => app.rest("GET", `${SRV1}/history${query}`);
  await until("a second was kept", async () => (await get("")).body.sessions.includes(3));
  const asked = Date.now() - 60_000;
  const recent = (await get(`?from=${asked}`)).body;
  expect(recent.from % 1_000).toBe(0);
  expect(Math.abs(recent.from - asked)).toBeLessThanOrEqual(1_000);
  expect(recent.stepMs).toBe(1_000);
  expect(recent.sessions.length).toBeGreaterThanOrEqual(60);
  expect(recent.sessions.length).toBeLessThanOrEqual(Math.ceil((Date.now() - asked) / 1_000));
  expect(recent.arrivals.length).toBe(recent.sessions.length);
  expect(recent.sessions[0]).toBeNull();
  const day = (await get(`?from=${Date.now() - 86_000_000}`)).body;
  expect(day.stepMs).toBe(60_000);
  expect(day.sessions.length).toBeLessThanOrEqual(1_440);
  expect(day.from % 60_000).toBe(0);
  const past = (await get(`?from=${Date.now() - 120_000}&to=${Date.now() - 60_000}`)).body;
  expect(past.sessions.every((value: number | null) => value === null)).toBe(true);
  for (const query of ["?from=x", "?from=-1", "?from=5&to=4", "?from=1", `?from=${Date.now() + 60_000}`, "?form=1"]) {
    expect((await get(query)).status, query).toBe(400);
  }
});

test("Idempotency-Key: the same key gives the first answer and sends no second command", async () => {
  const one = await stage(APP1);
  const app = await startTestApp({ loadBalancers: { lb1: one.address } });
  const put = (key: string, adminState = "drain") =>
    app.rest(
      "PUT",
      `${SRV1}/admin-state`,
      { adminState },
      {
        authorization: "Bearer provisioning-token-of-tests",
        "idempotency-key": key,
      },
    );
  const [first, twin] = await Promise.all([put("key-1"), put("key-1")]);
  const later = await put("key-1");
  expect([first.status, twin.status, later.status]).toEqual([200, 200, 200]);
  expect([twin.text, later.text]).toEqual([first.text, first.text]);
  expect(later.headers["idempotent-replayed"]).toBe("true");
  expect(one.sets()).toEqual(["set server APP1/SRV1 state drain"]);
  expect((await put("key-1", "maint")).status).toBe(409);
  expect(one.sets().length).toBe(1);
  expect((await put("key-2")).status).toBe(200);
  expect(one.sets().length).toBe(2);
  expect((await put("two words")).status).toBe(400);
});

test("healthz and readyz need no sign-in", async () => {
  const app = await startTestApp();
  expect(await app.rest("GET", "/healthz", undefined, {})).toMatchObject({ status: 200, body: { ok: true } });
  expect(await app.rest("GET", "/readyz", undefined, {})).toMatchObject({ status: 200, body: { ready: true } });
  const fleet = await app.rest("GET", "/api/v1/fleet");
  expect(fleet.body).toMatchObject({ loadBalancers: [], backends: [], servers: [] });
});

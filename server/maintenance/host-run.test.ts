// Two machines with a server in each of two backends, behind two real HAProxys: patched one after the other.
import { expect, onTestFinished, test } from "vitest";
import { FAST_CHECK } from "#lab/configs.ts";
import type { LabContext } from "#lab/haproxy.ts";
import { until } from "#lab/net.ts";
import { type Origin, openTunnel, startOrigin } from "#lab/origins.ts";
import type { MaintenanceSummary } from "#lib/maintenance/summary.ts";
import { arrive, ask, reaches, record, type Stage, start, startApp, startStage, summary } from "./testing/stage.ts";

const HOST1 = "127.0.0.11";
const HOST2 = "127.0.0.12";
const SERVERS = ["APP1/SRV1", "APP1/SRV2", "API/a1", "API/a2"];

/** SRV1 and a1 stand on HOST1, SRV2 and a2 on HOST2. */
async function startMachines(): Promise<Stage> {
  const places = [HOST1, HOST2, HOST1, HOST2];
  const origins = await Promise.all(places.map((address, i) => startOrigin(SERVERS[i] ?? "", { address })));
  onTestFinished(async () => void (await Promise.all(origins.map((origin) => origin.stop()))));
  return startStage({ servers: 0, ports: ["app", "api"], config: (context) => config(context, origins) });
}

function config(context: LabContext, origins: readonly Origin[]): string {
  const lines = origins.map(({ name, address, port }) => {
    const [, server = ""] = name.split("/");
    return `  server ${server} ${address}:${port} cookie ${server} ${FAST_CHECK}`;
  });
  const backend = (name: string, own: string[]) => [
    `frontend ${name}_in`,
    `  bind 127.0.0.1:${context.port(name === "APP1" ? "app" : "api")}`,
    `  default_backend ${name}`,
    `backend ${name}`,
    "  cookie HAPROXY_SESSION insert indirect nocache",
    "  option httpchk GET /health",
    ...own,
  ];
  return [...backend("APP1", lines.slice(0, 2)), ...backend("API", lines.slice(2))].join("\n");
}

async function statesOf(stage: Stage): Promise<Record<string, number[]>> {
  const pairs = SERVERS.map(async (id) => [id, await Promise.all(stage.lbs.map((lb) => lb.adminBits(id)))] as const);
  return Object.fromEntries(await Promise.all(pairs));
}

const turnsOf = ({ servers }: MaintenanceSummary) =>
  servers.filter((one) => one.yourTurnAt !== null).map((one) => one.server);

test("[M112] [M114] [M115] host by host: out together, the turn when the last one is safe, back together, then the next", async () => {
  const stage = await startMachines();
  const app = await startApp(stage);
  const [lb1, lb2] = stage.lbs;
  const users = await Promise.all(
    stage.lbs.flatMap((lb) => [arrive(lb.port("app"), 150), arrive(lb.port("api"), 150)]),
  );
  const plan = await app.rest("POST", "/api/v1/maintenances", { hosts: [HOST1, HOST2], quiet: "1s", dryRun: true });
  expect(plan.status, plan.text).toBe(200);
  expect(plan.body.hosts).toMatchObject([
    { host: HOST1, servers: ["APP1/SRV1", "API/a1"], impact: [{ backend: "APP1", takingThen: 1 }, { backend: "API" }] },
    { host: HOST2, servers: ["APP1/SRV2", "API/a2"] },
  ]);
  expect(plan.body.script).toMatch(/# Host 127\.0\.0\.11\n[\s\S]*# Host 127\.0\.0\.12\n/);

  const stays = await openTunnel(lb2.port("api"), "/socket", ["HAPROXY_SESSION=a1"]);
  expect(stays.origin).toBe("API/a1");
  const id = await start(app, { servers: undefined, hosts: [HOST1, HOST2] });
  // Users with a cookie keep their server in drain: they leave when they are done.
  for (const one of users) await one.leave();
  const waiting = await reaches(app, id, "maint", "APP1/SRV1");
  expect(turnsOf(waiting)).toEqual([]);
  expect(waiting.phase).toBe("draining");
  expect(await statesOf(stage)).toEqual({
    "APP1/SRV1": [1, 1],
    "API/a1": [8, 8],
    "APP1/SRV2": [0, 0],
    "API/a2": [0, 0],
  });
  const early = await app.rest("POST", `/api/v1/maintenances/${id}/ready`, { servers: ["APP1/SRV1"] });
  expect([early.status, early.body.detail]).toEqual([
    409,
    "API/a1 is draining, not in maint. To break off before its turn, stop it.",
  ]);

  const wait = app.rest("GET", `/api/v1/maintenances/${id}/wait?until=maint&timeout=20`);
  stays.close();
  expect((await wait).body).toMatchObject({ reached: true, phase: "maint" });
  const turn = await summary(app, id);
  expect(turnsOf(turn)).toEqual(["APP1/SRV1", "API/a1"]);
  expect(turn.servers.map((one) => one.host)).toEqual([HOST1, HOST1, HOST2, HOST2]);
  expect(await statesOf(stage)).toEqual({
    "APP1/SRV1": [1, 1],
    "API/a1": [1, 1],
    "APP1/SRV2": [0, 0],
    "API/a2": [0, 0],
  });

  await ask(app, id, "ready", { servers: ["API/a1"] });
  await until("both are ready again", async () => {
    const states = await statesOf(stage);
    return [...(states["APP1/SRV1"] ?? []), ...(states["API/a1"] ?? [])].every((bits) => bits === 0);
  });
  expect((await summary(app, id)).servers.map((one) => one.phase)).toEqual([
    "returning",
    "returning",
    "queued",
    "queued",
  ]);
  const visitors = await Promise.all(
    stage.lbs.flatMap((lb) => [
      arrive(lb.port("app"), 100, ["HAPROXY_SESSION=SRV1"]),
      arrive(lb.port("api"), 100, ["HAPROXY_SESSION=a1"]),
    ]),
  );
  await reaches(app, id, "maint", "APP1/SRV2");
  await reaches(app, id, "maint", "API/a2");
  for (const one of visitors) await one.leave();
  expect([...users, ...visitors].map((one) => one.lost())).toEqual(Array(8).fill(0));
  const lines = await record(app, id);
  expect(lines.filter((line) => line.startsWith("phase: Your turn"))).toEqual([
    `phase: Your turn: ${HOST1} is free. In maint and empty: APP1/SRV1 and API/a1.`,
    `phase: Your turn: ${HOST2} is free. In maint and empty: APP1/SRV2 and API/a2.`,
  ]);
  expect(lines[0]).toBe(
    `person: Started by admin token, host by host: ${HOST1} with APP1/SRV1 and API/a1; ${HOST2} with APP1/SRV2 and API/a2.`,
  );
  await ask(app, id, "stop", JSON.parse('{"servers":["APP1/SRV2"],"then":"ready"}'));
  await reaches(app, id, "stopped", "API/a2");
  expect(await lb1.adminBits("API/a2")).toBe(0);
});

test("[M110] [M111] servers by host: a neighbour that stays must be confirmed, an address nobody has is refused", async () => {
  const stage = await startMachines();
  const app = await startApp(stage);
  const post = (body: object) => app.rest("POST", "/api/v1/maintenances", { quiet: "1s", ...body });
  const half = await post({ servers: ["APP1/SRV1"], by: "host" });
  expect([half.status, half.body.detail]).toEqual([
    409,
    `${HOST1} carries API/a1 too, not in this list: its users stay on the machine. Send it again with override to do it anyway.`,
  ]);
  expect(half.body.findings).toMatchObject([{ code: "shared-host", severity: "confirm" }]);
  const nobody = await post({ hosts: ["10.9.9.9"] });
  expect([nobody.status, nobody.body.code, nobody.body.detail]).toEqual([
    404,
    "unknown-name",
    `No server has the address 10.9.9.9; there are ${HOST1} and ${HOST2}.`,
  ]);
  const all = await post({ hosts: [HOST1, HOST2], concurrency: 2 });
  expect([all.status, all.body.code]).toEqual([409, "guard"]);
  expect((await app.rest("GET", "/api/v1/maintenances")).body).toEqual([]);
  const id = await start(app, { servers: ["API/a2", "APP1/SRV1", "APP1/SRV2", "API/a1"], by: "host" });
  const { servers } = await summary(app, id);
  expect(servers.map((one) => one.server)).toEqual(["API/a2", "APP1/SRV2", "APP1/SRV1", "API/a1"]);
});

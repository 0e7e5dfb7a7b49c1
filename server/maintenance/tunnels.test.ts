// Tunnels on real HAProxies of every version: recognised, counted for each load balancer, told to programs and the record.
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { haproxyBinaries } from "#lab/binaries.ts";
import { APP_PORT, appConfig } from "#lab/configs.ts";
import { startHaproxy } from "#lab/haproxy.ts";
import { until } from "#lab/net.ts";
import { openConnect, openTunnel, startOrigin, visit } from "#lab/origins.ts";
import type { ServerSummary } from "#lib/maintenance/summary.ts";
import { startTestApp } from "#server/testing.ts";
import { cookieOf, reaches, record, SRV1, start, startApp, startStage, summary } from "./testing/stage.ts";

const TCP_PORT = "tcp";

async function counted(app: Parameters<typeof summary>[0], id: string, tunnels: number): Promise<ServerSummary> {
  let seen = "";
  return until(`${tunnels} tunnels are told`, async () => {
    const server = (await summary(app, id)).servers[0]!;
    seen = JSON.stringify(server.perLoadBalancer);
    return server.tunnels === tunnels && server;
  }).catch((error: Error) => {
    throw new Error(`${error.message}; seen ${seen}`);
  });
}

/** A session in TCP mode that says nothing. */
function openTcp(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", resolve).on("error", reject);
    onTestFinished(() => void socket.destroy());
  });
}

/** Accepts and says nothing: a peer that never finishes its greeting. */
async function startSilent(): Promise<{ port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port };
}

describe.each(haproxyBinaries())("HAProxy $version", ({ bin }) => {
  test("[M86] WebSockets and CONNECT are tunnels, requests are not; null before they are counted", async () => {
    const stage = await startStage({ bin });
    const app = await startApp(stage);
    const [port1, port2] = stage.lbs.map((lb) => lb.port(APP_PORT)) as [number, number];
    await openTunnel(port1, "/socket", cookieOf(SRV1));
    await openTunnel(port2, "/socket", cookieOf(SRV1));
    await openConnect(port2, cookieOf(SRV1));
    await openTunnel(port2, "/socket", cookieOf("APP1/SRV2"));
    const held = visit(port1, "/hold", cookieOf(SRV1));
    await until("the request is held", () => stage.origins[0]!.held() === 1);
    await until("all are seen", () => app.app.fleet.view().servers.get(SRV1)?.sessions === 4);
    const begun = await app.rest("POST", "/api/v1/maintenances", { servers: [SRV1], quiet: "1s" });
    expect(begun.body.servers[0].tunnels).toBeNull();
    const { id } = begun.body;
    const server = await counted(app, id, 3);
    expect(server.sessions).toBe(4);
    expect(server.perLoadBalancer.map(({ sessions, tunnels }) => [sessions, tunnels])).toEqual([
      [2, 1],
      [2, 2],
    ]);
    await until("the record has it", async () =>
      (await record(app, id)).includes(`count: 4 sessions on ${SRV1}, 3 of them tunnels.`),
    );
    const file = await app.rest("GET", `/api/v1/maintenances/${id}/record?format=json`);
    expect(file.body.events).toContainEqual(
      expect.objectContaining({ kind: "count", data: { sessions: 4, tunnels: 3, lb1: 2, lb2: 2 } }),
    );
    stage.origins[0]!.release();
    await held;
    // Counted a while ago, but never more than there are sessions.
    stage.origins[0]!.closeTunnels();
    const out = await reaches(app, id, "maint");
    expect(out.servers[0]!.tunnels).toBeNull();
  });

  test("[M86] every session in TCP mode is a tunnel", async () => {
    const origins = await Promise.all([startOrigin("one"), startOrigin("two")]);
    const mate = await startSilent();
    const lb = await startHaproxy({
      bin,
      ports: [APP_PORT, TCP_PORT, "me"],
      global: ["localpeer me"],
      config: (context) =>
        [
          appConfig(context, origins),
          // HAProxy's own stream to a peer is in the list too, without names.
          "peers mates",
          `  peer me 127.0.0.1:${context.port("me")}`,
          `  peer mate 127.0.0.1:${mate.port}`,
          "backend STICKY",
          "  stick-table type string len 48 size 1k expire 30m peers mates",
          "listen AUTH",
          "  mode tcp",
          `  bind 127.0.0.1:${context.port(TCP_PORT)}`,
          "  balance roundrobin",
          ...origins.map((origin, i) => `  server auth${i + 1} 127.0.0.1:${origin.port} check inter 200`),
        ].join("\n"),
    });
    onTestFinished(async () => {
      await lb.dispose();
      await Promise.all(origins.map((origin) => origin.stop()));
    });
    const app = await startTestApp({ loadBalancers: { lb1: lb.adminSocket } });
    await until("it talks to its peer", async () => (await lb.ask("show sess")).includes("proto=? "));
    for (let i = 0; i < 4; i++) await openTcp(lb.port(TCP_PORT));
    await until("both have two", () => app.app.fleet.view().servers.get("AUTH/auth1")?.sessions === 2);
    const id = await start(app, { servers: ["AUTH/auth1"] });
    expect((await counted(app, id, 2)).sessions).toBe(2);
  });

  test("[M86] tunnels in the old process of a reload count too", async () => {
    const stage = await startStage({ bin, masterWorker: true });
    const app = await startApp(stage);
    const [lb1] = stage.lbs;
    const id = await start(app, {});
    await openTunnel(lb1.port(APP_PORT), "/socket", cookieOf(SRV1));
    await counted(app, id, 1);
    await lb1.reload();
    await openTunnel(lb1.port(APP_PORT), "/socket", cookieOf(SRV1));
    const held = visit(lb1.port(APP_PORT), "/hold", cookieOf(SRV1));
    await until("the request is held", () => stage.origins[0]!.held() === 1);
    const server = await counted(app, id, 2);
    expect(server.perLoadBalancer[0]).toMatchObject({ lb: "lb1", sessions: 3, tunnels: 2 });
    stage.origins[0]!.release();
    await held;
  });
});

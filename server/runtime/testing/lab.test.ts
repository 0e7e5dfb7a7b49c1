// The lab itself: every other suite that uses real HAProxy stands on it.
import { existsSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { haproxyBinaries } from "#lab/binaries.ts";
import { APP_PORT, appConfig } from "#lab/configs.ts";
import { type LabOptions, startHaproxy } from "#lab/haproxy.ts";
import { ask, until } from "#lab/net.ts";
import { openTunnel, startOrigin, visit } from "#lab/origins.ts";

async function origin(name: string) {
  const started = await startOrigin(name);
  onTestFinished(() => started.stop());
  return started;
}

async function haproxy(options: LabOptions) {
  const lab = await startHaproxy(options);
  onTestFinished(() => lab.dispose());
  return lab;
}

describe.each(haproxyBinaries())("HAProxy $version", ({ bin }) => {
  test("starts on free ports and answers at every level", async () => {
    const lab = await haproxy({ bin, config: () => "backend APP1\n  server SRV1 127.0.0.1:9" });
    expect(await lab.ask("show cli level")).toBe("admin\n\n");
    expect(await ask(lab.operatorSocket, "show cli level")).toBe("operator\n\n");
    expect(await ask(lab.userSocket, "show cli level")).toBe("user\n\n");
    expect(await ask({ port: lab.adminPort }, "show cli level")).toBe("admin\n\n");
  });

  test("a reload with a master gives a new process that forgot the drain, and keeps the old worker's tunnel", async () => {
    const one = await origin("one");
    const two = await origin("two");
    const lab = await haproxy({
      bin,
      masterWorker: true,
      ports: [APP_PORT],
      config: (context) => appConfig(context, [one, two]),
    });
    const tunnel = await openTunnel(lab.port(APP_PORT), "/socket", ["HAPROXY_SESSION=s1"]);
    expect(tunnel.origin).toBe("one");
    await lab.ask("set server APP1/SRV1 state drain");
    expect(await lab.adminBits("APP1/SRV1")).toBe(8);
    const before = await lab.pid();
    await lab.reload();
    expect(await lab.pid()).not.toBe(before);
    expect(await lab.adminBits("APP1/SRV1")).toBe(0);
    expect(one.tunnels()).toBe(1);
    tunnel.close();
    await until("the origin lost its tunnel", () => one.tunnels() === 0);
  });

  test("a restart comes back on the same socket; a kill leaves a socket that nobody answers", async () => {
    const lab = await haproxy({ bin, config: () => "backend APP1\n  server SRV1 127.0.0.1:9" });
    const before = await lab.pid();
    await lab.restart();
    expect(await lab.pid()).not.toBe(before);
    await lab.kill();
    expect(existsSync(lab.adminSocket)).toBe(true);
    await expect(lab.ask("show info")).rejects.toThrow("ECONNREFUSED");
    await lab.start();
    expect(await lab.ask("show cli level")).toBe("admin\n\n");
  });
});

test("a cookie user comes back to a draining server, a new one does not", async () => {
  const one = await origin("one");
  const two = await origin("two");
  const lab = await haproxy({ ports: [APP_PORT], config: (context) => appConfig(context, [one, two]) });
  const port = lab.port(APP_PORT);
  await lab.ask("set server APP1/SRV1 state drain");
  expect((await visit(port, "/", ["HAPROXY_SESSION=s1"])).origin).toBe("one");
  const stranger = await visit(port);
  expect(stranger.origin).toBe("two");
  expect(stranger.cookies).toEqual(["HAPROXY_SESSION=s2"]);
});

test("a configuration that HAProxy refuses is an error with its words", async () => {
  await expect(startHaproxy({ config: () => "backend APP1\n  nonsense" })).rejects.toThrow("nonsense");
});

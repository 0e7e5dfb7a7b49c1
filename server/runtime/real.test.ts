// The client against every real HAProxy at hand.
import { chmodSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { haproxyBinaries } from "#lab/binaries.ts";
import { APP_PORT, appConfig } from "#lab/configs.ts";
import { type LabHaproxy, type LabOptions, startHaproxy } from "#lab/haproxy.ts";
import { until } from "#lab/net.ts";
import { openTunnel, startOrigin } from "#lab/origins.ts";
import { parseShowInfo } from "#lib/haproxy/show-info.ts";
import { parseShowStat } from "#lib/haproxy/show-stat.ts";
import type { Address } from "./address.ts";
import { type Observation, RuntimeClient } from "./client.ts";
import { RuntimeError } from "./errors.ts";
import { MasterClient } from "./master.ts";
import { testCerts } from "./testing/certs.ts";
import { type ExchangeLimits, exchange, type TlsSettings } from "./transport.ts";

const APP = (servers = 2): string =>
  ["backend APP1", ...[...Array(servers)].map((_, at) => `  server SRV${at + 1} 127.0.0.1:9`)].join("\n");
const DRAIN = { kind: "set-state", backend: "APP1", server: "SRV1", adminState: "drain" } as const;
const NOBODY_UID = 65_534;

async function haproxy(options: LabOptions): Promise<LabHaproxy> {
  const lab = await startHaproxy(options);
  onTestFinished(() => lab.dispose());
  return lab;
}

function clientOf(
  address: Address,
  options: { tls?: TlsSettings; limits?: Partial<ExchangeLimits> } = {},
): RuntimeClient {
  const client = new RuntimeClient({ name: "lb1", address, ...options });
  onTestFinished(() => client.close());
  return client;
}

const unix = (path: string): Address => ({ kind: "unix", path });
const pidOf = (seen: Observation): number =>
  parseShowInfo(seen.bytes.toString("utf8", seen.info.start, seen.info.end)).pid;

async function failure(asked: Promise<unknown>): Promise<RuntimeError> {
  const error = await asked.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof RuntimeError)) throw new Error(`expected a RuntimeError, got ${String(error)}`);
  return error;
}

describe.each(haproxyBinaries())("HAProxy $version", ({ bin }) => {
  test("observe and set-state over a unix socket and over TCP", async () => {
    const lab = await haproxy({ bin, config: () => APP() });
    for (const address of [unix(lab.adminSocket), { kind: "tcp", host: "127.0.0.1", port: lab.adminPort } as const]) {
      const client = clientOf(address);
      expect(pidOf(await client.observe())).toBe(await lab.pid());
      expect(await client.level()).toBe("admin");
      expect(await client.send(DRAIN)).toBe("\n");
      expect(await lab.adminBits("APP1/SRV1")).toBe(8);
      expect(await client.send({ ...DRAIN, adminState: "ready" })).toBe("\n");
      expect(await lab.adminBits("APP1/SRV1")).toBe(0);
      expect(await client.send({ ...DRAIN, server: "SRV9" })).toBe("No such server.\n\n");
    }
  });

  test("a reply of 1,500 servers is whole, on both kinds of socket", async () => {
    const lab = await haproxy({ bin, config: () => APP(1_500) });
    for (const address of [unix(lab.adminSocket), { kind: "tcp", host: "127.0.0.1", port: lab.adminPort } as const]) {
      const seen = await clientOf(address).observe();
      const stat = parseShowStat(`${seen.bytes.toString("utf8", seen.stat.start, seen.stat.end)}\n`);
      expect(stat.rows).toHaveLength(1_501);
    }
  });

  test.each(["operator", "user"] as const)("a socket of level %s shows but does not change", async (level) => {
    const lab = await haproxy({ bin, config: () => APP() });
    const path = level === "user" ? lab.userSocket : lab.operatorSocket;
    const client = clientOf(unix(path));
    await client.observe();
    expect(await client.level()).toBe(level);
    const error = await failure(client.send(DRAIN));
    expect(error).toMatchObject({ code: "denied", outcome: "refused" });
    expect(error.message).toContain(`has level ${level}`);
    expect(error.message).toContain(`stats socket ${path} mode 660 level admin`);
    expect(await lab.adminBits("APP1/SRV1")).toBe(0);
  });

  test("through a TLS listener that wants a client's certificate", async () => {
    const lab = await haproxy({
      bin,
      ports: ["tls"],
      config: (context) =>
        [
          "listen runtime-api",
          "  mode tcp",
          `  bind 127.0.0.1:${context.port("tls")} ssl crt ${testCerts.serverFile} ca-file ${testCerts.caFile} verify required`,
          `  server cli unix@${context.dir}/admin.sock`,
          APP(400),
        ].join("\n"),
    });
    const address = { kind: "tls", host: "127.0.0.1", port: lab.port("tls") } as const;
    const client = clientOf(address, { tls: { ca: testCerts.ca, cert: testCerts.client, key: testCerts.client } });
    expect(pidOf(await client.observe())).toBe(await lab.pid());
    expect(await client.send(DRAIN)).toBe("\n");
    expect(await lab.adminBits("APP1/SRV1")).toBe(8);

    const stranger = await failure(clientOf(address, { tls: { ca: testCerts.ca } }).send(DRAIN));
    expect(["tls", "cut"]).toContain(stranger.code);
    expect((await failure(clientOf(address).observe())).code).toBe("tls");
  });

  test("a stats socket with `ssl` that HAProxy serves in the clear is never spoken to", async () => {
    const lab = await haproxy({ bin, config: () => APP() });
    const address = { kind: "tls", host: "127.0.0.1", port: lab.adminPort } as const;
    const limits = { connectTimeoutMs: 500 };
    const error = await failure(clientOf(address, { tls: { ca: testCerts.ca }, limits }).send(DRAIN));
    expect(error).toMatchObject({ phase: "before-send", outcome: "refused" });
    expect(["tls", "connect-timeout"]).toContain(error.code);
    expect(await lab.adminBits("APP1/SRV1")).toBe(0);
  });

  test("a frozen process is a timeout, a killed one is refused, a started one answers again", async () => {
    const lab = await haproxy({ bin, config: () => APP() });
    const client = clientOf(unix(lab.adminSocket), { limits: { replyTimeoutMs: 300 } });
    await lab.freeze();
    expect((await failure(client.observe())).code).toBe("reply-timeout");
    await lab.kill();
    const refused = await failure(client.observe());
    expect(refused).toMatchObject({ code: "refused", phase: "before-send" });
    expect(refused.message).toContain("Is HAProxy running?");
    await lab.start();
    expect(pidOf(await client.observe())).toBe(await lab.pid());
  });

  test("through reloads every poll is either whole and of a serving process, or an error", async () => {
    const lab = await haproxy({ bin, masterWorker: true, config: () => APP() });
    const client = clientOf(unix(lab.adminSocket));
    const pids = new Set<number>();
    const codes = new Set<string>();
    let isDone = false;
    const polling = (async () => {
      while (!isDone) {
        await client.observe().then(
          (seen) => pids.add(pidOf(seen)),
          (error: unknown) => codes.add(error instanceof RuntimeError ? error.code : String(error)),
        );
      }
    })();
    for (let processes = 1; processes <= 3; processes += 1) {
      if (processes > 1) await lab.reload();
      const newest = await lab.pid();
      await until("the newest process was seen", () => pids.has(newest));
    }
    isDone = true;
    await polling;
    expect(pids.size).toBe(3);
    for (const code of codes) expect(["old-process", "cut", "refused", "not-found"]).toContain(code);
  });

  test("the master tells of an old worker that still carries a tunnel, and when it has gone", async () => {
    const origin = await startOrigin("one");
    onTestFinished(() => origin.stop());
    const lab = await haproxy({
      bin,
      masterWorker: true,
      ports: [APP_PORT],
      config: (context) => appConfig(context, [origin]),
    });
    const master = new MasterClient({ name: "lb1", address: unix(lab.masterSocket ?? "") });
    onTestFinished(() => master.close());
    const tunnel = await openTunnel(lab.port(APP_PORT));
    const oldPid = await lab.pid();
    await lab.reload();
    const { workers, oldWorkers } = await master.processes();
    expect(workers.map((one) => one.pid)).toEqual([await lab.pid()]);
    expect(oldWorkers.map((one) => one.pid)).toEqual([oldPid]);
    expect(parseShowInfo((await master.workerInfo(oldPid)) ?? "")).toMatchObject({ pid: oldPid, isStopping: true });
    expect(await master.workerStat(oldPid)).toContain("# pxname");
    tunnel.close();
    await until("the old worker ended", async () => (await master.processes()).oldWorkers.length === 0);
    expect(await master.workerInfo(oldPid)).toBeNull();
  });

  test("the master CLI given as the load balancer, and the other way round, is said", async () => {
    const lab = await haproxy({ bin, masterWorker: true, config: () => APP() });
    const master = unix(lab.masterSocket ?? "");
    expect((await failure(clientOf(master).observe())).code).toBe("not-haproxy");
    const wrong = new MasterClient({ name: "lb1", address: unix(lab.adminSocket) });
    onTestFinished(() => wrong.close());
    const error = await failure(wrong.processes());
    expect(error.code).toBe("not-haproxy");
    expect(error.message).toContain('master of load balancer "lb1": ');
  });
});

test("a socket without permission names the group", async () => {
  const lab = await haproxy({ config: () => APP() });
  chmodSync(lab.adminSocket, 0o600);
  const asked = asNobody(lab.adminSocket, () =>
    exchange(unix(lab.adminSocket), "show info", { who: 'load balancer "lb1"' }),
  );
  const { code, phase, message } = await failure(asked);
  expect({ code, phase }).toEqual({ code: "permission", phase: "before-send" });
  expect(message).toBe(
    `load balancer "lb1": cannot open ${lab.adminSocket} (EACCES). ` +
      "Add the app's user to the group of the socket (often haproxy).",
  );
});

/**
 * Runs the first turn of `task`, in which connect(2) happens, without permission for the socket. No mode keeps root out,
 * so root becomes somebody else for that turn; anybody else is the socket's owner and takes the permission away.
 */
function asNobody<T>(socket: string, task: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) {
    chmodSync(socket, 0o000);
    return task();
  }
  process.seteuid?.(NOBODY_UID);
  try {
    return task();
  } finally {
    process.seteuid?.(0);
  }
}

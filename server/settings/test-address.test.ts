// What stands between an address and the board, on every real HAProxy: each named, each with what to do about it.
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { haproxyBinaries } from "#lab/binaries.ts";
import { type LabHaproxy, startHaproxy } from "#lab/haproxy.ts";
import { freePort } from "#lab/net.ts";
import type { AddressTest } from "#lib/wire/settings.ts";
import { testCerts } from "#server/runtime/testing/certs.ts";
import { startFake } from "#server/runtime/testing/fake-haproxy.ts";
import { startTestApp, type TestApp } from "#server/testing.ts";

const URL = "/api/v1/settings/load-balancers/test";
const NOBODY_UID = 65_534;
const isRoot = process.geteuid?.() === 0;

/** The app of each test; those of the last one are ended with it. */
let app: TestApp;

async function startApp(loadBalancers: Record<string, string> = {}): Promise<void> {
  app = await startTestApp({ loadBalancers });
}

async function haproxy(bin?: string, tlsLine = ""): Promise<LabHaproxy> {
  const lab = await startHaproxy({
    ...(bin === undefined ? {} : { bin }),
    masterWorker: true,
    ports: ["tls", "www"],
    config: (context) =>
      [
        "listen runtime-api",
        "  mode tcp",
        `  bind 127.0.0.1:${context.port("tls")} ssl crt ${testCerts.serverFile} ${tlsLine}`,
        `  server cli unix@${context.dir}/admin.sock`,
        "frontend www",
        `  bind 127.0.0.1:${context.port("www")}`,
        "  default_backend APP1",
        "backend APP1",
        "  server SRV1 127.0.0.1:9",
        "  server SRV2 127.0.0.1:9",
      ].join("\n"),
  });
  onTestFinished(() => lab.dispose());
  return lab;
}

async function tried(body: object): Promise<AddressTest> {
  const reply = await app.rest("POST", URL, body);
  expect(reply.status, reply.text).toBe(200);
  return reply.body;
}

async function finding(
  body: object,
): Promise<{ code: string; severity: string; of: string; message: string; fix: string }> {
  const { findings } = await tried(body);
  expect(findings).toHaveLength(1);
  const [one] = findings;
  if (one === undefined) throw new Error("no finding");
  expect(one.fix).not.toBe("");
  return one;
}

function certFile(name: "ca" | "client"): string {
  const dir = mkdtempSync(join(tmpdir(), "dbt-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, `${name}.pem`);
  writeFileSync(file, testCerts[name]);
  return file;
}

describe.each(haproxyBinaries())("HAProxy $version", ({ version, bin }) => {
  test("a good socket tells version, level and what it has; one that can only show is a warning with the line to write", async () => {
    await startApp();
    const lab = await haproxy(bin);
    const good = await tried({ address: lab.adminSocket, master: lab.masterSocket });
    expect(good).toMatchObject({ ok: true, level: "admin", pid: await lab.pid(), servers: 3, findings: [] });
    expect(good.version).toMatch(new RegExp(`^${version.replace(".", "\\.")}`));
    for (const level of ["operator", "user"] as const) {
      const path = level === "user" ? lab.userSocket : lab.operatorSocket;
      const seen = await tried({ address: path });
      expect(seen).toMatchObject({ ok: true, level, findings: [{ code: "read-only", severity: "warning" }] });
      expect(seen.findings[0]?.message).toContain(`level ${level}`);
      expect(seen.findings[0]?.fix).toContain(`stats socket ${path} mode 660 level admin`);
    }
    expect(await tried({ address: `tcp://127.0.0.1:${lab.adminPort}` })).toMatchObject({ ok: true, findings: [] });
  });

  test("the master CLI as address, and a stats socket as master, are told apart", async () => {
    await startApp();
    const lab = await haproxy(bin);
    expect(await finding({ address: lab.masterSocket })).toMatchObject({ code: "master-cli", of: "address" });
    expect(await finding({ address: lab.adminSocket, master: lab.operatorSocket })).toMatchObject({
      code: "stats-socket",
      of: "master",
    });
  });

  test("TLS where it is not expected, and none where it is", async () => {
    await startApp();
    const lab = await haproxy(bin);
    const tlsPort = lab.port("tls");
    const expects = await finding({ address: `tcp://127.0.0.1:${tlsPort}` });
    expect(expects).toMatchObject({ code: "expects-tls", fix: `Write tls://127.0.0.1:${tlsPort}` });
    const speaksNone = await finding({ address: `tls://127.0.0.1:${lab.adminPort}` });
    expect(speaksNone.code).toBe("speaks-no-tls");
    expect(speaksNone.fix).toContain(`tcp://127.0.0.1:${lab.adminPort}`);
    expect((await finding({ address: `tcp://127.0.0.1:${lab.port("www")}` })).code).toBe("http");
  });

  test("certificates: not trusted, another name, trusted, the app's own missing, and given", async () => {
    await startApp();
    const lab = await haproxy(bin);
    const address = `tls://127.0.0.1:${lab.port("tls")}`;
    const ca = certFile("ca");
    expect((await finding({ address })).code).toBe("certificate-untrusted");
    expect((await finding({ address, tls: { ca, serverName: "elsewhere.example" } })).code).toBe("certificate-name");
    expect(await tried({ address, tls: { ca } })).toMatchObject({ ok: true, level: "admin", servers: 3 });
    const strict = await haproxy(bin, `ca-file ${testCerts.caFile} verify required`);
    const there = `tls://127.0.0.1:${strict.port("tls")}`;
    expect((await finding({ address: there, tls: { ca } })).code).toBe("client-certificate");
    const client = certFile("client");
    expect(await tried({ address: there, tls: { ca, cert: client, key: client } })).toMatchObject({ ok: true });
  });
});

test("no such file, no socket, nobody there, no such host", async () => {
  await startApp();
  const dir = mkdtempSync(join(tmpdir(), "dbt-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const missing = await finding({ address: join(dir, "none.sock") });
  expect(missing).toMatchObject({ code: "not-found", severity: "error" });
  expect(missing.fix).toContain(`stats socket ${join(dir, "none.sock")} mode 660 level admin`);
  writeFileSync(join(dir, "file"), "");
  expect((await finding({ address: join(dir, "file") })).code).toBe("not-a-socket");
  expect((await finding({ address: `tcp://127.0.0.1:${await freePort()}` })).code).toBe("refused");
  expect((await finding({ address: "tcp://no-such-host.invalid:9999" })).code).toBe("unresolved");
  const lab = await haproxy();
  await lab.kill();
  expect(await finding({ address: lab.adminSocket })).toMatchObject({
    code: "refused",
    message: expect.stringContaining(lab.adminSocket),
  });
});

test("a HAProxy that is frozen, one that is too old, and another program", async () => {
  await startApp();
  const lab = await haproxy();
  await lab.freeze();
  expect((await finding({ address: lab.adminSocket })).code).toBe("reply-timeout");
  lab.thaw();
  const info = (version: string) => `Name: HAProxy\nVersion: ${version}\nPid: 7\nUptime_sec: 5\nStopping: 0\n\n`;
  const old = await startFake((line) => ({ kind: "reply", text: line === "show info" ? info("1.8.4") : "admin\n\n" }));
  onTestFinished(() => old.stop());
  if (old.address.kind !== "unix") throw new Error("not a unix socket");
  const seen = await tried({ address: old.address.path });
  expect(seen).toMatchObject({ ok: false, version: "1.8.4", findings: [{ code: "too-old" }] });
  const other = await startFake({ kind: "greet", text: "SSH-2.0-OpenSSH_9.2\r\n" });
  onTestFinished(() => other.stop());
  if (other.address.kind !== "unix") throw new Error("not a unix socket");
  const foreign = await finding({ address: other.address.path });
  expect(foreign.code).toBe("not-haproxy");
  expect(JSON.stringify(foreign)).not.toContain("OpenSSH");
});

test.skipIf(!isRoot)(
  "a socket and a directory that the app's user may not open: the group to join, or the line to write",
  async () => {
    await startApp();
    const lab = await haproxy();
    chmodSync(lab.dir, 0o755);
    chownSync(lab.adminSocket, 0, 4);
    chmodSync(lab.adminSocket, 0o660);
    const asNobody = async (address: string) => {
      process.seteuid?.(NOBODY_UID);
      try {
        return await finding({ address });
      } finally {
        process.seteuid?.(0);
      }
    };
    // Supplementary groups of the test stay: only a file of another group is closed.
    const closed = await asNobody(lab.adminSocket);
    expect(closed).toMatchObject({ code: "permission" });
    expect(closed.message).toContain("mode 660");
    expect(closed.fix).toMatch(/usermod -aG adm /);
    chmodSync(lab.adminSocket, 0o600);
    expect((await asNobody(lab.adminSocket)).fix).toContain(
      `stats socket ${lab.adminSocket} mode 660 group haproxy level admin`,
    );
    const inner = join(lab.dir, "closed");
    mkdirSync(inner, { mode: 0o750 });
    chownSync(inner, 0, 4);
    const dir = await asNobody(join(inner, "admin.sock"));
    expect(dir.message).toContain(`may not enter the directory ${inner}`);
  },
);

test("the socket of a load balancer that is there already, and the same process by another way", async () => {
  const lab = await haproxy();
  const path = lab.adminSocket;
  await startApp({ lb1: path });
  expect((await finding({ address: path })).code).toBe("duplicate");
  expect(await tried({ name: "lb1", address: path })).toMatchObject({ ok: true, findings: [] });
  const twin = await tried({ address: lab.operatorSocket });
  expect(twin).toMatchObject({ ok: false });
  expect(twin.findings.map(({ code }) => code)).toEqual(["read-only", "same-process"]);
});

test("words that are no address, files that are none, and fields nobody knows", async () => {
  await startApp();
  expect(await finding({ address: "http://127.0.0.1/stats" })).toMatchObject({
    code: "unreadable",
    message: expect.stringContaining("stats page"),
  });
  expect(await finding({ address: "tls://127.0.0.1:9", tls: { ca: "/dev/zero" } })).toMatchObject({
    code: "tls-files",
  });
  expect(await finding({ address: "tls://127.0.0.1:9", tls: { ca: "/no/such/ca.pem" } })).toMatchObject({
    code: "tls-files",
    message: expect.stringContaining("ENOENT"),
  });
  for (const body of [
    {},
    { address: "" },
    { address: "/a", tls: { ca: "relative.pem" } },
    { address: "/a", tls: { cert: "/a.pem" } },
    { address: "/a", command: "show info" },
    { address: "x".repeat(10_000) },
  ])
    expect((await app.rest("POST", URL, body)).status, JSON.stringify(body).slice(0, 80)).toBe(400);
});

test("a line end or a semicolon in an address reaches no socket", async () => {
  await startApp();
  const lab = await haproxy();
  for (const address of [
    `${lab.adminSocket}\nset server APP1/SRV1 state maint`,
    `${lab.adminSocket};set server APP1/SRV1 state maint`,
  ]) {
    expect((await tried({ address })).ok).toBe(false);
    expect(await lab.adminBits("APP1/SRV1")).toBe(0);
  }
});

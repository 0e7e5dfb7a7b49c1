// The fleet on real HAProxy: what is observed, what is kept when nothing answers, and that an old process never passes
// for the new one.
import { describe, expect, onTestFinished, test } from "vitest";
import { haproxyBinaries } from "#lab/binaries.ts";
import { APP_PORT, appConfig } from "#lab/configs.ts";
import { type LabHaproxy, type LabOptions, startHaproxy } from "#lab/haproxy.ts";
import { until } from "#lab/net.ts";
import { openTunnel, startOrigin, visit } from "#lab/origins.ts";
import { linkOf } from "#lib/fleet/link.ts";
import { addressText } from "#server/runtime/address.ts";
import { startFake } from "#server/runtime/testing/fake-haproxy.ts";
import type { Fleet } from "./fleet.ts";
import type { Publication } from "./poller.ts";
import { makeFleet, type TestFleetOptions } from "./testing.ts";

const bins = haproxyBinaries();

async function haproxy(options: Partial<LabOptions> = {}): Promise<LabHaproxy> {
  const origins = [await startOrigin("one"), await startOrigin("two")];
  const lab = await startHaproxy({ ports: [APP_PORT], config: (context) => appConfig(context, origins), ...options });
  onTestFinished(async () => {
    await lab.dispose();
    await Promise.all(origins.map((origin) => origin.stop()));
  });
  return lab;
}

function running(options: TestFleetOptions): Fleet {
  const fleet = makeFleet(options);
  onTestFinished(() => fleet.stop());
  fleet.start();
  return fleet;
}

function head(fleet: Fleet, name = "lb1") {
  const view = fleet.poller(name)?.view;
  if (view === undefined) throw new Error(`no ${name}`);
  return view.head;
}

test("a listener that fails neither stops the polls nor keeps the news from the others", async () => {
  const fake = await startFake({ kind: "reply", text: "not HAProxy\n" });
  onTestFinished(() => fake.stop());
  const fleet = makeFleet({ loadBalancers: [{ name: "lb1", address: addressText(fake.address) }] });
  onTestFinished(() => fleet.stop());
  const told: string[] = [];
  fleet.onPublish(() => {
    throw new Error("a fault of a listener");
  });
  fleet.onPublish((lb) => told.push(lb));
  fleet.start();
  await until("polled again", () => fake.lines.length >= 3);
  expect(told).toEqual(["lb1"]);
  expect(head(fleet).error?.code).toBe("not-haproxy");
});

test("[W9] a load balancer that is added, replaced or removed while it runs: its place, its news, and nothing after", async () => {
  const fakes = await Promise.all(["one", "two", "three"].map((text) => startFake({ kind: "reply", text })));
  onTestFinished(async () => {
    await Promise.all(fakes.map((fake) => fake.stop()));
  });
  const address = (at: number) => addressText(fakes[at]!.address);
  const fleet = running({
    loadBalancers: [
      { name: "lb1", address: address(0) },
      { name: "lb2", address: address(1) },
    ],
  });
  const other = (name: string, at: number) =>
    makeFleet({ loadBalancers: [{ name, address: address(at) }] }).pollers[0]!;
  let changes = 0;
  const told: string[] = [];
  fleet.onChange(() => changes++);
  fleet.onPublish((lb) => told.push(lb));
  fleet.add(other("lb3", 2));
  await until("it is polled, and its news arrives", () => told.includes("lb3"));
  expect(() => fleet.add(other("lb3", 2))).toThrow("already");
  await fleet.replace(other("lb1", 2));
  expect(fleet.views().map((view) => [view.head.name, view.head.address])).toEqual([
    ["lb1", address(2)],
    ["lb2", address(1)],
    ["lb3", address(2)],
  ]);
  await fleet.remove("lb2");
  expect(fleet.poller("lb2")).toBeUndefined();
  const polls = fakes[1]!.lines.length;
  await until("the others are polled on", async () => {
    const before = fakes[2]!.lines.length;
    await fleet.pollNow(["lb1", "lb3"]);
    return fakes[2]!.lines.length > before;
  });
  expect(fakes[1]!.lines).toHaveLength(polls);
  expect(changes).toBe(3);
});

describe.each(bins)("HAProxy $version", ({ bin }) => {
  test("what HAProxy says is what the view shows", async () => {
    const lab = await haproxy({ bin });
    const fleet = running({ loadBalancers: [{ name: "lb1", address: lab.adminSocket }] });
    await until("observed", () => head(fleet).observedAtMs !== null);
    const view = fleet.view();
    expect(view.backends.map((one) => one.backend)).toEqual(["APP1", "API"]);
    expect([...view.servers.keys()]).toEqual(["APP1/SRV1", "APP1/SRV2", "API/SRV1", "API/SRV2"]);
    expect(view.backends[0]).toMatchObject({ mode: "http", algo: "roundrobin", cookie: "HAPROXY_SESSION" });
    expect(view.servers.get("APP1/SRV1")).toMatchObject({ cookie: "s1", adminState: "ready", isComplete: true });
    expect(view.servers.get("API/SRV2")?.isBackup).toBe(true);
    expect(head(fleet)).toMatchObject({ level: "admin", nbproc: 1, error: null, process: { pid: await lab.pid() } });
  });

  test("a state set by another tool is seen with its cause, and polls go faster while it drains", async () => {
    const lab = await haproxy({ bin });
    const fleet = running({ loadBalancers: [{ name: "lb1", address: lab.adminSocket }], pollMs: 400 });
    await until("observed", () => head(fleet).observedAtMs !== null);
    await lab.ask("set server APP1/SRV1 state drain");
    await until("drain seen", () => fleet.view().servers.get("APP1/SRV1")?.adminState === "drain");
    expect(fleet.view().servers.get("APP1/SRV1")?.cause).toEqual({ kind: "operator" });
    expect(head(fleet).pollMs).toBe(250);
    await lab.ask("set server APP1/SRV1 state ready");
    await until("slow again", () => head(fleet).pollMs === 400);
  });

  test("a reload is another process: a new epoch, the lost drain is shown, and history goes on", async () => {
    const lab = await haproxy({ bin, masterWorker: true });
    const fleet = running({ loadBalancers: [{ name: "lb1", address: lab.adminSocket, master: lab.masterSocket }] });
    await until("observed", () => head(fleet).observedAtMs !== null);
    await lab.ask("set server APP1/SRV1 state drain");
    await until("drain seen", () => fleet.view().servers.get("APP1/SRV1")?.adminState === "drain");
    const before = fleet.poller("lb1")!.view;
    await lab.reload();
    await until("the new process is seen", () => head(fleet).process?.pid !== before.head.process?.pid);
    expect(head(fleet).reloadedAtMs).not.toBeNull();
    expect(fleet.poller("lb1")!.view.epoch).not.toBe(before.epoch);
    await until("the lost state is shown", () => fleet.view().servers.get("APP1/SRV1")?.adminState === "ready");
  });

  test("sessions that an old worker still holds are counted through the master CLI", async () => {
    const lab = await haproxy({ bin, masterWorker: true });
    const fleet = running({ loadBalancers: [{ name: "lb1", address: lab.adminSocket, master: lab.masterSocket }] });
    const tunnel = await openTunnel(lab.port(APP_PORT), "/socket", ["HAPROXY_SESSION=s1"]);
    onTestFinished(() => tunnel.close());
    await until("the tunnel is seen", () => (fleet.view().servers.get("APP1/SRV1")?.sessions ?? 0) === 1);
    const old = await lab.pid();
    await lab.reload();
    await until("the new process is seen", () => head(fleet).process?.pid !== old && head(fleet).process !== null);
    await until("an old worker is counted", () => (head(fleet).oldWorkers ?? 0) >= 1);
    const isBlind = /^2\.[0-4]\b/.test(head(fleet).version ?? "");
    if (!isBlind) await until("its session is counted", () => fleet.view().servers.get("APP1/SRV1")?.sessions === 1);
    tunnel.close();
    await until("it has ended", () => head(fleet).oldWorkers === 0, 20_000);
    expect(fleet.view().servers.get("APP1/SRV1")?.sessions).toBe(0);
  });

  test("stop and start: numbers stay with their age, marked, and come back as another process", async () => {
    const lab = await haproxy({ bin });
    const fleet = running({ loadBalancers: [{ name: "lb1", address: lab.adminSocket }] });
    await visit(lab.port(APP_PORT), "/", []);
    await until("observed", () => head(fleet).observedAtMs !== null);
    const { rev } = fleet.poller("lb1")!.view;
    await lab.stop();
    await until("the failure is known", () => head(fleet).error !== null);
    expect(fleet.poller("lb1")!.view.rev).toBeGreaterThan(rev);
    expect(linkOf(head(fleet), Date.now())).toBe("stale");
    expect(fleet.view().servers.get("APP1/SRV1")).toMatchObject({ isComplete: false, adminState: "ready" });
    expect(head(fleet).error?.message).toMatch(/^load balancer "lb1": /);
    const seen = head(fleet).observedAtMs;
    await lab.start();
    await until("it is back", () => head(fleet).error === null && head(fleet).observedAtMs !== seen);
    expect(head(fleet).reloadedAtMs).not.toBeNull();
    expect(fleet.view().servers.get("APP1/SRV1")?.isComplete).toBe(true);
  });
});

test("two load balancers that disagree are split, and one that dies leaves the live part", async () => {
  const [a, b] = [await haproxy(), await haproxy()];
  const fleet = running({
    loadBalancers: [
      { name: "lb1", address: a.adminSocket },
      { name: "lb2", address: `tcp://127.0.0.1:${b.adminPort}` },
    ],
  });
  await until(
    "both observed",
    () => head(fleet, "lb1").observedAtMs !== null && head(fleet, "lb2").observedAtMs !== null,
  );
  await b.ask("set server APP1/SRV2 state maint");
  await until("split", () => fleet.view().servers.get("APP1/SRV2")?.adminState === "split");
  await b.kill();
  await until("lb2 is stale", () => fleet.view().servers.get("APP1/SRV2")?.isComplete === false);
  const { adminState, cells } = fleet.view().servers.get("APP1/SRV2")!;
  expect(adminState).toBe("ready");
  expect(cells.map((cell) => [cell.link, cell.adminState])).toEqual([
    ["live", "ready"],
    ["stale", "maint"],
  ]);
});

test("a frozen HAProxy ages: its numbers are never taken as fresh", async () => {
  const lab = await haproxy();
  const fleet = running({
    loadBalancers: [{ name: "lb1", address: lab.adminSocket, limits: { replyTimeoutMs: 200 } }],
  });
  await until("observed", () => head(fleet).observedAtMs !== null);
  await lab.freeze();
  await until("the time-out is known", () => head(fleet).error?.code === "reply-timeout");
  const seen = head(fleet).observedAtMs;
  await fleet.pollNow(["lb1"]);
  expect(head(fleet).observedAtMs).toBe(seen);
  lab.thaw();
  await until("it is back", () => head(fleet).error === null);
});

test("a socket without level admin says so in the view and still shows everything it may", async () => {
  const lab = await haproxy();
  const fleet = running({
    loadBalancers: [
      { name: "lb1", address: lab.operatorSocket },
      { name: "lb2", address: lab.userSocket },
    ],
  });
  await until("both observed", () => head(fleet, "lb1").level !== null && head(fleet, "lb2").level !== null);
  expect([head(fleet, "lb1").level, head(fleet, "lb2").level]).toEqual(["operator", "user"]);
  expect(fleet.poller("lb1")!.row("APP1/SRV1")?.address).not.toBe("");
  expect(fleet.poller("lb2")!.row("APP1/SRV1")?.address).toBe("");
});

test("one poller per load balancer: listeners cost HAProxy no question", async () => {
  const fake = await startFake(() => ({ kind: "reply", text: "nonsense" }));
  onTestFinished(() => fake.stop());
  const address = fake.address.kind === "unix" ? fake.address.path : "";
  const fleet = makeFleet({ loadBalancers: [{ name: "lb1", address }] });
  for (let i = 0; i < 100; i++) fleet.onPublish(() => undefined);
  await Promise.all([fleet.stop(), fleet.pollNow(["lb1"])]);
  expect(fake.lines.length).toBe(0);
});

test("not HAProxy at the other end: one sentence, no row, nothing shown as zero", async () => {
  const fake = await startFake({ kind: "greet", text: "HTTP/1.1 400 Bad Request\r\n\r\n" });
  onTestFinished(() => fake.stop());
  const address = fake.address.kind === "unix" ? fake.address.path : "";
  const fleet = running({ loadBalancers: [{ name: "lb1", address }] });
  await until("the failure is known", () => head(fleet).error !== null);
  expect(head(fleet)).toMatchObject({ observedAtMs: null, error: { code: expect.stringMatching(/not-haproxy|cut/) } });
  expect(fleet.view().servers.size).toBe(0);
});

test("the same failure again is told once", async () => {
  const fleet = makeFleet({ loadBalancers: [{ name: "lb1", address: "/nonexistent/admin.sock" }] });
  onTestFinished(() => fleet.stop());
  const published: Publication[] = [];
  fleet.onPublish((_lb, publication) => published.push(publication));
  fleet.start();
  await fleet.pollNow(["lb1"]);
  await fleet.pollNow(["lb1"]);
  await fleet.pollNow(["lb1"]);
  expect(published.length).toBe(1);
  expect(head(fleet).error).toMatchObject({
    code: "not-found",
    message: expect.stringContaining("/nonexistent/admin.sock"),
  });
});

test("one HAProxy under two addresses is told: its sessions would count twice", async () => {
  const lab = await haproxy();
  const fleet = running({
    loadBalancers: [
      { name: "lb1", address: lab.adminSocket },
      { name: "lb2", address: `tcp://127.0.0.1:${lab.adminPort}` },
    ],
  });
  for (const name of ["lb1", "lb2"]) {
    await until("it is told", () => head(fleet, name).problems.length > 0);
    expect(head(fleet, name).problems[0]).toMatch(/are the same HAProxy process .* counted twice/);
  }
});

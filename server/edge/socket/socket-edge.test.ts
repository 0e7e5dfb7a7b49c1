// The rules of lib/wire/SPEC.md between the app and socket.io clients, over real HAProxy where it matters and a scripted
// one where numbers must move as told.
import { connect } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { haproxyBinaries } from "#lab/binaries.ts";
import { APP_PORT, appConfig } from "#lab/configs.ts";
import { type LabHaproxy, type LabOptions, startHaproxy } from "#lab/haproxy.ts";
import { until } from "#lab/net.ts";
import { startOrigin, visit } from "#lab/origins.ts";
import type { LoadBalancerView } from "#lib/fleet/view.ts";
import { applyDelta, decodeSnapshot } from "#lib/wire/codec.ts";
import { type LoadBalancerDelta, type Scope, SOCKET_PATH, type SubscribeResult } from "#lib/wire/events.ts";
import { createLog } from "#server/log.ts";
import { startFake } from "#server/runtime/testing/fake-haproxy.ts";
import { type FakeModel, fakeModel, modelServer } from "#server/runtime/testing/fake-model.ts";
import { tempDir } from "#server/store/testing/temp-dir.ts";
import { ADMIN_PASSWORD, ADMIN_TOKEN, startTestApp, type TestApp, type TestSocket } from "#server/testing.ts";

async function haproxy(options: Partial<LabOptions> = {}): Promise<LabHaproxy> {
  const origins = [await startOrigin("one"), await startOrigin("two")];
  const lab = await startHaproxy({
    ports: [APP_PORT],
    // The origins live in this process: on a busy machine they answer late, and that is not what is tested.
    defaults: ["timeout check 10s"],
    config: (context) => appConfig(context, origins),
    ...options,
  });
  onTestFinished(async () => {
    await lab.dispose();
    await Promise.all(origins.map((origin) => origin.stop()));
  });
  return lab;
}

async function scripted(count = 3): Promise<{ model: FakeModel; address: string; onPoll(work: () => void): void }> {
  const names = Array.from({ length: count }, (_, i) => `SRV${i + 1}`);
  const model = fakeModel(names.map((name) => modelServer("APP1", name)));
  let poll = () => {};
  const fake = await startFake((line) => {
    if (line.startsWith("show info")) poll();
    return model.script(line);
  });
  onTestFinished(() => fake.stop());
  return {
    model,
    address: fake.address.kind === "unix" ? fake.address.path : "",
    onPoll(work) {
      poll = work;
    },
  };
}

/** What components/live does: snapshots and deltas into views, and a subscription again after a gap. */
class Follower {
  readonly socket: TestSocket;
  readonly views = new Map<string, LoadBalancerView>();
  readonly deltas: LoadBalancerDelta[] = [];
  snapshots = 0;
  gaps = 0;
  bytes = 0;
  last: SubscribeResult | null = null;
  onView: (view: LoadBalancerView) => void = () => {};
  /** deltas that the network loses */
  lose = 0;
  readonly #scope: Scope;

  constructor(socket: TestSocket, scope: Scope = { kind: "fleet" }) {
    this.socket = socket;
    this.#scope = scope;
    socket.on("fleet:delta", (delta) => this.#applied(delta));
    socket.on("fleet:snapshot", (_at, bytes) => {
      this.snapshots++;
      this.#set(decodeSnapshot(bytes));
    });
  }

  async subscribe(): Promise<SubscribeResult> {
    const answer = await this.socket.emitWithAck("fleet:subscribe", this.#scope);
    if (!answer.ok) throw new Error(answer.problem.detail);
    this.last = answer.value;
    for (const bytes of answer.value.loadBalancers) this.#set(decodeSnapshot(bytes));
    return answer.value;
  }

  #applied(delta: LoadBalancerDelta): void {
    this.deltas.push(delta);
    this.bytes += JSON.stringify(delta).length;
    if (this.lose > 0) {
      this.lose--;
      return;
    }
    const before = this.views.get(delta.lb);
    if (before === undefined) return;
    const after = applyDelta(before, delta);
    if (after !== "gap") {
      this.#set(after);
      return;
    }
    this.gaps++;
    this.views.delete(delta.lb);
    void this.subscribe();
  }

  #set(view: LoadBalancerView): void {
    this.views.set(view.head.name, view);
    this.onView(view);
  }
}

/** Every view the app ever published, by epoch and revision. */
function record(app: TestApp): Map<string, LoadBalancerView> {
  const published = new Map<string, LoadBalancerView>();
  const add = (view: LoadBalancerView) => published.set(`${view.head.name} ${view.epoch} ${view.rev}`, view);
  for (const view of app.app.fleet.views()) add(view);
  onTestFinished(app.app.fleet.onPublish((_lb, { after }) => void add(after)));
  return published;
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe.each(haproxyBinaries())("HAProxy $version", ({ bin }) => {
  test("[W1] [W2] [W3] snapshot, then deltas: at each revision the browser has what the app has, over a reload too", async () => {
    const lab = await haproxy({ bin, masterWorker: true });
    const app = await startTestApp({ loadBalancers: { lb1: lab.adminSocket } });
    const published = record(app);
    const follower = new Follower(app.socket());
    let compared = 0;
    follower.onView = (view) => {
      expect(view).toEqual(plain(published.get(`${view.head.name} ${view.epoch} ${view.rev}`)));
      compared++;
    };
    await follower.subscribe();
    expect(follower.views.get("lb1")?.servers.map((row) => row.id)).toContain("API/SRV2");
    await lab.ask("set server APP1/SRV1 state drain");
    for (let i = 0; i < 5; i++) await visit(lab.port(APP_PORT), "/", []);
    const row = () => follower.views.get("lb1")?.servers.find((one) => one.id === "APP1/SRV1");
    await until("the drain arrives", () => row()?.adminBits === 8);
    const { epoch } = follower.views.get("lb1")!;
    expect(follower.snapshots).toBe(0);
    await lab.reload();
    await until("the lost drain arrives", () => row()?.adminBits === 0);
    expect(follower.views.get("lb1")?.epoch).not.toBe(epoch);
    expect(follower.snapshots).toBeGreaterThanOrEqual(1);
    await until("more deltas", () => (follower.views.get("lb1")?.rev ?? 0) > 2);
    expect(follower.gaps).toBe(0);
    expect(compared).toBeGreaterThan(4);
  });
});

test("[W2] a lost delta is a gap; subscribing again heals it", async () => {
  const { address, model, onPoll } = await scripted();
  const app = await startTestApp({ loadBalancers: { lb1: address } });
  const follower = new Follower(app.socket());
  onPoll(() => model.servers[0]!.scur++);
  await follower.subscribe();
  follower.lose = 1;
  await until("the gap is seen", () => follower.gaps === 1);
  await until("it is healed", () => follower.views.get("lb1")?.rev === app.app.fleet.poller("lb1")?.view.rev);
  expect(follower.gaps).toBe(1);
});

test("[W4] [W5] a delta is the heartbeat; a failed poll changes the error and not when it was seen", async () => {
  const lab = await haproxy();
  const app = await startTestApp({ loadBalancers: { lb1: lab.adminSocket } });
  const follower = new Follower(app.socket());
  await follower.subscribe();
  await until("heartbeats", () => follower.deltas.length >= 3);
  for (const delta of follower.deltas) {
    expect(Math.abs(delta.at - Date.now())).toBeLessThan(10_000);
    expect(delta.at - (delta.seen ?? 0)).toBeLessThan(10_000);
  }
  await lab.stop();
  await until("the failure arrives", () => follower.views.get("lb1")?.head.error !== null);
  const { seen } = follower.deltas.at(-1)!;
  expect(seen).toBe(follower.deltas.at(-2)?.seen);
  expect(follower.views.get("lb1")?.servers.length).toBe(4);
});

test("[W6] a phone that watches one server is sent that server only", async () => {
  const { address, model, onPoll } = await scripted(200);
  model.servers.push(modelServer("OTHER", "X"));
  const app = await startTestApp({ loadBalancers: { lb1: address } });
  onPoll(() => {
    for (const server of model.servers) server.scur = (server.scur + 7) % 50;
  });
  const board = new Follower(app.socket());
  const phone = new Follower(app.socket(), { kind: "server", id: "APP1/SRV2" });
  await Promise.all([board.subscribe(), phone.subscribe()]);
  const view = () => phone.views.get("lb1")!;
  expect(view().servers.map((row) => row.id)).toEqual(["APP1/SRV2"]);
  expect(view().backends.map((row) => row.backend)).toEqual(["APP1"]);
  await until("both have followed", () => board.deltas.length >= 10 && phone.deltas.length >= 10);
  expect(phone.bytes * 10).toBeLessThan(board.bytes);
  await until("the phone is right", () => {
    const now = app.app.fleet.poller("lb1")!.view;
    return view().rev === now.rev && view().servers[0]?.scur === now.servers[1]?.scur;
  });
  expect(phone.gaps).toBe(0);
  // Another scope takes the place of the first one; unsubscribing ends it.
  await phone.socket.emitWithAck("fleet:subscribe", { kind: "server", id: "OTHER/X" });
  phone.socket.emit("fleet:unsubscribe");
  await phone.socket.emitWithAck("history:get", { servers: [], spanMs: 1_000, stepMs: 1_000 });
  const { length } = phone.deltas;
  const { length: boardLength } = board.deltas;
  await until("the board has more", () => board.deltas.length >= boardLength + 3);
  expect(phone.deltas.length).toBe(length);
});

test("[W2] the app starts anew: the browser comes back by itself, to a snapshot of another epoch", async () => {
  const { address } = await scripted();
  using dir = tempDir();
  const first = await startTestApp({ loadBalancers: { lb1: address }, dataDir: dir.path });
  const follower = new Follower(first.socket());
  const endings: string[] = [];
  follower.socket.on("connection:ending", (reason) => endings.push(reason));
  await follower.subscribe();
  const { epoch } = follower.views.get("lb1")!;
  // Ends the app only: stop() of the test app would take the client with it.
  await first.app.stop();
  await until("the end is noticed", () => !follower.socket.connected);
  expect(endings).toEqual(["shutting-down"]);
  const second = await startTestApp({ loadBalancers: { lb1: address }, dataDir: dir.path, port: first.port });
  await until("it is back", () => follower.socket.connected);
  await follower.subscribe();
  expect(follower.views.get("lb1")?.epoch).not.toBe(epoch);
  expect(follower.views.get("lb1")?.epoch).toBe(second.app.fleet.poller("lb1")?.view.epoch);
  follower.socket.disconnect();
});

describe("the handshake", () => {
  async function refusal(socket: TestSocket): Promise<string> {
    return new Promise((resolve, reject) => {
      socket.once("connect_error", (error) => resolve(error.message));
      socket.once("connect", () => reject(new Error("it was let in")));
    });
  }

  test("nobody, a wrong token, and a page of another site are refused; our page with its cookie is let in", async () => {
    const app = await startTestApp({ adminPassword: ADMIN_PASSWORD });
    const cookie = await app.signIn();
    const origin = app.url;
    const as = (extraHeaders: Record<string, string>, more = {}) =>
      app.socket({ extraHeaders, reconnection: false, ...more });
    expect(await refusal(as({ origin }))).toBe("not-signed-in");
    expect(await refusal(as({ authorization: "Bearer of-nobody" }))).toBe("not-signed-in");
    expect(await refusal(as({ cookie }))).toMatch(/websocket error/);
    expect(await refusal(as({ cookie, origin: "https://evil.example" }))).toMatch(/websocket error/);
    expect(await refusal(as({ cookie, origin: "https://evil.example" }, { transports: ["polling"] }))).toMatch(
      /xhr poll error/,
    );
    const page = as({ cookie, origin });
    await until("it is connected", () => page.connected);
    const answer = await page.emitWithAck("fleet:subscribe", { kind: "fleet" });
    expect(answer).toMatchObject({ ok: true, value: { me: { name: "admin", role: "admin" }, loadBalancers: [] } });
  });

  test("signing out ends the socket by itself, with the reason", async () => {
    const app = await startTestApp({ adminPassword: ADMIN_PASSWORD });
    const cookie = await app.signIn();
    const page = app.socket({ extraHeaders: { cookie, origin: app.url }, reconnection: false });
    const token = app.socket();
    await until("both are connected", () => page.connected && token.connected);
    const endings: string[] = [];
    page.on("connection:ending", (reason) => endings.push(reason));
    await app.rest("POST", "/auth/sign-out", {}, { cookie, origin: app.url });
    await until("it is ended", () => !page.connected);
    expect(endings).toEqual(["signed-out"]);
    expect(token.connected).toBe(true);
  });
});

describe("what a client may send", () => {
  test("too many messages end the connection with the reason", async () => {
    const app = await startTestApp();
    const socket = app.socket({ reconnection: false });
    const endings: string[] = [];
    socket.on("connection:ending", (reason) => endings.push(reason));
    await until("it is connected", () => socket.connected);
    for (let i = 0; i < 300; i++) socket.emit("fleet:unsubscribe");
    await until("it is ended", () => !socket.connected);
    expect(endings[0]).toBe("too-many-messages");
  });

  test("a message that is too large ends its connection and nothing else", async () => {
    const app = await startTestApp();
    const [large, other] = [app.socket({ reconnection: false }), app.socket()];
    await until("both are connected", () => large.connected && other.connected);
    large.emit("fleet:subscribe", { kind: "server", id: "x".repeat(200_000) }, () => {});
    await until("it is ended", () => !large.connected);
    expect(other.connected).toBe(true);
  });

  test.each([
    ["fleet:subscribe", [null, "fleet", 7, {}, { kind: "all" }, { kind: "server" }, { kind: "server", id: "SRV1" }]],
    ["fleet:subscribe", [{ kind: "server", id: "A/B;x" }, { kind: "fleet", more: 1 }, [{ kind: "fleet" }]]],
    ["history:get", [null, {}, { servers: "APP1/SRV1", spanMs: 1_000, stepMs: 1_000 }]],
    ["history:get", [{ servers: ["a/b"], spanMs: 86_400_000, stepMs: 1_000 }]],
    ["history:get", [{ servers: Array(501).fill("a/b"), spanMs: 1_000, stepMs: 1_000 }]],
    ["history:get", [{ servers: ["a/b"], spanMs: Number.NaN, stepMs: -1 }]],
    ["server:set-state", [null, "drain", {}, { server: "APP1/SRV1" }, { server: "APP1/SRV1", adminState: "off" }]],
    [
      "server:set-state",
      [
        { server: "APP1/SRV1\nshow info", adminState: "drain" },
        { __proto__: null, server: 1 },
      ],
    ],
  ])("%s with what nobody should send: a problem each, and the app lives", async (event, inputs) => {
    const { address } = await scripted();
    const app = await startTestApp({ loadBalancers: { lb1: address } });
    const socket = app.socket({ reconnection: false });
    const anything = socket as unknown as {
      emit(...words: unknown[]): void;
      emitWithAck(...words: unknown[]): Promise<unknown>;
    };
    for (const input of inputs) {
      expect(await anything.emitWithAck(event, input)).toMatchObject({
        ok: false,
        problem: {
          code: "malformed",
          status: 400,
          detail: expect.stringMatching(/.\.$/),
          requestId: expect.any(String),
        },
      });
    }
    anything.emit(event);
    anything.emit(event, inputs[0]);
    anything.emit(event, inputs[0], "not a function");
    anything.emit("no:such-event", {}, () => {});
    anything.emit("fleet:unsubscribe", { more: true });
    const answer = await socket.emitWithAck("fleet:subscribe", { kind: "fleet" });
    expect(answer.ok).toBe(true);
  });

  test("history: one value a step for each known server, none for others", async () => {
    const { address, model } = await scripted();
    model.servers[0]!.scur = 5;
    const app = await startTestApp({ loadBalancers: { lb1: address } });
    const socket = app.socket();
    const ask = () =>
      socket.emitWithAck("history:get", { servers: ["APP1/SRV1", "APP1/NOPE"], spanMs: 60_000, stepMs: 1_000 });
    const answer = await until("a second was kept", async () => {
      const one = await ask();
      if (!one.ok) throw new Error(one.problem.detail);
      return one.value.servers["APP1/SRV1"]?.sessions.includes(5) ? one.value : null;
    });
    expect(Object.keys(answer.servers)).toEqual(["APP1/SRV1"]);
    expect(answer.stepMs).toBe(1_000);
    expect(answer.servers["APP1/SRV1"]?.sessions.length).toBe(60);
    expect(answer.servers["APP1/SRV1"]?.sessions[0]).toBeNull();
  });
});

test("[W8] a command is acknowledged after HAProxy showed it, or with a problem; everybody hears of the change", async () => {
  const lab = await haproxy();
  using dir = tempDir();
  const app = await startTestApp({ loadBalancers: { lb1: lab.adminSocket }, dataDir: dir.path });
  const [mine, other] = [app.socket(), app.socket()];
  const changes: unknown[] = [];
  other.on("change:last", (change) => changes.push(change));
  await until("both are connected", () => mine.connected && other.connected);
  const done = await mine.emitWithAck("server:set-state", { server: "APP1/SRV1", adminState: "drain" });
  expect(await lab.adminBits("APP1/SRV1")).toBe(8);
  expect(done).toMatchObject({ ok: true, value: { outcomes: [{ lb: "lb1", outcome: "done", after: "drain" }] } });
  const change = { atMs: expect.any(Number), who: "admin token", server: "APP1/SRV1", adminState: "drain" };
  await until("the other one heard", () => changes.length > 0);
  expect(changes).toEqual([change]);
  expect(await new Follower(other).subscribe()).toMatchObject({ lastChange: change });

  const unknown = await mine.emitWithAck("server:set-state", { server: "APP1/NOPE", adminState: "drain" });
  expect(unknown).toMatchObject({ ok: false, problem: { code: "unknown-name", status: 404 } });
  const guarded = await mine.emitWithAck("server:set-state", { server: "APP1/SRV2", adminState: "maint" });
  expect(guarded).toMatchObject({ ok: false, problem: { code: "guard", findings: [{ code: "last-server" }] } });
  const rows = await app.app.store.audit.list({ limit: 10 });
  expect(rows.every((row) => row.via === "socket")).toBe(true);
  expect(rows.map((row) => row.kind)).toEqual(["event", "event", "outcome", "intent"]);

  await app.stop();
  const again = await startTestApp({ loadBalancers: { lb1: lab.adminSocket }, dataDir: dir.path });
  expect(await new Follower(again.socket()).subscribe()).toMatchObject({ lastChange: change });
});

test("[W7] a client that does not read is cut; the others do not notice", async () => {
  const { address, model, onPoll } = await scripted(500);
  const lines: string[] = [];
  const app = await startTestApp({
    loadBalancers: { lb1: address },
    log: createLog({ to: { write: (line) => void lines.push(line) } }),
    slowLimits: { maxPackets: 64, maxBytes: 100_000 },
  });
  const board = new Follower(app.socket());
  await board.subscribe();
  const raw = new WebSocket(`ws://127.0.0.1:${app.port}/socket/?EIO=4&transport=websocket`, {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  onTestFinished(() => raw.terminate());
  const closed = new Promise<number>((resolve) => raw.once("close", resolve));
  raw.on("error", () => {});
  let isSubscribed = false;
  raw.on("message", (data) => {
    const text = String(data);
    if (text.startsWith("0")) raw.send("40");
    if (text.startsWith("40")) raw.send('420["fleet:subscribe",{"kind":"fleet"}]');
    // a binary acknowledgement: the snapshot
    if (text.startsWith("46")) isSubscribed = true;
  });
  await until("it follows", () => isSubscribed);
  raw.pause();
  onPoll(() => model.servers[0]!.scur++);
  // Megabytes each, more than the network between the two takes.
  const servers = model.servers.map((one) => `APP1/${one.server}`);
  for (let i = 1; i <= 8; i++) {
    raw.send(`42${i}${JSON.stringify(["history:get", { servers, spanMs: 600_000, stepMs: 1_000 }])}`);
  }
  const cut = await until("it is cut", () => lines.find((line) => line.includes("too-slow")) ?? null, 20_000);
  expect(cut).toContain("admin token");
  expect(board.socket.connected).toBe(true);
  raw.resume();
  expect(await closed).toBe(1006);
  const { length } = board.deltas;
  await until("the board goes on", () => board.deltas.length > length);
});

describe("one connection is one browser's", () => {
  test("closing and opening again on the same connection does not renew the budget of messages", async () => {
    const app = await startTestApp();
    const socket = new WebSocket(`${app.url.replace("http", "ws")}${SOCKET_PATH}/?EIO=4&transport=websocket`, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    onTestFinished(() => socket.terminate());
    let isClosed = false;
    let opened = 0;
    socket.on("close", () => {
      isClosed = true;
    });
    socket.on("message", (data) => {
      const text = data.toString();
      if (text.startsWith("0")) socket.send("40");
      if (!text.startsWith("40")) return;
      opened++;
      for (let n = 0; n < 20; n++) socket.send('42["fleet:unsubscribe"]');
      socket.send("41");
      socket.send("40");
    });
    await until("it is ended", () => isClosed || opened > 50);
    expect(isClosed).toBe(true);
    expect(opened).toBeLessThan(10);
  });

  test("who knows only the id of a connection, from a log, neither reads nor writes on it", async () => {
    const app = await startTestApp();
    const poll = `${SOCKET_PATH}/?EIO=4&transport=polling`;
    const owner = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const { sid } = JSON.parse((await app.rest("GET", poll, undefined, owner)).text.slice(1));
    const send = (headers: Record<string, string>) => app.rest("POST", `${poll}&sid=${sid}`, "40", headers);
    const type = { "content-type": "text/plain" };
    expect((await send({ ...type })).status).toBe(400);
    expect((await send({ ...type, cookie: "drainboard=other" })).status).toBe(400);
    expect((await app.rest("GET", `${poll}&sid=${sid}`, undefined, {})).status).toBe(400);
    expect((await send({ ...type, ...owner })).status).toBe(200);
    expect((await app.rest("GET", `${poll}&sid=${sid}`, undefined, owner)).text).toMatch(/^40/);
  });
});

test.each([
  ["at once", ""],
  ["after a request on the same connection", "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"],
])("an upgrade to another address is closed, %s, though the other end stays open", async (_name, before) => {
  const app = await startTestApp();
  const upgrade = "GET /nothing HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
  const socket = connect({ port: app.port, host: "127.0.0.1", allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  let isCut = false;
  socket.on("error", () => {
    isCut = true;
  });
  socket.resume();
  socket.write(before + upgrade);
  // Half closed it would take these without end.
  await until("it is cut", () => {
    if (!isCut) socket.write("a");
    return isCut;
  });
});

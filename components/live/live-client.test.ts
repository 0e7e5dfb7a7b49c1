import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { QueryClient } from "@tanstack/react-query";
import { Server } from "socket.io";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { LoadBalancerView } from "#lib/fleet/view.ts";
import { AdminBit } from "#lib/haproxy/admin-state.ts";
import type { MaintenanceSummary } from "#lib/maintenance/summary.ts";
import { diff, encodeSnapshot } from "#lib/wire/codec.ts";
import type { SetStateInput } from "#lib/wire/commands.ts";
import { type ClientToServer, type ServerToClient, SOCKET_PATH } from "#lib/wire/events.ts";
import type { SessionsReport } from "#lib/wire/sessions.ts";
import { maintenance, serverJob } from "../maintenance/testing.ts";
import { type LiveFleet, liveFleetKey } from "./api.ts";
import { LiveClient } from "./live-client.ts";
import { loadBalancer, serverRow } from "./testing.ts";

/** The app's clock is an hour ahead of this machine's. */
const AHEAD_MS = 3_600_000;
const appNow = () => Date.now() + AHEAD_MS;
const id = "APP1/SRV1";
const input: SetStateInput = { server: id, adminState: "drain" };

let http: HttpServer;
let app: Server<ClientToServer, ServerToClient>;
let queryClient: QueryClient;
let client: LiveClient;
let view: LoadBalancerView;
let build: string;
let isSignedIn: boolean;
let maintenances: MaintenanceSummary[];
const subscribed = vi.fn();
const asked = vi.fn();
const answered = vi.fn();
const planned = vi.fn();
const began = vi.fn();
const requested = vi.fn();
const signedOut = vi.fn();
const followed = vi.fn();
const unfollowed = vi.fn();

function sessionsOf(of: string, total: number): SessionsReport {
  const counts = { http: total, tunnel: 0, tcp: 0 };
  return { at: 1, server: of, sessions: [], total, counts, loadBalancers: [], complete: true };
}

beforeEach(async () => {
  const page = Object.assign(new EventTarget(), { visibilityState: "visible" });
  vi.stubGlobal("document", page);
  vi.stubGlobal("window", new EventTarget());
  vi.stubGlobal("fetch", async () => Response.json({ signedIn: true, needsSetup: false }));
  for (const mock of [followed, unfollowed, subscribed, asked, signedOut, planned, began, requested, answered])
    mock.mockReset();
  maintenances = [];
  build = "b1";
  view = loadBalancer("lb1", [serverRow("APP1", "SRV1")]);
  view = { ...view, head: { ...view.head, observedAtMs: appNow() } };
  http = createServer();
  app = new Server(http, { path: SOCKET_PATH, serveClient: false });
  isSignedIn = true;
  app.use((_socket, next) => next(isSignedIn ? undefined : new Error("not-signed-in")));
  app.on("connection", (socket) => {
    socket.on("fleet:subscribe", (scope, ack) => {
      subscribed(scope);
      const loadBalancers = [encodeSnapshot(view)];
      const me = { kind: "person", name: "mira", role: "admin", backends: null } as const;
      const value = { at: appNow(), loadBalancers, lastChange: null, me, build, minimums: {}, maintenances };
      ack({ ok: true, value });
    });
    socket.on("states:answer", (request, ack) => {
      answered(request);
      ack({ ok: true, value: { lost: [] } });
    });
    socket.on("maintenance:plan", (asked, ack) => planned(asked, ack));
    socket.on("maintenance:start", (asked, ack) => began(asked, ack));
    socket.on("maintenance:request", (...args) => requested(...args));
    socket.on("history:get", (_request, ack) => ack({ ok: true, value: { at: appNow(), stepMs: 5_000, servers: {} } }));
    socket.on("server:set-state", (...args) => asked(...args));
    socket.on("sessions:follow", (request, ack) => {
      followed(request);
      ack({ ok: true, value: sessionsOf(request.server, 3) });
    });
    socket.on("sessions:unfollow", () => unfollowed());
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  queryClient = new QueryClient();
  client = new LiveClient(queryClient, signedOut, `http://127.0.0.1:${(http.address() as AddressInfo).port}`);
});

afterEach(async () => {
  client.stop();
  await app.close();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const live = () => queryClient.getQueryData<LiveFleet>(liveFleetKey);
const server = () => live()?.fleet?.servers.get(id);

const until = (condition: () => boolean) => vi.waitUntil(condition, { timeout: 10_000, interval: 10 });

async function started() {
  client.start();
  await until(() => live()?.connection.kind === "open" && server() !== undefined);
}

/** What the app does after a poll; `send` false: the delta is lost. */
function poll(changes: { scur?: number; adminBits?: number }, send = true) {
  const before = view;
  const servers = before.servers.map((row) => ({ ...row, ...changes }));
  view = { ...before, rev: before.rev + 1, head: { ...before.head, observedAtMs: appNow() }, servers };
  if (send) app.emit("fleet:delta", diff(before, view, appNow()));
}

test("[W1] a page shows the snapshot, then what the deltas say", async () => {
  await started();
  expect(server()?.sessions).toBe(0);
  expect(live()?.me?.name).toBe("mira");
  poll({ scur: 7 });
  await until(() => server()?.sessions === 7);
  expect(subscribed).toHaveBeenCalledTimes(1);
});

test("a page of one server asks for that server alone, and for the fleet when it is left", async () => {
  const drop = client.want({ kind: "server", id });
  await started();
  expect(subscribed.mock.calls).toEqual([[{ kind: "server", id }]]);
  expect(live()?.scope).toEqual({ kind: "server", id });
  // what needs more, such as the dialog that shows the other servers, has it while it is open
  const dropFleet = client.want({ kind: "fleet" });
  await until(() => live()?.scope.kind === "fleet");
  dropFleet();
  await until(() => live()?.scope.kind === "server");
  drop();
  await until(() => live()?.scope.kind === "fleet");
  expect(subscribed).toHaveBeenCalledTimes(4);
});

test("from one server's page to the next there is one subscription", async () => {
  const drop = client.want({ kind: "server", id });
  await started();
  drop();
  client.want({ kind: "server", id: "APP1/SRV2" });
  await until(() => live()?.scope.kind === "server" && subscribed.mock.calls.length === 2);
  expect(subscribed.mock.calls[1]).toEqual([{ kind: "server", id: "APP1/SRV2" }]);
});

test("sessions are followed while somebody looks, again after a reconnect, and never those of another server", async () => {
  await started();
  const total = () => client.sessions.view().report?.total;
  const leave = client.sessions.follow(id);
  await until(() => total() === 3);
  app.emit("sessions:listed", sessionsOf("APP1/SRV2", 9));
  app.emit("sessions:listed", sessionsOf(id, 4));
  await until(() => total() === 4);
  app.disconnectSockets(true);
  await until(() => followed.mock.calls.length === 2);
  expect(followed.mock.calls[1]).toEqual([{ server: id }]);
  leave();
  await until(() => unfollowed.mock.calls.length === 1);
  client.sessions.follow("APP1/SRV2");
  expect(total()).toBeUndefined();
});

test("[W4] a browser whose clock is wrong by an hour shows live data as live", async () => {
  await started();
  expect(live()?.fleet?.loadBalancers[0]?.link).toBe("live");
});

test("[W2] a gap shows nothing half, asks for everything once, and goes on", async () => {
  await started();
  poll({ scur: 7 }, false);
  poll({ scur: 8 });
  poll({ scur: 9 });
  await until(() => server()?.sessions === 9);
  expect(subscribed).toHaveBeenCalledTimes(2);
  poll({ scur: 10 });
  await until(() => server()?.sessions === 10);
  expect(subscribed).toHaveBeenCalledTimes(2);
});

test("deltas that arrive together repaint together", async () => {
  await started();
  const writes = vi.fn();
  const stop = queryClient.getQueryCache().subscribe((event) => {
    if (event.type === "updated") writes();
  });
  for (let i = 1; i <= 50; i++) poll({ scur: i });
  await until(() => server()?.sessions === 50);
  stop();
  expect(writes.mock.calls.length).toBeLessThan(5);
});

test("what did not change keeps its identity, so its row does not render", async () => {
  await started();
  const before = server();
  poll({});
  await until(() => live()?.fleet?.loadBalancers[0]?.view.rev === 2);
  expect(server()).toBe(before);
});

test("[W7] a page that was cut says why and comes back to a snapshot", async () => {
  await started();
  const seen: unknown[] = [];
  const stop = queryClient.getQueryCache().subscribe(() => seen.push(live()?.connection));
  app.emit("connection:ending", "too-slow");
  app.disconnectSockets();
  await until(() => subscribed.mock.calls.length === 2 && live()?.connection.kind === "open");
  stop();
  expect(seen).toContainEqual({ kind: "lost", sinceMs: expect.any(Number), reason: "too-slow" });
});

test("the numbers of before stay, marked as lost, while the app is away", async () => {
  await started();
  app.disconnectSockets(true);
  await until(() => live()?.connection.kind === "lost");
  expect(server()).toBeDefined();
});

test("an app of another build asks for a reload", async () => {
  await started();
  expect(live()?.isOutdated).toBe(false);
  build = "b2";
  app.disconnectSockets(true);
  await until(() => live()?.isOutdated === true);
});

test("a page that slept subscribes again, and shows live data as live after it", async () => {
  await started();
  const realNow = Date.now;
  // the wall clock of both went on, performance.now() did not
  vi.spyOn(Date, "now").mockImplementation(() => realNow() + 60_000);
  document.dispatchEvent(new Event("visibilitychange"));
  poll({ scur: 3 });
  await until(() => subscribed.mock.calls.length === 2);
  await until(() => server()?.sessions === 3);
  expect(live()?.fleet?.loadBalancers[0]?.link).toBe("live");
});

test("who was signed out goes to the sign-in page", async () => {
  await started();
  app.emit("connection:ending", "signed-out");
  await until(() => signedOut.mock.calls.length === 1);
});

test("who is not signed in any more after a reconnect goes to the sign-in page", async () => {
  await started();
  isSignedIn = false;
  app.disconnectSockets();
  await until(() => signedOut.mock.calls.length > 0);
});

test("[W8] a command is pending until its state was observed, not until it was acknowledged", async () => {
  await started();
  const result = client.setState(input);
  expect(client.pendingOf(id)).toEqual({ asked: "drain", confirmed: 0, of: 1 });
  await until(() => asked.mock.calls.length === 1);
  const done = { lb: "lb1", outcome: "done", before: "ready", after: "drain", message: "" };
  asked.mock.calls[0]![1]({ ok: true, value: { requestId: "r1", outcomes: [done], findings: [] } });
  expect(await result).toMatchObject({ ok: true, value: { requestId: "r1" } });
  expect(client.pendingOf(id)).not.toBeNull();
  expect(server()?.adminState).toBe("ready");
  poll({ adminBits: AdminBit.forcedDrain });
  await until(() => server()?.adminState === "drain");
  expect(client.pendingOf(id)).toBeNull();
});

test("a command that was refused is not pending any more", async () => {
  await started();
  const result = client.setState(input);
  await until(() => asked.mock.calls.length === 1);
  asked.mock.calls[0]![1]({ ok: false, problem: { code: "guard", status: 409, title: "", detail: "last server" } });
  expect(await result).toMatchObject({ ok: false, problem: { code: "guard" } });
  expect(client.pendingOf(id)).toBeNull();
});

test("a command whose connection broke has an unknown outcome and is never sent again", async () => {
  await started();
  const result = client.setState(input);
  await until(() => asked.mock.calls.length === 1);
  app.disconnectSockets(true);
  expect(await result).toMatchObject({ ok: false, problem: { code: "outcome-unknown" } });
  await until(() => subscribed.mock.calls.length === 2);
  expect(asked).toHaveBeenCalledTimes(1);
});

test("a command without a connection is not kept for later", async () => {
  expect(await client.setState(input)).toMatchObject({ ok: false, problem: { code: "unreachable" } });
  await started();
  poll({ scur: 1 });
  await until(() => server()?.sessions === 1);
  expect(asked).not.toHaveBeenCalled();
});

const running = () => maintenance("m1", [serverJob(id)]);
const job = () => live()?.maintenances.find((one) => one.id === "m1");

test("maintenances come with the snapshot, are kept up by pushes, and keep what did not change", async () => {
  const other = maintenance("m0", [serverJob("APP1/SRV9")], { createdAt: 1 });
  maintenances = [running(), other];
  await started();
  expect(live()?.maintenances.map((one) => one.id)).toEqual(["m0", "m1"]);
  const before = live()?.maintenances;
  app.emit("maintenance:changed", appNow(), running());
  app.emit("maintenance:changed", appNow(), maintenance("m1", [serverJob(id, { sessions: 3 })]));
  await until(() => job()?.servers[0]?.sessions === 3);
  expect(live()?.maintenances[0]).toBe(before?.[0]);
});

test("a snapshot after a reconnect replaces them: what ended meanwhile is gone", async () => {
  maintenances = [running()];
  await started();
  maintenances = [maintenance("m2", [serverJob(id, { phase: "quiet" })])];
  app.disconnectSockets(true);
  await until(() => live()?.connection.kind === "open" && job() === undefined);
  expect(live()?.maintenances.map((one) => one.id)).toEqual(["m2"]);
});

test("what the app answers is shown at once, before any push", async () => {
  began.mockImplementation((_input, ack) => ack({ ok: true, value: running() }));
  requested.mockImplementation((_id, _asked, ack) =>
    ack({ ok: true, value: maintenance("m1", [serverJob(id, { phase: "returning" })]) }),
  );
  await started();
  await client.startMaintenance({ servers: [id] });
  expect(job()?.servers[0]?.phase).toBe("draining");
  await client.requestMaintenance("m1", { kind: "ready" });
  expect(requested.mock.calls[0]?.slice(0, 2)).toEqual(["m1", { kind: "ready" }]);
  expect(job()?.servers[0]?.phase).toBe("returning");
});

test("a refusal is an answer; without a connection nothing is sent", async () => {
  const problem = { type: "about:blank", status: 409, code: "guard", title: "", detail: "below its minimum" };
  planned.mockImplementation((_input, ack) => ack({ ok: false, problem }));
  await started();
  expect(await client.planMaintenance({ servers: [id] })).toEqual({ ok: false, problem });
  client.stop();
  const answer = await client.startMaintenance({ servers: [id] });
  expect(answer).toMatchObject({ ok: false, problem: { code: "unreachable" } });
  expect(began).not.toHaveBeenCalled();
});

test("states that a reload took come and go, and an answer shows at once", async () => {
  const lost = { lb: "lb1", server: id, was: "maint", now: "ready", who: "mira", atMs: 1, sessionsSince: 2 } as const;
  await started();
  app.emit("states:lost", [lost]);
  await until(() => live()?.lost.length === 1);
  await client.answerLost(lost, "keep");
  expect(answered.mock.calls[0]?.[0]).toEqual({ lb: "lb1", server: id, answer: "keep" });
  expect(live()?.lost).toEqual([]);
});

// Every route, socket command and page, tried by everybody over every way in. The lists come from the app itself; who may
// do what stands in testing/expected-access.ts. A recording HAProxy proves that what was refused sent nothing.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { until } from "#lab/net.ts";
import { type SocketCommand, socketPermissions } from "#lib/wire/events.ts";
import { type FakeHaproxy, startFake } from "#server/runtime/testing/fake-haproxy.ts";
import { fakeModel, modelServer } from "#server/runtime/testing/fake-model.ts";
import { startTestApp, type TestApp, type TestSocket } from "#server/testing.ts";
import { pagePermissions } from "./http/page-permissions.ts";
import { everybody, type Who } from "./testing/everybody.ts";
import {
  expectedCommands,
  expectedPages,
  expectedRoutes,
  type Line,
  type Names,
  type Need,
  needs,
  type Standing,
} from "./testing/expected-access.ts";

function may({ kind, standing }: Who, need: Need | "public"): boolean {
  if (need === "public") return true;
  if (need === "person" && kind !== "person") return false;
  return (needs[need] as readonly Standing[]).includes(standing);
}

interface Stage {
  app: TestApp;
  fake: FakeHaproxy;
  who: Who[];
  names: Names;
}

/** Two backends, a maintenance that is draining, and two states that a reload took. */
async function stage(): Promise<Stage> {
  const servers = ["SRV1", "SRV2", "SRV3", "SRV4", "SRV5"].map((name) => modelServer("APP1", name));
  const model = fakeModel([...servers, modelServer("team-a-web", "SRV1"), modelServer("team-a-web", "SRV2")]);
  const fake = await startFake(model.script);
  onTestFinished(() => fake.stop());
  const address = fake.address.kind === "unix" ? fake.address.path : "";
  const pages = (req: { url?: string | undefined }, res: { end(text: string): void }) => res.end(`page ${req.url}`);
  const app = await startTestApp({ loadBalancers: { lb1: address }, pages });
  for (const server of ["SRV3", "SRV4"]) {
    const set = await app.rest("PUT", `/api/v1/servers/APP1/${server}/admin-state`, { adminState: "drain" });
    expect(set.status, set.text).toBe(200);
  }
  for (const server of model.servers) server.adminBits = 0;
  model.pid++;
  model.startTimeSec = (model.startTimeSec ?? 0) + 60;
  model.uptimeSec = 1;
  await until("the reload is noticed", async () => (await app.rest("GET", "/api/v1/lost-states")).body.length === 2);
  const started = await app.rest("POST", "/api/v1/maintenances", {
    servers: ["APP1/SRV2"],
    quiet: "10m",
    override: true,
  });
  expect(started.status, started.text).toBe(201);
  await until("it drains", () => servers[1]?.adminBits === 8);
  return { app, fake, who: await everybody(app), names: { maintenanceId: started.body.id } };
}

/** Thousands of requests, on a machine that may be busy. */
const TABLE_WITHIN_MS = 180_000;

function changesSince(fake: FakeHaproxy, mark: number): string[] {
  return fake.lines.slice(mark).filter((line) => !line.startsWith("show "));
}

function routeLines({ app, names }: Stage): (Line & { method: string; path: string })[] {
  const expected = expectedRoutes(names);
  const keys = app.app.routes().map(({ method, path }) => `${method} ${path}`);
  expect(keys.toSorted(), "each route has its line in testing/expected-access.ts, and each line its route").toEqual(
    Object.keys(expected).toSorted(),
  );
  const lines = keys.flatMap((key) => {
    const [method = "", path = ""] = key.split(" ");
    return [expected[key] ?? []].flat().map((line) => ({ method, path, ...line }));
  });
  return lines.toSorted((a, b) => (a.turn ?? 0) - (b.turn ?? 0));
}

test(
  "REST: every route by everybody; what is refused says 401 or 403 and sends nothing to HAProxy",
  async () => {
    const on = await stage();
    const lines = routeLines(on);
    const mark = on.fake.lines.length;
    let refused = 0;
    for (const line of lines) {
      for (const one of on.who.filter((who) => !may(who, line.need))) {
        const reply = await on.app.rest(line.method, line.path, line.body, one.headers);
        const asked = `${one.name}: ${line.method} ${line.path} ${JSON.stringify(line.body ?? "")} ${reply.text}`;
        expect(reply.status, asked).toBe(one.standing === "gone" ? 401 : 403);
        expect(reply.body.code, asked).toBe(one.standing === "gone" ? "not-signed-in" : "not-allowed");
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(500);
    expect(changesSince(on.fake, mark)).toEqual([]);
    const rows = await on.app.app.store.audit.list({ action: "server:set-state", outcome: "denied", limit: 1_000 });
    // A wall is refused before any verb; the rest of what is refused at the door is counted as attempts.
    const wanting = on.who.filter(
      (who) => who.standing !== "gone" && who.kind !== "wall" && !may(who, "operator of all"),
    );
    expect(new Set(rows.map((row) => row.actorName)).size).toBe(wanting.length);
    expect((await on.app.app.store.audit.list({ action: "request:refused", limit: 1_000 })).length).toBeGreaterThan(0);

    for (const line of lines) {
      const askers = line.need === "public" ? on.who.filter((who) => who.kind === "nobody") : on.who;
      for (const one of askers.filter((who) => may(who, line.need))) {
        const reply = await on.app.rest(line.method, line.path, line.body, one.headers);
        const asked = `${one.name}: ${line.method} ${line.path} ${JSON.stringify(line.body ?? "")} ${reply.text}`;
        expect([401, 403], asked).not.toContain(reply.status);
        expect(reply.status, asked).toBeLessThan(500);
      }
    }
    expect(changesSince(on.fake, mark)).toContain("set server APP1/SRV1 state ready");
  },
  TABLE_WITHIN_MS,
);

test(
  "socket: every command by everybody; who is gone does not get in",
  async () => {
    const on = await stage();
    const expected = expectedCommands(on.names);
    const commands = Object.keys(socketPermissions) as SocketCommand[];
    const mark = on.fake.lines.length;
    const connect = (one: Who) => on.app.socket({ extraHeaders: one.headers, reconnection: false });
    const send = (socket: TestSocket, command: string, args: readonly unknown[]) =>
      (
        socket as unknown as {
          emitWithAck(...words: unknown[]): Promise<{ ok: boolean; problem?: { code: string; detail: string } }>;
        }
      ).emitWithAck(command, ...args);

    const open: { one: Who; socket: TestSocket }[] = [];
    for (const one of on.who) {
      const socket = connect(one);
      const outcome = await new Promise<string>((resolve) => {
        socket.once("connect", () => resolve("in"));
        socket.once("connect_error", (error) => resolve(error.message));
      });
      expect(outcome, one.name).toBe(one.standing === "gone" ? "not-signed-in" : "in");
      if (outcome === "in") open.push({ one, socket });
    }
    for (const isTurnOfTheAllowed of [false, true]) {
      for (const command of commands) {
        for (const { need, args } of expected[command]) {
          for (const { one, socket } of open.filter(({ one: who }) => may(who, need) === isTurnOfTheAllowed)) {
            const answer = await send(socket, command, args);
            const asked = `${one.name}: ${command} ${JSON.stringify(args)} ${JSON.stringify(answer)}`;
            if (isTurnOfTheAllowed) expect(answer.problem?.code ?? "ok", asked).not.toMatch(/^not-/);
            else expect(answer, asked).toMatchObject({ ok: false, problem: { code: "not-allowed", status: 403 } });
          }
        }
      }
      if (!isTurnOfTheAllowed) expect(changesSince(on.fake, mark)).toEqual([]);
    }
    expect(changesSince(on.fake, mark)).toContain("set server APP1/SRV1 state ready");
  },
  TABLE_WITHIN_MS,
);

test(
  "pages: every page by everybody; nobody is led to sign in, who may not is told so",
  async () => {
    const on = await stage();
    expect(Object.keys(pagePermissions).toSorted()).toEqual(Object.keys(expectedPages).toSorted());
    for (const [pattern, need] of Object.entries(expectedPages)) {
      const path = pattern.replaceAll(/:\w+/g, "x");
      for (const one of on.who) {
        const reply = await on.app.rest("GET", path, undefined, one.headers);
        const asked = `${one.name}: ${path} ${reply.text}`;
        if (may(one, need)) {
          expect([reply.status, reply.headers.location], asked).toEqual(
            path === "/wall" ? [303, "/"] : [200, undefined],
          );
        } else if (one.standing === "gone") {
          const next = path === "/" ? "" : `?next=${encodeURIComponent(path)}`;
          expect([reply.status, reply.headers.location], asked).toEqual([303, `/sign-in${next}`]);
        } else {
          expect(reply.status, asked).toBe(403);
          expect(reply.text, asked).toMatch(/^page \/not-allowed\?why=(This%20takes|A%20wall%20link|A%20token)/);
        }
      }
    }
  },
  TABLE_WITHIN_MS,
);

test("the table of pages has every page of app/, also by another spelling", async () => {
  const found = pagesIn(join(import.meta.dirname, "../../app"));
  expect(found).toContain("/");
  expect(found.filter((page) => pagePermissions[page] === undefined)).toEqual([]);
  const on = await stage();
  const wall = on.who.find((who) => who.standing === "wall");
  for (const path of ["/%65vents", "/events/", "/events?x=1", "/settings%2Fpeople/../people", "/settings/people/"]) {
    const reply = await on.app.rest("GET", path, undefined, wall?.headers ?? {});
    expect([400, 403], path).toContain(reply.status);
  }
});

function pagesIn(dir: string, path = ""): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) {
      const isGroup = entry.name.startsWith("(");
      const part = entry.name.replace(/^\[(\w+)\]$/, ":$1");
      return pagesIn(join(dir, entry.name), isGroup ? path : `${path}/${part}`);
    }
    return entry.name === "page.tsx" ? [path === "" ? "/" : path] : [];
  });
}

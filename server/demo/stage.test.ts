// A real, short run: HAProxy, origins and users, without the app.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DemoStatus, demoStatus } from "./messages.ts";
import { askHaproxy } from "./runtime-ask.ts";
import { type Stage, startStage } from "./stage.ts";
import { testBinaries } from "./testing/binaries.ts";
import { isAlive, until } from "./testing/wait.ts";

const SEED = 42;
const USERS = 300;

interface Play {
  readonly stage: Stage;
  readonly said: string[];
  readonly died: string[];
}

// The oldest and the newest; that the versions between take the configuration too is tested beside it. Both play at once:
// most of the time is spent waiting for people who think.
const all = testBinaries();
const binaries = [...new Set([all[0] ?? "", all.at(-1) ?? ""])];
const runDir = mkdtempSync(join(tmpdir(), "demo-stage-"));
const plays = new Map<string, Play>();

beforeAll(async () => {
  await Promise.all(
    binaries.map(async (binary, at) => {
      const said: string[] = [];
      const died: string[] = [];
      const stage = await startStage({
        binary,
        runDir: join(runDir, String(at)),
        seed: SEED,
        users: USERS,
        hasTrouble: false,
        say: (line) => said.push(line),
        onUnexpectedEnd: (child) => died.push(child.name),
      });
      plays.set(binary, { stage, said, died });
    }),
  );
});
afterAll(async () => {
  await Promise.all([...plays.values()].map((play) => play.stage.stop()));
  rmSync(runDir, { recursive: true, force: true });
});

describe.each(binaries)("the stage on %s", (binary) => {
  let stage: Stage;
  let said: string[];
  let died: string[];
  beforeAll(() => {
    ({ stage, said, died } = plays.get(binary)!);
  });

  const status = (): DemoStatus | null => {
    try {
      return demoStatus.parse(JSON.parse(readFileSync(stage.statusFile, "utf8")));
    } catch {
      return null;
    }
  };
  const statusWhen = (what: string, is: (status: DemoStatus) => boolean) =>
    until(what, () => {
      const now = status();
      return now !== null && is(now) ? now : null;
    });
  const setState = async (server: string, state: string) => {
    for (const lb of stage.loadBalancers) {
      expect(await askHaproxy(lb.socketPath, `set server ${server} state ${state}`)).toBe("\n");
    }
  };

  test("users are on every kind of server, on both load balancers, and nobody loses a session", async () => {
    for (const lb of stage.loadBalancers) {
      for (const [backend, server] of [
        ["APP1", "SRV1"],
        ["PHP_APP", "web02"],
        ["API", "api01"],
        ["WS", "ws03"],
        ["AUTH", "auth02"],
        ["CART", "cart01"],
      ] as const) {
        await until(`${lb.name}:${backend}/${server} has a session`, async () => {
          const row = await statRow(lb.socketPath, backend, server);
          return Number(row.scur) > 0 && row.status === "UP";
        });
      }
    }
    const now = await statusWhen("hundreds of requests", (seen) => seen.requests > 1.2 * USERS);
    expect(now.lostSessions, said.join("\n")).toBe(0);
    expect(now.errorsByKind).toEqual({});
    expect(now.cutConnections).toBe(0);
    expect(now.seed).toBe(SEED);
  });

  test("draining loses nobody: users with its cookie keep coming back to it", async () => {
    await setState("APP1/SRV1", "drain");
    const came = async () => {
      const rows = await Promise.all(stage.loadBalancers.map((lb) => statRow(lb.socketPath, "APP1", "SRV1")));
      return rows.reduce((total, row) => total + Number(row.stot), 0);
    };
    const before = await came();
    await until("twenty requests to the draining server", async () => (await came()) >= before + 20);
    const now = await statusWhen("a fresh count", (seen) => Date.parse(seen.at) > Date.now() - 1_500);
    expect(now.lostSessions, said.join("\n")).toBe(0);
    await setState("APP1/SRV1", "ready");
  });

  // A stick table is passed on to the new process in a moment of its own: who comes before that may land elsewhere, which
  // is HAProxy's doing and counted like any loss. A cookie needs no memory.
  test("a reload loses nobody who has a cookie", async () => {
    const [lb] = stage.loadBalancers;
    if (lb === undefined) throw new Error("no load balancer");
    const pidOf = async () => /^Pid: (\d+)/m.exec(await askHaproxy(lb.socketPath, "show info").catch(() => ""))?.[1];
    const before = await pidOf();
    process.kill(lb.process.pid, "SIGUSR2");
    await until("another process answers", async () => {
      const pid = await pidOf();
      return pid !== undefined && pid !== before;
    });
    const { requests } = await statusWhen("a status", () => true);
    const now = await statusWhen("traffic after the reload", (seen) => seen.requests > requests + USERS / 2);
    const lost = Object.keys(now.lostByServer).filter((server) => !server.startsWith("CART/"));
    expect(lost, said.join("\n")).toEqual([]);
    expect(besidesResets(now.errorsByKind)).toEqual([]);
  });

  test("a wrong maintenance is visible: who was on the server loses the session", async () => {
    await setState("APP1/SRV2", "maint");
    const now = await statusWhen("lost sessions", (seen) => (seen.lostByServer["APP1/SRV2"] ?? 0) > 0);
    const others = Object.keys(now.lostByServer).filter((server) => !server.startsWith("CART/"));
    expect(others).toEqual(["APP1/SRV2"]);
    await until("the log says so", () =>
      said.some((line) =>
        /^lost session: user \d+ was on APP1\/SRV2, now on SRV[134] \(its cart of \d+ items? is gone\)$/.test(line),
      ),
    );
  });

  test("after a stop every process is gone, HAProxy's workers too", async () => {
    const workers = await Promise.all(
      stage.loadBalancers.map(async (lb) =>
        Number(/^Pid: (\d+)/m.exec(await askHaproxy(lb.socketPath, "show info"))?.[1]),
      ),
    );
    const pids = [...workers, ...stage.loadBalancers.map((lb) => lb.process.pid), stage.origins.pid, stage.users.pid];
    expect(pids.every(isAlive)).toBe(true);
    await stage.stop();
    await until("all of them are gone", () => !pids.some(isAlive));
    expect(died).toEqual([]);
    expect(besidesResets(status()?.errorsByKind ?? {})).toEqual([]);
  });
});

async function statRow(socketPath: string, backend: string, server: string): Promise<Record<string, string>> {
  const lines = (await askHaproxy(socketPath, "show stat -1 4 -1")).split("\n").map((line) => line.split(","));
  const [header = [], ...rows] = lines;
  const row = rows.find((cells) => cells[0] === backend && cells[1] === server) ?? [];
  return Object.fromEntries(header.map((name, at) => [name, row[at] ?? ""]));
}

/** A reload closes idle connections: a request that was just put on one of them is reset, as in life. */
function besidesResets(errorsByKind: Readonly<Record<string, number>>): string[] {
  return Object.keys(errorsByKind).filter((kind) => kind !== "ECONNRESET");
}

// P5: one change of 1,000 servers to every browser, through the real socket edge, against raw `ws` with the same bytes.
// Both make the delta and its JSON; only what carries it differs. Browsers are other processes on the same machine, so
// p99 contains their work too.

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { systemActor } from "#lib/auth/actor.ts";
import { diff, encodeSnapshot } from "#lib/wire/codec.ts";
import { createSocketEdge } from "#server/edge/socket/socket-edge.ts";
import { silentLog } from "#server/log.ts";
import { Crowd } from "./crowd.ts";
import { type Bench, type BenchContext, type Figure, sized } from "./figure.ts";
import { PushedFleet } from "./pushed-fleet.ts";
import { startRawWs } from "./raw-ws.ts";
import { cpuMs, median, quantile, ratio, short } from "./stats.ts";

const GOAL_RATIO = 1.4;
const GOAL_P99_MS = 50;
const WARM_UP = 3;
/** Apart, so that garbage of one round is not paid by the next. */
const BETWEEN_MS = 60;

export const broadcast: Bench = {
  ids: ["P5"],
  async run(context) {
    const counts = sized(context, { tiny: [5], quick: [100, 300], full: [100, 500, 1_000] });
    const figures: Figure[] = [];
    for (const count of counts) figures.push(await toBrowsers(context, count));
    return figures;
  },
};

async function toBrowsers(context: BenchContext, count: number): Promise<Figure> {
  context.say(`P5 broadcast to ${count}`);
  const servers = sized(context, { tiny: 50, quick: 1_000, full: 1_000 });
  const rounds = sized(context, { tiny: 2, quick: 8, full: 15 });
  const fleet = new PushedFleet(servers);
  await using edge = await startEdge(fleet);
  await using raw = await startRawWs(encodeSnapshot(fleet.views()[0] ?? fail()));
  await using toApp = new Crowd(1);
  await using toRaw = new Crowd(1);
  await toApp.join(count, { url: edge.url, token: "", via: "app" });
  await toRaw.join(count, { url: raw.url, token: "", via: "raw" });

  const appCpu: number[] = [];
  const rawCpu: number[] = [];
  const appP99: number[] = [];
  const rawP99: number[] = [];
  for (let round = -WARM_UP; round < rounds; round++) {
    const change = fleet.nextChange();
    const viaApp = async () => {
      const got = await measured(toApp, () => fleet.push(change));
      if (round >= 0) appCpu.push(got.cpuMs);
      if (round >= 0) appP99.push(got.p99Ms);
    };
    const viaRaw = async () => {
      const got = await measured(toRaw, () =>
        raw.broadcast(`42${JSON.stringify(["fleet:delta", diff(change.before, change.after, Date.now())])}`),
      );
      if (round >= 0) rawCpu.push(got.cpuMs);
      if (round >= 0) rawP99.push(got.p99Ms);
    };
    for (const side of round % 2 === 0 ? [viaApp, viaRaw] : [viaRaw, viaApp]) {
      await side();
      await sleep(BETWEEN_MS);
    }
  }
  const cpu = ratio(appCpu, rawCpu);
  const p99 = median(appP99);
  return {
    ...{ id: "P5", measure: `broadcast to ${count.toLocaleString("en")} browsers / raw ws, CPU` },
    ...{ figure: `${short(cpu)} x, p99 ${short(p99)} ms`, goal: `<= ${GOAL_RATIO} x, p99 <= ${GOAL_P99_MS} ms` },
    isMet: cpu <= GOAL_RATIO && p99 <= GOAL_P99_MS,
    peers: `CPU: app ${short(median(appCpu))} ms, raw ws ${short(median(rawCpu))} ms; raw p99 ${short(median(rawP99))} ms; ${servers.toLocaleString("en")} servers changed, browsers of each side in one process`,
    values: {
      count,
      cpuRatio: cpu,
      p99Ms: p99,
      appCpuMs: median(appCpu),
      rawCpuMs: median(rawCpu),
      rawP99Ms: median(rawP99),
    },
  };
}

async function measured(crowd: Crowd, send: () => void): Promise<{ cpuMs: number; p99Ms: number }> {
  const round = crowd.round();
  const cpu = process.cpuUsage();
  send();
  const latencyMs = await round;
  return { cpuMs: cpuMs(cpu), p99Ms: quantile(latencyMs, 0.99) };
}

async function startEdge(fleet: PushedFleet): Promise<{ url: string } & AsyncDisposable> {
  const httpServer = createServer();
  const edge = createSocketEdge({
    ...{ httpServer, fleet, log: silentLog, now: Date.now, build: "bench", newRequestId: () => "bench" },
    // Nobody changes anything here.
    commands: {
      setState: () => Promise.reject(fail()),
      setStates: () => Promise.reject(fail()),
      isChanging: () => false,
      lastChange: () => null,
      changed: () => undefined,
      onSet: () => () => undefined,
      onChange: () => () => undefined,
    },
    audit: { newestSeq: () => 0, onAppend: () => () => undefined, attempt: async () => {} },
    maintenances: { recent: () => [], onChange: () => () => undefined, plan: fail, start: fail, request: fail },
    auth: {
      credential: async () => ({ kind: "good", actor: systemActor, login: null }),
      credentialKey: () => "",
      presentedKey: () => "",
      onChange: () => () => undefined,
    },
    originAllowed: () => true,
    addressOf: () => "127.0.0.1",
  });
  httpServer.listen(0, "127.0.0.1");
  await once(httpServer, "listening");
  return {
    url: `http://127.0.0.1:${(httpServer.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      await edge.stop();
      httpServer.close();
    },
  };
}

function fail(): never {
  throw new Error("the pushed fleet has one load balancer and takes no commands");
}

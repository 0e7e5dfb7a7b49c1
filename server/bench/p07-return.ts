// P7: everybody comes back at once (the app was restarted, a network came back): connect, be checked, get the snapshot.
import { encodeSnapshot } from "#lib/wire/codec.ts";
import { startApp } from "./app.ts";
import { Crowd } from "./crowd.ts";
import { type Bench, sized } from "./figure.ts";
import { startHaproxy } from "./haproxy.ts";
import { startRawWs } from "./raw-ws.ts";
import { cpuMs, median, quantile, ratio, short } from "./stats.ts";

const GOAL_RATIO = 2;
const GOAL_P99_MS = 1_200;
/** A second between polls, and what a full event loop may add, before one counts as lost. */
const LOST_POLL_MS = 2_000;

export const comeBack: Bench = {
  ids: ["P7"],
  async run(context) {
    const count = sized(context, { tiny: 6, quick: 200, full: 500 });
    const servers = sized(context, { tiny: 60, quick: 1_000, full: 1_000 });
    const rounds = sized(context, { tiny: 1, quick: 3, full: 5 });
    context.say(`P7 ${count} browsers come back`);
    await using haproxy = await startHaproxy(context, { servers, requestsPerSec: 100 });
    await using running = await startApp([haproxy.socketPath]);
    const [poller] = running.app.fleet.pollers;
    if (poller === undefined) throw new Error("the app has no load balancer");
    await using raw = await startRawWs(encodeSnapshot(poller.view));
    await using crowd = new Crowd(1);
    const app = { cpu: [] as number[], p99: [] as number[] };
    const peer = { cpu: [] as number[], p99: [] as number[] };
    let longestMs = 0;
    let polledAtMs = Date.now();
    const stopListening = poller.onPublish(() => {
      longestMs = Math.max(longestMs, Date.now() - polledAtMs);
      polledAtMs = Date.now();
    });
    const visit = async (
      to: typeof app,
      where: { url: string; token: string; via: "app" | "raw" },
      counts: boolean,
    ) => {
      const cpu = process.cpuUsage();
      const readyMs = await crowd.join(count, where);
      if (counts) to.cpu.push(cpuMs(cpu));
      if (counts) to.p99.push(quantile(readyMs, 0.99));
      await crowd.leave();
    };
    for (let round = -1; round < rounds; round++) {
      const viaApp = () => visit(app, { url: running.url, token: running.token, via: "app" }, round >= 0);
      const viaRaw = () => visit(peer, { url: raw.url, token: "", via: "raw" }, round >= 0);
      for (const side of round % 2 === 0 ? [viaApp, viaRaw] : [viaRaw, viaApp]) await side();
    }
    stopListening();
    const cpu = ratio(app.cpu, peer.cpu);
    const p99 = median(app.p99);
    return [
      {
        ...{
          id: "P7",
          measure: `${count} browsers back at once / raw ws, CPU`,
          figure: `${short(cpu)} x, p99 ${short(p99)} ms`,
        },
        goal: `<= ${GOAL_RATIO} x, p99 <= ${GOAL_P99_MS} ms, no lost poll`,
        isMet: cpu <= GOAL_RATIO && p99 <= GOAL_P99_MS && longestMs <= LOST_POLL_MS,
        peers: `CPU: app ${short(median(app.cpu))} ms with its polls and sign-in checks, raw ws ${short(median(peer.cpu))} ms; raw p99 ${short(median(peer.p99))} ms; longest time between polls ${short(longestMs)} ms`,
        values: {
          cpuRatio: cpu,
          p99Ms: p99,
          appCpuMs: median(app.cpu),
          rawCpuMs: median(peer.cpu),
          longestPollMs: longestMs,
        },
      },
    ];
  },
};

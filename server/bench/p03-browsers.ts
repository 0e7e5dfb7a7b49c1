// P3: what browsers cost HAProxy. The app has one poller whatever their number; a stats page is rendered for each.
import { setTimeout as sleep } from "node:timers/promises";
import { startApp } from "./app.ts";
import { cpuMsOf } from "./cpu-of.ts";
import { Crowd } from "./crowd.ts";
import { type Bench, sized } from "./figure.ts";
import { startHaproxy } from "./haproxy.ts";
import { median, short } from "./stats.ts";

const BROWSERS = [0, 1, 100];
/** Medians of windows a few seconds long still differ by this much on a shared machine. */
const NOISE = 0.15;

export const browsers: Bench = {
  ids: ["P3"],
  async run(context) {
    context.say("P3 HAProxy's CPU");
    const servers = sized(context, { tiny: 60, quick: 1_000, full: 1_000 });
    const windowMs = sized(context, { tiny: 300, quick: 2_000, full: 4_000 });
    const rounds = sized(context, { tiny: 1, quick: 1, full: 3 });
    await using haproxy = await startHaproxy(context, { servers });
    const alone = await perSec(haproxy.pid, windowMs);
    const shares: number[][] = BROWSERS.map(() => []);
    {
      await using running = await startApp([haproxy.socketPath]);
      await using crowd = new Crowd(1);
      for (let round = 0; round < rounds; round++) {
        for (const [i, count] of BROWSERS.entries()) {
          if (count > 0) await crowd.join(count, { ...running, via: "app" });
          shares[i]?.push((await perSec(haproxy.pid, windowMs)) - alone);
          if (count > 0) await crowd.leave();
        }
      }
    }
    const [none = 0, one = 0, hundred = 0] = shares.map(median);
    const refreshMs = await refreshCost(
      haproxy.pid,
      haproxy.statsPageUrl,
      sized(context, { tiny: 2, quick: 10, full: 20 }),
    );
    const growth = hundred / none;
    return [
      {
        ...{ id: "P3", measure: `HAProxy's CPU, 100 browsers / none, ${servers.toLocaleString("en")} servers` },
        ...{
          figure: `${short(growth)} x`,
          goal: `1 x (noise ${NOISE * 100} %)`,
          isMet: Number.isNaN(growth) ? null : growth <= 1 + NOISE,
        },
        peers: `0, 1, 100 browsers: ${[none, one, hundred].map((ms) => `${short(ms / 10)} %`).join(", ")} of a core; stats page ${short(refreshMs)} ms a refresh: 100 browsers once a second would need ${short((refreshMs * 100) / 10)} % (computed)`,
        values: { none, one, hundred, refreshMs },
      },
    ];
  },
};

/** CPU milliseconds a second. */
async function perSec(pid: number, windowMs: number): Promise<number> {
  const began = performance.now();
  const before = cpuMsOf(pid);
  await sleep(windowMs);
  return ((cpuMsOf(pid) - before) * 1000) / (performance.now() - began);
}

async function refreshCost(pid: number, url: string, times: number): Promise<number> {
  const before = cpuMsOf(pid);
  for (let i = 0; i < times; i++) await (await fetch(url)).arrayBuffer();
  return (cpuMsOf(pid) - before) / times;
}

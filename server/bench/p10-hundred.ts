// P10: a hundred load balancers of 200 servers at one poll a second each. A hundred HAProxy processes do not fit on a
// small machine, so one answers at a hundred sockets: the app sees a hundred load balancers whose real counters move.
import { setTimeout as sleep } from "node:timers/promises";
import { startApp } from "./app.ts";
import { cpuMsOf } from "./cpu-of.ts";
import { Crowd } from "./crowd.ts";
import { type Bench, sized } from "./figure.ts";
import { startHaproxy } from "./haproxy.ts";
import { cpuMs, short } from "./stats.ts";

const GOAL_PERCENT = 40;

export const hundred: Bench = {
  ids: ["P10"],
  async run(context) {
    const lbs = sized(context, { tiny: 3, quick: 100, full: 100 });
    const windowMs = sized(context, { tiny: 1_000, quick: 5_000, full: 12_000 });
    context.say(`P10 ${lbs} load balancers`);
    await using haproxy = await startHaproxy(context, {
      servers: 200,
      requestsPerSec: 200,
      extraSockets: lbs,
      checksPerSec: 100,
    });
    await using running = await startApp(haproxy.extraSocketPaths);
    await using crowd = new Crowd(1);
    await sleep(sized(context, { tiny: 0, quick: 2_000, full: 5_000 }));
    const without = await percent(windowMs);
    const revsBefore = revisions();
    await crowd.join(1, { ...running, via: "app" });
    const haproxyBefore = cpuMsOf(haproxy.pid);
    const withOne = await percent(windowMs);
    const haproxyShare = ((cpuMsOf(haproxy.pid) - haproxyBefore) / windowMs) * 100;
    const perSec = ((revisions() - revsBefore) / windowMs) * 1000;
    function revisions(): number {
      return running.app.fleet.pollers.reduce((sum, poller) => sum + poller.view.rev, 0);
    }
    return [
      {
        ...{
          id: "P10",
          measure: `${lbs} load balancers of 200 servers at 1 Hz`,
          figure: `${short(without)} % of a core`,
        },
        ...{ goal: `<= ${GOAL_PERCENT} %`, isMet: without <= GOAL_PERCENT },
        peers: `with one browser ${short(withOne)} %; ${short(perSec)} polls a second; HAProxy itself ${short(haproxyShare)} % (one process at ${lbs} sockets)`,
        values: { without, withOne, perSec, haproxyShare },
      },
    ];
  },
};

async function percent(windowMs: number): Promise<number> {
  const began = performance.now();
  const cpu = process.cpuUsage();
  await sleep(windowMs);
  return (cpuMs(cpu) / (performance.now() - began)) * 100;
}

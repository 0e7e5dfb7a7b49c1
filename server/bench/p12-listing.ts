// P12: what it costs HAProxy and its traffic that tunnels are counted while a server drains: one `show sess` now and then.
import { setTimeout as sleep } from "node:timers/promises";
import { PACE } from "#server/maintenance/tunnel-counts.ts";
import { type Bench, sized } from "./figure.ts";
import { startHaproxy } from "./haproxy.ts";
import { requestTimes } from "./request-times.ts";
import { median, quantile, ratio, short } from "./stats.ts";

const GOAL = 1.3;

export const listing: Bench = {
  ids: ["P12"],
  async run(context) {
    context.say("P12 sessions listed while traffic goes on");
    const tunnels = sized(context, { tiny: 50, quick: 2_000, full: 5_000 });
    const windowMs = sized(context, { tiny: 150, quick: 3_000, full: PACE.everyMs });
    const rounds = sized(context, { tiny: 1, quick: 2, full: 4 });
    await using haproxy = await startHaproxy(context, { servers: 20, tunnels });
    const listMs: number[] = [];
    const list = async () => {
      const began = performance.now();
      await haproxy.ask("show info;show sess");
      listMs.push(performance.now() - began);
    };
    await list();
    const without: number[] = [];
    const during: number[] = [];
    for (let round = 0; round < rounds; round++) {
      without.push(quantile(await requestTimes(haproxy.frontPort, windowMs), 0.99));
      const listed = sleep(windowMs / 2).then(list);
      during.push(quantile(await requestTimes(haproxy.frontPort, windowMs), 0.99));
      await listed;
    }
    const growth = ratio(during, without);
    const tookMs = median(listMs);
    const share = tookMs / Math.max(PACE.everyMs, tookMs / PACE.maxShare);
    return [
      {
        ...{
          id: "P12",
          measure: `traffic p99 while ${tunnels.toLocaleString("en")} sessions are listed at the app's pace / not`,
        },
        ...{ figure: `${short(growth)} x`, goal: `<= ${GOAL} x`, isMet: growth <= GOAL },
        peers: `one list takes ${short(tookMs)} ms: ${short(share * 100)} % of the time; p99 ${short(median(during))} and ${short(median(without))} ms`,
        values: { growth, tookMs, share, p99During: median(during), p99Without: median(without) },
      },
    ];
  },
};

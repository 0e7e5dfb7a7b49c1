// P12, the other half: somebody looks at a server with ten thousand sessions, and its list is read at the page's pace. Beside
// it what a person does by hand: the whole list once a second.
import { setTimeout as sleep } from "node:timers/promises";
import { READ_AGAIN_MS } from "#server/edge/socket/server-events.ts";
import { knowsFilter } from "#server/fleet/list-sessions.ts";
import { type Bench, type BenchContext, sized } from "./figure.ts";
import { type BenchHaproxy, startHaproxy } from "./haproxy.ts";
import { requestTimes } from "./request-times.ts";
import { median, quantile, ratio, short } from "./stats.ts";

const GOAL = 1.3;
/** A process may have 20,000 descriptors on many machines, and a session takes two, of HAProxy and of its users alike. */
const SESSIONS = 9_800;
const BY_HAND_MS = 1_000;

export const followed: Bench = {
  ids: ["P12"],
  async run(context) {
    context.say("P12 one server's sessions followed while traffic goes on");
    const tunnels = sized(context, { tiny: 50, quick: 2_000, full: SESSIONS });
    const windowMs = sized(context, { tiny: 150, quick: 2 * READ_AGAIN_MS, full: 4 * READ_AGAIN_MS });
    const rounds = sized(context, { tiny: 1, quick: 2, full: 4 });
    await using haproxy = await startHaproxy(context, { servers: 20, tunnels });
    const listMs: number[] = [];
    const p99 = { without: [] as number[], page: [] as number[], byHand: [] as number[] };
    const line = pageLine(context);
    for (let round = 0; round < rounds; round++) {
      p99.without.push(await p99Of(haproxy, windowMs, null));
      p99.page.push(await p99Of(haproxy, windowMs, { line, everyMs: Math.min(READ_AGAIN_MS, windowMs / 2), listMs }));
      p99.byHand.push(
        await p99Of(haproxy, windowMs, { line: "show sess", everyMs: Math.min(BY_HAND_MS, windowMs / 2), listMs: [] }),
      );
    }
    const listed = (await haproxy.ask("show sess")).toString("latin1").split(" srv=t1 ").length - 1;
    const growth = ratio(p99.page, p99.without);
    const byHand = ratio(p99.byHand, p99.without);
    const tookMs = median(listMs);
    return [
      {
        ...{
          id: "P12",
          measure: `traffic p99 while a page follows one server's ${listed.toLocaleString("en")} sessions / not`,
        },
        ...{ figure: `${short(growth)} x`, goal: `<= ${GOAL} x`, isMet: growth <= GOAL },
        peers: `show sess at 1 Hz: ${short(byHand)} x; one list takes ${short(tookMs)} ms; p99 ${short(median(p99.page))} and ${short(median(p99.without))} ms`,
        values: { growth, listed, byHand, tookMs, p99Page: median(p99.page), p99Without: median(p99.without) },
      },
    ];
  },
};

/** As the app asks: the server alone where HAProxy can pick it out. */
function pageLine({ haproxyVersion }: BenchContext): string {
  return knowsFilter(haproxyVersion) ? "show info;show sess server tunnels/t1 show-uri" : "show info;show sess";
}

async function p99Of(
  haproxy: BenchHaproxy,
  windowMs: number,
  listing: { line: string; everyMs: number; listMs: number[] } | null,
): Promise<number> {
  const stop = new AbortController();
  const listed = listing === null ? null : list(haproxy, listing, stop.signal);
  const times = await requestTimes(haproxy.frontPort, windowMs);
  stop.abort();
  await listed;
  return quantile(times, 0.99);
}

async function list(
  haproxy: BenchHaproxy,
  { line, everyMs, listMs }: { line: string; everyMs: number; listMs: number[] },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const began = performance.now();
    await haproxy.ask(line);
    listMs.push(performance.now() - began);
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
}

// P6: from HAProxy to a browser. A process of its own is both the colleague who changes a state over HAProxy's socket and
// the browser that waits to see it.
import type { RuntimeClient } from "#server/runtime/client.ts";
import { startApp } from "./app.ts";
import { startHelper } from "./children.ts";
import { type Bench, type Figure, sized } from "./figure.ts";
import { startHaproxy } from "./haproxy.ts";
import type { WatchMode, WatchOrder, WatchWord } from "./p06-watcher-child.ts";
import { quantile, short } from "./stats.ts";

const GOALS = { idle: 550, draining: 130, own: 10 };
const WHAT = {
  idle: "change made elsewhere -> browser, idle",
  draining: "change made elsewhere -> browser, while one drains",
  own: "own command, HAProxy's answer -> browser",
} as const;

export const latency: Bench = {
  ids: ["P6"],
  async run(context) {
    context.say("P6 latency");
    const rounds = {
      idle: sized(context, { tiny: 1, quick: 12, full: 40 }),
      draining: sized(context, { tiny: 1, quick: 20, full: 60 }),
      own: sized(context, { tiny: 2, quick: 20, full: 60 }),
    };
    await using haproxy = await startHaproxy(context, { servers: 200, requestsPerSec: 50 });
    await using running = await startApp([haproxy.socketPath]);
    const answeredAt = answersOf(running.app.fleet.poller("lb1")?.client);
    const watcher = startHelper<WatchOrder, WatchWord>("./p06-watcher-child.ts");
    try {
      watcher.send({ kind: "follow", url: running.url, token: running.token, socketPath: haproxy.socketPath });
      await watcher.next("following");
      const figures: Figure[] = [];
      for (const mode of ["idle", "draining", "own"] as const) {
        if (mode === "draining") {
          await haproxy.ask("set server app-1/web-1-0 state drain");
          await running.app.fleet.pollNow(["lb1"]);
        }
        answeredAt.length = 0;
        watcher.send({ kind: "measure", mode, rounds: rounds[mode] });
        const { rounds: seen } = await watcher.next("measured", 120_000);
        if (mode === "draining") await haproxy.ask("set server app-1/web-1-0 state ready");
        const fromClickMs = seen.map(({ beganAt, shownAt }) => shownAt - beganAt);
        const latencyMs =
          mode === "own" ? seen.map(({ shownAt }, i) => shownAt - (answeredAt[i] ?? Number.NaN)) : fromClickMs;
        figures.push(figureOf(mode, latencyMs, fromClickMs));
      }
      return figures;
    } finally {
      await watcher.stop();
    }
  },
};

function figureOf(mode: WatchMode, latencyMs: readonly number[], fromClickMs: readonly number[]): Figure {
  const p50 = quantile(latencyMs, 0.5);
  const p99 = quantile(latencyMs, 0.99);
  const clickP50 = quantile(fromClickMs, 0.5);
  return {
    ...{ id: "P6", measure: WHAT[mode], figure: `p50 ${short(p50)} ms, p99 ${short(p99)} ms` },
    ...{ goal: `p50 <= ${GOALS[mode]} ms`, isMet: p50 <= GOALS[mode] },
    peers:
      mode === "own"
        ? `from the click, guard and audit included: p50 ${short(clickP50)} ms, p99 ${short(quantile(fromClickMs, 0.99))} ms`
        : "a page refreshed every 5 s: p50 2,500 ms (computed)",
    values: { p50, p99, clickP50, rounds: latencyMs.length },
  };
}

/** When HAProxy's answer to each state change had come, on the clock the watcher uses. */
function answersOf(client: RuntimeClient | undefined): number[] {
  if (client === undefined) throw new Error("the app has no load balancer");
  const answeredAt: number[] = [];
  const send = client.send.bind(client);
  client.send = async (command, signal) => {
    const text = await send(command, signal);
    if (command.kind === "set-state") answeredAt.push(performance.timeOrigin + performance.now());
    return text;
  };
  return answeredAt;
}

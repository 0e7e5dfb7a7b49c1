// P4: bytes on the wire, a changed server and a browser; and what a fleet sends in which nothing happens.
import { setTimeout as sleep } from "node:timers/promises";
import type { LoadBalancerDelta } from "#lib/wire/events.ts";
import { serverFields } from "#lib/wire/fields.ts";
import { startApp } from "./app.ts";
import { countRows } from "./count-rows.ts";
import { Crowd } from "./crowd.ts";
import { type Bench, type BenchContext, type Figure, sized } from "./figure.ts";
import { startHaproxy } from "./haproxy.ts";
import { short } from "./stats.ts";

const GOAL_BYTES = 45;

export const bytes: Bench = {
  ids: ["P4"],
  async run(context) {
    context.say("P4 bytes on the wire");
    return [await busy(context), await idle(context)];
  },
};

async function busy(context: BenchContext): Promise<Figure> {
  const servers = sized(context, { tiny: 60, quick: 1_000, full: 1_000 });
  const { sent, row } = await watched(context, servers, 200);
  const changed = sent.deltas.reduce((sum, delta) => sum + countRows(delta.servers ?? [], serverFields.length), 0);
  const perServer = sent.bytes / changed;
  return {
    ...{ id: "P4", measure: "bytes per changed server per browser", figure: `${short(perServer)} B` },
    ...{ goal: `<= ${GOAL_BYTES} B`, isMet: perServer <= GOAL_BYTES },
    peers: `full JSON rows ${row} B; ${changed} changes in ${sent.deltas.length} deltas, heads and backends included`,
    values: { perServer, changed, row },
  };
}

async function idle(context: BenchContext): Promise<Figure> {
  const { sent } = await watched(context, 100, 0);
  const perPoll = sent.bytes / Math.max(1, sent.deltas.length);
  const isQuiet = sent.deltas.every((delta) => delta.servers === undefined && delta.backends === undefined);
  return {
    ...{ id: "P4", measure: "idle fleet, bytes a poll per browser", figure: `${short(perPoll)} B` },
    ...{ goal: "heartbeats only", isMet: isQuiet, peers: `${sent.deltas.length} polls, no row in any of them` },
    values: { perPoll },
  };
}

async function watched(context: BenchContext, servers: number, requestsPerSec: number) {
  await using haproxy = await startHaproxy(context, { servers, requestsPerSec });
  await using running = await startApp([haproxy.socketPath]);
  await using crowd = new Crowd(1);
  // Rates are averaged over five seconds and a poll ends the first of them: let the beginning pass.
  await sleep(sized(context, { tiny: 1_000, quick: 7_000, full: 7_000 }));
  await crowd.join(1, { ...running, via: "app" });
  const sent = await crowd.bytes(() => sleep(sized(context, { tiny: 5_000, quick: 5_000, full: 10_000 })));
  const row = Buffer.byteLength(JSON.stringify(running.app.fleet.pollers[0]?.view.servers[0]));
  const deltas = sent.deltas.map((text) => JSON.parse(text) as LoadBalancerDelta);
  return { sent: { bytes: sent.bytes, deltas }, row };
}

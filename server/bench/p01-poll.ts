// P1: read + parse + diff of a poll against reading the same bytes and throwing them away. P2: the parser against others.

import { setTimeout as sleep } from "node:timers/promises";
import { parse as csvParse } from "csv-parse/sync";
import papaparse from "papaparse";
import { statColumns } from "#lib/fleet/columns.ts";
import { LoadBalancerModel } from "#lib/fleet/model.ts";
import { aHead } from "#lib/fleet/testing.ts";
import type { LoadBalancerView } from "#lib/fleet/view.ts";
import { OBSERVE_LINE } from "#lib/haproxy/command.ts";
import { DeltaTable } from "#lib/haproxy/delta-table.ts";
import { diff } from "#lib/wire/codec.ts";
import { RuntimeClient } from "#server/runtime/client.ts";
import { type Bench, type BenchContext, type Figure, sized } from "./figure.ts";
import { readAndDiscard, startHaproxy } from "./haproxy.ts";
import { cpuMs, median, ratio, short } from "./stats.ts";

const GOAL_RATIO = 1.3;
const GOAL_CPU_US = 1.5;
const GOAL_TIMES_FASTER = 40;
/** The board's own rhythm: less, and the columns that tick each second would stand still. */
const POLL_MS = 1_000;
const WARM_UP = 3;
const PARSE_ROUNDS = 5;

export const poll: Bench = {
  ids: ["P1", "P2"],
  async run(context) {
    const sizes = sized(context, { tiny: [100], quick: [1_000, 5_000], full: [1_000, 5_000, 20_000] });
    const figures: Figure[] = [];
    for (const servers of sizes) figures.push(...(await atSize(context, servers)));
    return figures;
  },
};

async function atSize(context: BenchContext, servers: number): Promise<Figure[]> {
  const rounds = sized(context, { tiny: 2, quick: 7, full: 15 });
  context.say(`P1 ${servers} servers`);
  await using haproxy = await startHaproxy(context, { servers, requestsPerSec: 200, checksPerSec: 100 });
  const app = new Follower(haproxy.socketPath);
  const rawMs: number[] = [];
  const rawCpuMs: number[] = [];
  const appMs: number[] = [];
  const appCpuMs: number[] = [];
  const changedRows: number[] = [];
  const dumps: Buffer[] = [];
  // An app that runs for weeks runs optimised code.
  for (let i = 0; i < sized(context, { tiny: 1, quick: 30, full: 60 }); i++) await app.poll();
  for (let round = -WARM_UP; round < rounds; round++) {
    await sleep(context.isTiny ? 50 : POLL_MS);
    const measured = { raw: { wallMs: 0, cpuMs: 0 }, app: { wallMs: 0, cpuMs: 0 } };
    const raw = async () => {
      measured.raw = await timed(() => readAndDiscard(haproxy.socketPath, OBSERVE_LINE));
    };
    const ours = async () => {
      measured.app = await timed(() => app.poll());
    };
    for (const side of round % 2 === 0 ? [raw, ours] : [ours, raw]) await side();
    dumps.push(app.statBytes());
    if (dumps.length > PARSE_ROUNDS) dumps.shift();
    if (round < 0) continue;
    rawMs.push(measured.raw.wallMs);
    rawCpuMs.push(measured.raw.cpuMs);
    appMs.push(measured.app.wallMs);
    appCpuMs.push(measured.app.cpuMs);
    changedRows.push(app.changedRows);
  }
  const parsers = compareParsers(dumps);
  const wall = ratio(appMs, rawMs);
  const perServerUs = (ms: number) => (ms * 1000) / servers;
  const cpuUs = perServerUs(median(appCpuMs));
  const overRawUs = perServerUs(median(appCpuMs.map((ms, i) => ms - (rawCpuMs[i] ?? 0))));
  const timesFaster = parsers.csvParseMs / parsers.oursMs;
  const what = `${servers.toLocaleString("en")} servers`;
  const withParser = (ms: number) => (median(rawMs) + ms) / median(rawMs);
  return [
    {
      ...{ id: "P1", measure: `poll + parse + diff / raw read, ${what}`, figure: `${short(wall)} x` },
      ...{ goal: `<= ${GOAL_RATIO} x`, isMet: wall <= GOAL_RATIO },
      peers: `raw ${short(median(rawMs))} ms, app ${short(median(appMs))} ms, ${median(changedRows)} rows changed; raw + papaparse ${short(withParser(parsers.papaparseMs))} x, raw + csv-parse ${short(withParser(parsers.csvParseMs))} x`,
      values: { servers, wallRatio: wall, rawMs: median(rawMs), appMs: median(appMs) },
    },
    {
      ...{ id: "P1", measure: `app CPU a server, ${what}`, figure: `${short(overRawUs)} us` },
      ...{ goal: `<= ${GOAL_CPU_US} us`, isMet: overRawUs <= GOAL_CPU_US },
      peers: `over the raw read's own ${short(perServerUs(median(rawCpuMs)))} us; both together ${short(cpuUs)} us`,
      values: { servers, overRawUs, cpuUs },
    },
    {
      ...{ id: "P2", measure: `parser against csv-parse, ${what}`, figure: `${short(timesFaster)} x faster` },
      ...{ goal: `>= ${GOAL_TIMES_FASTER} x`, isMet: timesFaster >= GOAL_TIMES_FASTER },
      peers: `ours ${short(parsers.oursMs)} ms, papaparse ${short(parsers.papaparseMs)} ms, csv-parse ${short(parsers.csvParseMs)} ms`,
      values: { servers, ...parsers, timesFaster },
    },
  ];
}

/** What the poller and the socket edge do with a reply, without the clock. */
class Follower {
  readonly #client: RuntimeClient;
  readonly #model = new LoadBalancerModel();
  #view: LoadBalancerView = { head: aHead("lb1"), epoch: "bench.0", rev: 0, backends: [], servers: [] };
  #stat: Buffer = Buffer.alloc(0);
  changedRows = 0;

  constructor(path: string) {
    this.#client = new RuntimeClient({ name: "lb1", address: { kind: "unix", path } });
  }

  async poll(): Promise<void> {
    const reply = await this.#client.observe();
    const seen = this.#model.observe(reply.bytes, reply, reply.receivedAtMs);
    if (!seen.ok) throw new Error(seen.failure.message);
    const before = this.#view;
    const { backends, servers } = seen;
    this.#view = { head: before.head, epoch: before.epoch, rev: before.rev + 1, backends, servers };
    if (!seen.isNewLayout) diff(before, this.#view, reply.receivedAtMs);
    this.changedRows = servers.reduce((count, row, i) => count + (row === before.servers[i] ? 0 : 1), 0);
    this.#stat = reply.bytes.subarray(reply.stat.start, reply.stat.end);
  }

  statBytes(): Buffer {
    return this.#stat;
  }
}

async function timed(work: () => Promise<unknown>): Promise<{ wallMs: number; cpuMs: number }> {
  const cpu = process.cpuUsage();
  const began = performance.now();
  await work();
  return { wallMs: performance.now() - began, cpuMs: cpuMs(cpu) };
}

function compareParsers(dumps: readonly Buffer[]) {
  const table = new DeltaTable({ columns: statColumns.specs, separator: ",", key: ["pxname", "svname", "type"] });
  const oursMs: number[] = [];
  const csvParseMs: number[] = [];
  const papaparseMs: number[] = [];
  const clock = (to: number[], work: () => void) => {
    const began = performance.now();
    work();
    to.push(performance.now() - began);
  };
  for (let warm = 0; warm < 3; warm++) for (const dump of dumps) table.read(dump, 0, dump.length);
  for (const dump of dumps) {
    clock(oursMs, () => table.read(dump, 0, dump.length));
    clock(csvParseMs, () => csvParse(dump));
    clock(papaparseMs, () => papaparse.parse(dump.toString("utf8")));
  }
  return { oursMs: median(oursMs), csvParseMs: median(csvParseMs), papaparseMs: median(papaparseMs) };
}

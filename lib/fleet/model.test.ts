import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { splitObserve } from "#lib/haproxy/reply.ts";
import { LoadBalancerModel, type Observation } from "./model.ts";

const versions = ["2.2", "2.6", "3.0", "3.2"];

function fixture(version: string): string {
  return readFileSync(new URL(`../haproxy/fixtures/${version}/observe.txt`, import.meta.url), "utf8");
}

function observe(model: LoadBalancerModel, text: string, atMs: number): Observation {
  const bytes = Buffer.from(text);
  const blocks = splitObserve(bytes);
  if (!blocks.ok) throw new Error(blocks.message);
  return model.observe(bytes, blocks, atMs);
}

function seen(observation: Observation): Extract<Observation, { ok: true }> {
  if (!observation.ok) throw new Error(observation.failure.message);
  return observation;
}

describe.each(versions)("HAProxy %s", (version) => {
  test("every server of show stat becomes a row with the admin state of show servers state", () => {
    const { servers, backends, problems } = seen(observe(new LoadBalancerModel(), fixture(version), 1_000_000_000));
    expect(problems).toEqual([]);
    expect(servers.length).toBeGreaterThan(10);
    expect(backends.length).toBeGreaterThan(3);
    const text = fixture(version);
    for (const server of servers) {
      const line = text
        .split("\n")
        .find((one) => one.split(" ")[1] === server.backend && one.split(" ")[3] === server.server);
      expect(server.adminBits, server.id).toBe(Number(line?.split(" ")[6]));
    }
  });

  test("the same reply again changes no row", () => {
    const model = new LoadBalancerModel();
    const first = seen(observe(model, fixture(version), 1_000_000_000));
    const second = seen(observe(model, fixture(version), 1_000_000_250));
    expect(second.isNewLayout).toBe(false);
    expect(second.servers).toBe(first.servers);
    expect(second.backends).toBe(first.backends);
  });

  test("a reply of a process that was replaced is refused, and the new one stays", () => {
    const model = new LoadBalancerModel();
    const old = fixture(version);
    const pid = /^Pid: (\d+)$/m.exec(old)?.[1];
    const reloaded = old
      .replace(`Pid: ${pid}`, "Pid: 4000001")
      .replace(/^(Start_time_sec: )(\d+)$/m, (_, key, at) => `${key}${Number(at) + 60}`)
      .replace(/^Uptime_sec: \d+$/m, "Uptime_sec: 0");
    seen(observe(model, old, 1_000_000_000));
    const next = seen(observe(model, reloaded, 1_000_060_000));
    expect(next.isNewProcess).toBe(true);
    const aged = old.replace(/^(Uptime_sec: )(\d+)$/m, (_, key, sec) => `${key}${Number(sec) + 60}`);
    const late = observe(model, aged, 1_000_060_100);
    expect(late).toMatchObject({ ok: false, failure: { code: "old-process" } });
    expect(model.process?.pid).toBe(4_000_001);
  });

  test("a reply without a column that numbers hang on is unreadable, not zero", () => {
    const model = new LoadBalancerModel();
    const broken = fixture(version).replace(",scur,", ",scurr,");
    expect(observe(model, broken, 1_000_000_000)).toMatchObject({ ok: false, failure: { code: "unreadable" } });
  });
});

/** One backend, one server, with the counters given. */
function reply(facts: {
  pid?: number;
  start?: number;
  scur?: number;
  stot?: number;
  lastsess?: number;
  bits?: number;
  servers?: string[];
  uptime?: number;
}): string {
  const { pid = 7, start = 900, scur = 0, stot = 0, lastsess = -1, bits = 0, servers = ["s1"], uptime = 5 } = facts;
  const rows = servers
    .map(
      (name, i) =>
        `b,${name},0,${scur},${stot},${bits & 1 ? "MAINT" : "UP"},1,1,0,1,2,${i + 1},${lastsess},127.0.0.1:80,\n`,
    )
    .join("");
  const states = servers.map((name, i) => `2 b ${i + 1} ${name} 127.0.0.1 2 ${bits} 1 1\n`).join("");
  return (
    `Name: HAProxy\nVersion: 3.2.0\nUptime_sec: ${uptime}\nPid: ${pid}\nStart_time_sec: ${start}\nStopping: 0\n\n` +
    `# pxname,svname,qcur,scur,stot,status,weight,act,bck,lastchg,type,sid,lastsess,addr,\n${rows}` +
    `b,BACKEND,0,${scur},${stot},UP,1,1,0,1,1,0,${lastsess},,\n\n` +
    `1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight\n${states}\n`
  );
}

/** 2.2: without Start_time_sec. */
function reply22(facts: Parameters<typeof reply>[0]): string {
  return reply(facts).replace(/^Start_time_sec: .*\n/m, "");
}

describe("which process answers", () => {
  test.each([-3_600, -60, 60, 3_600])("2.2, the app's clock is set by %i s: the same process goes on", (stepSec) => {
    const model = new LoadBalancerModel();
    seen(observe(model, reply22({ uptime: 1_000 }), 1_000_000_000));
    for (let sec = 1; sec <= 60; sec++) {
      const next = seen(observe(model, reply22({ uptime: 1_000 + sec }), 1_000_000_000 + (sec + stepSec) * 1_000));
      expect(next.isNewProcess).toBe(false);
    }
    const restarted = observe(model, reply22({ uptime: 2 }), 1_000_000_000 + (63 + stepSec) * 1_000);
    expect(seen(restarted).isNewProcess).toBe(true);
  });

  test("an address that goes to a standby and comes back is believed once the first process alone answers", () => {
    const model = new LoadBalancerModel();
    seen(observe(model, reply({ pid: 7, start: 900 }), 1_000_000));
    seen(observe(model, reply({ pid: 8, start: 990 }), 1_001_000));
    const answers = [2, 3, 4, 5, 6, 7, 8].map((sec) =>
      observe(model, reply({ pid: 7, start: 900 }), 1_000_000 + sec * 1_000),
    );
    expect(answers.map((one) => one.ok)).toEqual([false, false, false, false, false, true, true]);
    expect(seen(answers[5]!).isNewProcess).toBe(true);
    expect(seen(answers[6]!).isNewProcess).toBe(false);
  });

  test("a restart after HAProxy's clock was set back is a new process", () => {
    const model = new LoadBalancerModel();
    seen(observe(model, reply({ pid: 7, start: 5_000, uptime: 100 }), 1_000_000));
    expect(seen(observe(model, reply({ pid: 8, start: 1_400, uptime: 1 }), 1_002_000)).isNewProcess).toBe(true);
  });

  test("one that says it is older is refused, and believed when it alone goes on answering", () => {
    const model = new LoadBalancerModel();
    seen(observe(model, reply({ pid: 7, start: 990, uptime: 10 }), 1_000_000));
    const answers = [1, 2, 3, 4, 5, 6].map((sec) =>
      observe(model, reply({ pid: 8, start: 400, uptime: 600 + sec }), 1_000_000 + sec * 1_000),
    );
    expect(answers.map((one) => one.ok)).toEqual([false, false, false, false, false, true]);
  });

  test("a process that is stopping is never believed, however long it answers", () => {
    const model = new LoadBalancerModel();
    seen(observe(model, reply({ pid: 8, start: 990 }), 1_000_000));
    const stopping = reply({ pid: 7, start: 900 }).replace("Stopping: 0", "Stopping: 1");
    for (let sec = 1; sec < 60; sec++) expect(observe(model, stopping, 1_000_000 + sec * 1_000).ok).toBe(false);
  });
});

describe("counters", () => {
  test.each([
    ["polled every 2 s", [2, 4, 6, 8, 10, 12, 14]],
    ["polled every 7 s", [7, 14, 21, 28]],
    ["a second that no poll fell into", [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16]],
    ["after two minutes without an answer", [1, 2, 3, 4, 5, 6, 120, 121, 122, 123, 124, 125, 126, 127]],
  ])("ten arrivals a second are ten: %s", (_name, secs) => {
    const model = new LoadBalancerModel();
    const rateAt = (sec: number) =>
      seen(observe(model, reply({ stot: 5_000 + sec * 10, lastsess: 0 }), 1_000_000 + sec * 1_000)).servers[0]!
        .arrivalsPerSec;
    rateAt(0);
    expect(secs.map(rateAt)).toEqual(secs.map(() => 10));
  });

  test("a server that is added, or a reply that could not be read, does not change the arrivals of the others", () => {
    const model = new LoadBalancerModel();
    const at = (sec: number, servers: string[]) =>
      observe(model, reply({ stot: 5_000 + sec * 10, lastsess: 0, servers }), 1_000_000 + sec * 1_000);
    for (let sec = 0; sec < 8; sec++) at(sec, ["s1"]);
    const rates = [8, 9, 10].map((sec) => seen(at(sec, ["s1", "s2"])).servers[0]!.arrivalsPerSec);
    expect(rates).toEqual([10, 10, 10]);
  });

  test("arrivals a second come from stot, averaged over a few seconds, and fall back to zero", () => {
    const model = new LoadBalancerModel();
    const rates: number[] = [];
    for (let sec = 0; sec < 20; sec++) {
      const stot = 100 + Math.min(sec, 10) * 4;
      rates.push(seen(observe(model, reply({ stot, lastsess: 0 }), 1_000_000 + sec * 1000)).servers[0]!.arrivalsPerSec);
    }
    expect(rates.slice(2, 11)).toEqual(Array(9).fill(4));
    expect(rates.at(-1)).toBe(0);
  });

  test("counters that restart never give a negative rate, nor a quiet that was not", () => {
    const model = new LoadBalancerModel();
    seen(observe(model, reply({ stot: 500, lastsess: 0 }), 1_000_000));
    const cleared = seen(observe(model, reply({ stot: 0, lastsess: -1 }), 1_003_000)).servers[0]!;
    expect(cleared.arrivalsPerSec).toBe(0);
    expect(cleared.lastArrivalAt).toBe(1_000);
    const reloaded = seen(observe(model, reply({ pid: 8, start: 1_010, stot: 3, lastsess: 0 }), 1_012_000)).servers[0]!;
    expect(reloaded.arrivalsPerSec).toBe(0);
    expect(reloaded.lastArrivalAt).toBe(1_012);
  });

  test("lastArrivalAt does not flicker with the rounding of lastsess", () => {
    const model = new LoadBalancerModel();
    const at: (number | null)[] = [];
    for (const [ms, lastsess] of [
      [1_000_900, 10],
      [1_001_100, 10],
      [1_002_000, 11],
      [1_002_900, 12],
      [1_003_050, 12],
    ] as const) {
      at.push(seen(observe(model, reply({ stot: 5, lastsess }), ms)).servers[0]!.lastArrivalAt);
    }
    expect(new Set(at)).toEqual(new Set([990]));
  });

  test("no arrival since the process started: quiet since then, no longer", () => {
    const model = new LoadBalancerModel();
    expect(seen(observe(model, reply({ lastsess: -1 }), 1_000_000)).servers[0]!.lastArrivalAt).toBe(995);
  });

  test("what a full glass stands for follows the last hour's peak while ready", () => {
    const model = new LoadBalancerModel();
    const referenceAt = (scur: number, bits: number, sec: number) =>
      seen(observe(model, reply({ scur, bits }), 1_000_000 + sec * 1000)).servers[0]!.reference;
    expect(referenceAt(40, 0, 0)).toBe(40);
    expect(referenceAt(12, 0, 1)).toBe(40);
    expect(referenceAt(12, 0, 1_800)).toBe(40);
    expect(referenceAt(12, 0, 3_700)).toBe(12);
  });

  test("when drain is seen it freezes at what there was to drain, and grows only when more come back", () => {
    const model = new LoadBalancerModel();
    const referenceAt = (scur: number, bits: number, sec: number) =>
      seen(observe(model, reply({ scur, bits }), 1_000_000 + sec * 1000)).servers[0]!.reference;
    expect(referenceAt(40, 0, 0)).toBe(40);
    expect(referenceAt(12, 0, 600)).toBe(40);
    expect(referenceAt(9, 8, 601)).toBe(12);
    expect(referenceAt(3, 8, 4_000)).toBe(12);
    expect(referenceAt(14, 8, 4_001)).toBe(14);
    expect(referenceAt(1, 8, 9_000)).toBe(14);
  });

  test("a row that appears or goes is a new layout and the others keep what is remembered", () => {
    const model = new LoadBalancerModel();
    seen(observe(model, reply({ stot: 9, lastsess: 3, servers: ["s1", "s2"] }), 1_000_000));
    const next = seen(observe(model, reply({ stot: 9, lastsess: 13, servers: ["s2", "s3"] }), 1_010_000));
    expect(next.isNewLayout).toBe(true);
    expect(next.servers.map((row) => row.id)).toEqual(["b/s2", "b/s3"]);
    expect(next.servers[0]!.lastArrivalAt).toBe(997);
  });

  test("a server that only one of the two commands lists is reported and left out", () => {
    const text = reply({ servers: ["s1", "s2"] }).replace(/^2 b 2 s2.*\n/m, "");
    const observation = seen(observe(new LoadBalancerModel(), text, 1_000_000));
    expect(observation.servers.map((row) => row.id)).toEqual(["b/s1"]);
    expect(observation.problems).toEqual([
      expect.stringContaining("b/s2 is in show stat but not in show servers state"),
    ]);
  });
});

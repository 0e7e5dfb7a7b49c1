// How rarely sessions are listed, and where never: a scripted HAProxy that counts how often it was asked.
import { expect, onTestFinished, test } from "vitest";
import { until } from "#lab/net.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import { makeFleet } from "#server/fleet/testing.ts";
import { silentLog } from "#server/log.ts";
import { type FakeAnswer, startFake } from "#server/runtime/testing/fake-haproxy.ts";
import { fakeModel, modelServer } from "#server/runtime/testing/fake-model.ts";
import { TunnelCounts } from "./tunnel-counts.ts";

const SRV1 = "APP1/SRV1" as ServerId;
const SRV2 = "APP1/SRV2" as ServerId;
const SEC_MS = 1_000;

interface StageOptions {
  version?: string;
  scur?: number;
  /** sessions of another backend in the same process */
  elsewhere?: number;
  answer?: (text: string) => FakeAnswer;
}

async function startStage(options: StageOptions = {}) {
  const { version = "3.2.26-1", scur = 3, elsewhere = 0 } = options;
  let answer = options.answer ?? ((text: string): FakeAnswer => ({ kind: "reply", text }));
  const model = fakeModel(
    [
      modelServer("APP1", "SRV1", { scur }),
      modelServer("APP1", "SRV2", { scur }),
      modelServer("API", "api1", { scur: elsewhere }),
    ],
    { version },
  );
  // Two of each server's sessions are tunnels.
  const lines = ["SRV1", "SRV2"].flatMap((name) => [listed(name, "00"), listed(name, "00"), listed(name, "8000")]);
  const fake = await startFake((line) =>
    line.includes("show sess")
      ? answer(
          `${model.answer("show info")}${lines.filter((one) => one.includes(line.split("/")[1] ?? "")).join("")}\n`,
        )
      : model.script(line),
  );
  let nowMs = 1_700_000_100_000;
  const now = () => nowMs;
  const address = fake.address.kind === "unix" ? fake.address.path : "";
  const fleet = makeFleet({ loadBalancers: [{ name: "lb1", address }], now });
  const counts = new TunnelCounts({ fleet, log: silentLog, now });
  onTestFinished(async () => {
    await counts.stop();
    await fleet.stop();
    await fake.stop();
  });
  fleet.start();
  await fleet.pollNow(["lb1"]);
  const poller = fleet.poller("lb1")!;
  return {
    model,
    asked: () => fake.lines.filter((line) => line.includes("show sess")),
    of: (id: ServerId) => counts.of(poller, poller.row(id)!),
    poll: () => fleet.pollNow(["lb1"]),
    answerWith(next: typeof answer) {
      answer = next;
    },
    async wait(ms: number) {
      nowMs += ms;
      await fleet.pollNow(["lb1"]);
    },
    /** as the engine does with every observation; what it asked is waited for */
    async refresh(ids: readonly ServerId[] = [SRV1]) {
      counts.refresh(new Map([["lb1", ids]]));
      await counts.settled();
    },
  };
}

function listed(server: string, analysers: string): string {
  const channel = `f=0h,i=0,an=${analysers}h,ax=`;
  return `0x1: proto=tcpv4 src=127.0.0.1:1 fe=www be=APP1 srv=${server} ts=00 age=3s rq[${channel}] rp[${channel}] exp=1s\n`;
}

test("asked once, then not for 15 s; an old count is none", async () => {
  const { asked, of, wait, refresh, answerWith } = await startStage();
  expect(of(SRV1)).toBeNull();
  await refresh();
  expect(of(SRV1)).toBe(2);
  for (let sec = 0; sec < 14; sec++) {
    await wait(SEC_MS);
    await refresh();
  }
  expect(asked()).toEqual(["show info;show sess server APP1/SRV1"]);
  answerWith(() => ({ kind: "reply", text: "nonsense\n\n" }));
  // A slow test machine makes the pause longer than 15 s; a count is good for two pauses.
  await until("it is asked again", async () => {
    await wait(SEC_MS);
    await refresh();
    return asked().length === 2;
  });
  expect(of(SRV1)).toBe(2);
  await wait(3_600 * SEC_MS);
  expect(of(SRV1)).toBeNull();
});

test("a clock that was set back: the count of before is none, and it is counted again at once", async () => {
  const { asked, of, wait, refresh } = await startStage();
  await refresh();
  expect(of(SRV1)).toBe(2);
  await wait(-3_600 * SEC_MS);
  expect(of(SRV1)).toBeNull();
  await refresh();
  expect(asked()).toHaveLength(2);
  expect(of(SRV1)).toBe(2);
});

test("one list for all servers before 3.2, one for each server from then on; a server without sessions needs none", async () => {
  const old = await startStage({ version: "3.0.11" });
  await old.refresh([SRV1, SRV2]);
  expect(old.asked()).toEqual(["show info;show sess"]);
  expect([old.of(SRV1), old.of(SRV2)]).toEqual([2, 2]);
  const filtered = await startStage();
  await filtered.refresh([SRV1, SRV2]);
  expect(filtered.asked()).toEqual(["show info;show sess server APP1/SRV1", "show info;show sess server APP1/SRV2"]);
  expect([filtered.of(SRV1), filtered.of(SRV2)]).toEqual([2, 2]);
  const empty = await startStage({ scur: 0 });
  await empty.refresh();
  expect(empty.asked()).toEqual([]);
  expect(empty.of(SRV1)).toBe(0);
});

test.each([
  ["3.0.11", 3, 4_900, true],
  ["3.0.11", 3, 5_000, false],
  ["3.2.26-1", 3, 19_900, true],
  ["3.2.26-1", 3, 20_000, false],
  ["3.2.26-1", 5_001, 0, false],
])("HAProxy %s, a server with %i sessions and %i elsewhere: asked %s", async (version, scur, elsewhere, isAsked) => {
  const { asked, of, refresh } = await startStage({ version, scur, elsewhere });
  await refresh();
  expect(asked().length > 0).toBe(isAsked);
  expect(of(SRV1)).toBe(isAsked ? 2 : null);
});

test("an answer that took long makes the next question later", async () => {
  const { asked, wait, refresh } = await startStage({ answer: (text) => ({ kind: "reply", text, delayMs: 100 }) });
  await refresh();
  await wait(45 * SEC_MS);
  await refresh();
  expect(asked().length).toBe(1);
  await until("it is asked again at last", async () => {
    await wait(10 * SEC_MS);
    await refresh();
    return asked().length === 2;
  });
});

test("never more tunnels than sessions; those of another process are not counted", async () => {
  const { model, of, wait, refresh } = await startStage();
  await refresh();
  model.servers[0]!.scur = 1;
  await wait(SEC_MS);
  expect(of(SRV1)).toBe(1);
  model.servers[0]!.scur = 3;
  model.pid = 5_000;
  model.startTimeSec = 1_700_000_050;
  await wait(SEC_MS);
  expect(of(SRV1)).toBeNull();
  await wait(60 * SEC_MS);
  await refresh();
  await wait(5 * SEC_MS);
  await refresh();
  expect(of(SRV1)).toBe(2);
});

test("what is no list is no count, and the question is not repeated at once", async () => {
  const { asked, of, refresh } = await startStage({
    answer: (text) => ({ kind: "cut", text, bytes: text.length - 1 }),
  });
  await refresh();
  await refresh();
  expect(asked().length).toBe(1);
  expect(of(SRV1)).toBeNull();
});

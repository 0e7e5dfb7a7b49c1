import { describe, expect, test } from "vitest";
import { mergeFleet } from "#lib/fleet/merge.ts";
import { aLoadBalancer, aServer } from "#lib/fleet/testing.ts";
import type { ServerRow } from "#lib/fleet/view.ts";
import { AdminBit } from "#lib/haproxy/admin-state.ts";
import { weightProblem } from "./control-specs.ts";
import { courseWords } from "./course-words.ts";
import { aboutServer, factsOf, serverSentence, weightLimit } from "./words.ts";

const ID = "APP1/SRV2";
const DRAIN = { adminBits: AdminBit.forcedDrain };

function fleetOf(rows: Partial<ServerRow>[], act = 3, bck = 0) {
  const views = rows.map((changes, at) => ({
    ...aLoadBalancer(`lb${at + 1}`, [aServer(ID, changes)]),
    backends: [
      {
        backend: "APP1",
        mode: "http",
        algo: "roundrobin",
        cookie: "SRVID",
        status: "UP",
        scur: 0,
        qcur: 0,
        arrivalsPerSec: 0,
        act,
        bck,
      },
    ],
  }));
  const fleet = mergeFleet(null, views, 1_000, {});
  const view = fleet.servers.get(ID);
  if (view === undefined) throw new Error("the view has its server");
  return { view, sentence: serverSentence(view, fleet.loadBalancers) };
}

describe("the status line of one server", () => {
  test("says its state everywhere, and how many others take new users", () => {
    expect(fleetOf([DRAIN, DRAIN]).sentence).toBe(
      "SRV2 is in drain on both load balancers. New users go to 3 other servers of APP1.",
    );
    expect(fleetOf([DRAIN, DRAIN, DRAIN], 0, 1).sentence).toBe(
      "SRV2 is in drain on all 3 load balancers. New users go to 1 backup server of APP1.",
    );
    expect(fleetOf([DRAIN], 0).sentence).toBe("SRV2 is in drain on lb1. No other server of APP1 takes new users.");
    expect(fleetOf([{}]).sentence).toBe("SRV2 is ready on lb1.");
  });

  test("names each load balancer where they differ", () => {
    expect(fleetOf([{}, DRAIN]).sentence).toBe("SRV2 is not the same everywhere: ready on lb1 and drain on lb2.");
  });
});

test("facts are only what HAProxy told, and say where load balancers differ", () => {
  const { view } = fleetOf([
    { iweight: 100, weight: 50, uweight: 50, slim: 400 },
    { iweight: 100, weight: 100, uweight: 100 },
  ]);
  expect(factsOf(view)).toEqual([
    { term: "Weight", text: "lb1 50, 100 in haproxy.cfg, lb2 100" },
    { term: "Maxconn", text: "lb1 400, lb2 none" },
    { term: "Check says", text: "Layer7 check passed" },
  ]);
  expect(aboutServer(view, "SRVID")).toMatch(/weight 50$/);
});

test("what a balance algorithm takes as a weight is said where it is known", () => {
  expect(weightLimit("roundrobin")).toBeNull();
  expect(weightLimit("static-rr")).toMatch(/0% and 100% only/);
  expect(weightLimit("source")).toMatch(/hash-type consistent/);
});

test("a weight is a number up to 256 or a percentage", () => {
  expect(["0", "256", " 50% ", "0%"].map(weightProblem)).toEqual([null, null, null, null]);
  expect(weightProblem("257")).toBe("The highest weight is 256.");
  for (const text of ["", "-1", "1.5", "50 %", "100; show env"])
    expect(weightProblem(text)).toMatch(/^Write a whole number/);
});

test("the chart in a sentence: ends, peak, and that something is missing", () => {
  const at = (sec: number) => new Date(2026, 0, 1, 14, 0, sec).getTime();
  const course: [number, number | null][] = [
    [at(0), 4],
    [at(60), 9],
    [at(120), 2],
  ];
  expect(courseWords(ID, course, "10 minutes", true)).toBe(
    "Sessions on APP1/SRV2, last 10 minutes: 4 at 14:00, at most 9 at 14:01, 2 now.",
  );
  expect(courseWords(ID, course, "10 minutes", false)).toMatch(/, 2 at 14:02\.$/);
  expect(
    courseWords(
      ID,
      [
        [at(0), 1],
        [at(60), null],
        [at(120), 1],
      ],
      "24 hours",
      true,
    ),
  ).toMatch(/Some of it was not observed\.$/);
  expect(
    courseWords(
      ID,
      [
        [at(0), null],
        [at(60), null],
        [at(120), 1],
      ],
      "24 hours",
      true,
    ),
  ).toMatch(/Observed since 14:02\.$/);
  expect(courseWords(ID, [], "24 hours", true)).toBe("Nothing was observed of APP1/SRV2 in the last 24 hours.");
});

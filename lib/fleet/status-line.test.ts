import { describe, expect, test } from "vitest";
import { clockTime } from "#lib/util/format.ts";
import { countCategories } from "./category.ts";
import { mergeFleet } from "./merge.ts";
import { isReadOnly, type StatusFacts, statusLine } from "./status-line.ts";
import { aLoadBalancer, aServer } from "./testing.ts";
import type { LoadBalancerHead, ServerRow } from "./view.ts";

const NOW = 1_700_000_000_000;
const refused = { code: "refused", message: 'load balancer "lb3": nothing listens.', sinceMs: NOW - 47_000 };

function factsOf(
  lbs: Record<string, { head?: Partial<LoadBalancerHead>; row?: Partial<ServerRow> }>,
  more: Partial<StatusFacts> = {},
): StatusFacts {
  const views = Object.entries(lbs).map(([name, { head, row }]) =>
    aLoadBalancer(name, [aServer("APP1/SRV1", row)], { head: { observedAtMs: NOW - 400, ...head } }),
  );
  const fleet = mergeFleet(null, views, NOW, {});
  return {
    connection: { kind: "open" },
    loadBalancers: fleet.loadBalancers,
    counts: countCategories(fleet),
    isOutdated: false,
    nowMs: NOW,
    ...more,
  };
}

function sentence(facts: StatusFacts): string {
  const { lead, text, age, advice } = statusLine(facts);
  return `${lead} ${text}${age === "" ? "" : `, ${age}.`}${advice === "" ? "" : ` ${advice}`}`;
}

const silent = { head: { observedAtMs: NOW - 47_000, error: refused } };

describe("live", () => {
  test("says how many answer and that states agree", () => {
    expect(sentence(factsOf({ lb1: {}, lb2: {} }))).toBe("Live. 2 load balancers answer. States agree.");
    expect(sentence(factsOf({ lb1: {} }))).toBe("Live. 1 load balancer answers.");
  });

  test("split and down are counted", () => {
    const facts = { ...factsOf({ lb1: {}, lb2: {}, lb3: {} }) };
    const counts = { ...facts.counts, split: 1, down: 1 };
    expect(sentence({ ...facts, counts })).toBe("Live. 3 load balancers answer. 1 server is split, 1 is down.");
    expect(sentence({ ...facts, counts: { ...counts, split: 0, down: 2 } })).toBe(
      "Live. 3 load balancers answer. 2 servers are down.",
    );
  });
});

describe("a silent load balancer", () => {
  test("says when its numbers stopped, for how long, and where changes still go", () => {
    const line = statusLine(factsOf({ lb1: {}, lb2: {}, lb3: silent }));
    expect(line.tone).toBe("stale");
    expect(line.why).toEqual([refused.message]);
    expect(sentence(factsOf({ lb1: {}, lb2: {}, lb3: silent }))).toBe(
      `lb3 does not answer. Its numbers stopped at ${clockTime(NOW - 47_000)}, 47 s ago. Changes reach lb1 and lb2 only.`,
    );
  });

  test("two are named together, with the time of the one that stopped first", () => {
    const other = { head: { observedAtMs: NOW - 20_000, error: null } };
    expect(sentence(factsOf({ lb1: {}, lb2: other, lb3: silent }))).toBe(
      `lb2 and lb3 do not answer. Their numbers stopped at ${clockTime(NOW - 47_000)}, 47 s ago. Changes reach lb1 only.`,
    );
  });

  test("that never answered has no time to tell", () => {
    const never = { head: { observedAtMs: null, error: refused } };
    expect(sentence(factsOf({ lb1: {}, lb3: never }))).toBe(
      "lb3 does not answer. It never did since Drainboard started. Changes reach lb1 only.",
    );
  });

  test("when all are silent no change is promised", () => {
    expect(sentence(factsOf({ lb1: silent, lb2: silent }))).toMatch(
      /^No load balancer answers\. .* No change reaches HAProxy\.$/,
    );
  });

  test("late is not silent, and not live either", () => {
    const late = factsOf({ lb1: { head: { observedAtMs: NOW - 5_000 } } });
    expect(statusLine(late).tone).toBe("attention");
    expect(sentence(late)).toBe("lb1 is late. Its numbers are some seconds old.");
  });
});

describe("most serious first", () => {
  test("the app's own silence outranks a load balancer's", () => {
    const lost = { kind: "lost", sinceMs: NOW - 6_000, reason: "shutting-down" } as const;
    const facts = factsOf({ lb1: {}, lb3: silent }, { connection: lost });
    expect(sentence(facts)).toBe(
      `No connection to Drainboard. The numbers stopped at ${clockTime(NOW - 6_000)}, 6 s ago. Drainboard is shutting down or restarting.`,
    );
  });

  test("silence outranks a read-only socket, which outranks down", () => {
    const readOnly = { head: { level: "operator" as const } };
    const both = factsOf({ lb1: readOnly, lb3: silent });
    expect(statusLine(both).tone).toBe("stale");
    const line = statusLine({ ...factsOf({ lb1: readOnly }), counts: { ...both.counts, down: 3 } });
    expect(line).toMatchObject({ tone: "attention", lead: "lb1 can be read only." });
    expect(line.why[0]).toContain("level admin");
  });

  test("an unknown level is not called read-only", () => {
    const { loadBalancers } = factsOf({ lb1: { head: { level: null } } });
    expect(loadBalancers.some(isReadOnly)).toBe(false);
  });

  test("rows that were not understood are not hidden", () => {
    const deaf = factsOf({ lb1: {}, lb2: { head: { oldWorkersSource: "silent" } } });
    expect(sentence(deaf)).toBe(
      "The master CLI of lb2 does not answer. Sessions that old workers still hold there after a reload cannot be seen. Check the address that --master gives, or leave it out.",
    );
    const line = statusLine(factsOf({ lb1: { head: { problems: ["row 7 has 3 fields"] } } }));
    expect(line).toMatchObject({ tone: "attention", why: ["lb1: row 7 has 3 fields"] });
  });

  test("a new version offers itself only while nothing is unknown", () => {
    expect(statusLine(factsOf({ lb1: {} }, { isOutdated: true })).lead).toBe("Drainboard was updated.");
    expect(statusLine(factsOf({ lb1: silent }, { isOutdated: true })).tone).toBe("stale");
  });
});

describe("maintenances", () => {
  const late = { server: "APP1/SRV2", deadlineAt: NOW - 60_000, sessions: 37 };

  test("what waits and what is held is counted", () => {
    const jobs = { waits: 2, held: 1, pastDeadline: [] };
    expect(sentence(factsOf({ lb1: {} }, { jobs }))).toBe(
      "Live. 1 load balancer answers. 1 maintenance is held, 2 wait for you.",
    );
  });

  test("what this one may not act on does not wait for this one", () => {
    const jobs = { waits: 0, waitsForOthers: 1, held: 0, pastDeadline: [] };
    expect(sentence(factsOf({ lb1: {} }, { jobs }))).toBe("Live. 1 load balancer answers. 1 waits.");
    expect(statusLine(factsOf({ lb1: {} }, { jobs: { ...jobs, waits: 2, pastDeadline: [late] } })).text).toBe(
      "37 sessions left. 2 wait for you, 1 for others.",
    );
  });

  test("a deadline that passed is said aloud, but what is not known comes first", () => {
    const jobs = { waits: 0, held: 0, pastDeadline: [late] };
    const line = statusLine(factsOf({ lb1: {} }, { jobs }));
    expect(line).toMatchObject({ tone: "attention", text: "37 sessions left." });
    expect(line.alert).toMatch(/^APP1\/SRV2 is past its deadline of \d\d:\d\d\.$/);
    expect(statusLine(factsOf({ lb1: {}, lb3: silent }, { jobs })).lead).toBe("lb3 does not answer.");
  });

  test("states that a reload took are named", () => {
    const lost = [{ lb: "lb2", server: "API/api03", was: "maint", now: "ready" }];
    expect(sentence(factsOf({ lb1: {}, lb2: {} }, { lost }))).toBe(
      "lb2 lost 1 admin state in a restart or reload. API/api03 was maint and is ready on lb2 now.",
    );
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { aBackend, aHead, aServer } from "#lib/fleet/testing.ts";
import type { BackendRow, LoadBalancerView, ServerRow } from "#lib/fleet/view.ts";
import { applyDelta, decodeSnapshot, diff, encodeSnapshot } from "./codec.ts";

const count = fc.nat({ max: 100_000 });
const text = fc.string({ maxLength: 12, unit: "grapheme" });
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });

const changes: fc.Arbitrary<Partial<ServerRow>> = fc.record(
  {
    scur: count,
    oldScur: count,
    qcur: count,
    arrivalsPerSec: fc.nat({ max: 999 }).map((n) => n / 10),
    lastArrivalAt: orNull(count),
    adminBits: fc.nat({ max: 127 }),
    srvOpState: fc.nat({ max: 3 }),
    status: text,
    weight: fc.nat({ max: 256 }),
    uweight: orNull(fc.nat({ max: 256 })),
    throttle: orNull(fc.nat({ max: 100 })),
    reference: count,
    checkStatus: text,
    checkCode: orNull(count),
    checkMs: orNull(count),
    checkText: text,
    lastChangeAt: orNull(count),
    agentStatus: text,
    address: text,
    cookie: text,
    isBackup: fc.boolean(),
    tracked: orNull(fc.constant("x/y")),
  },
  { requiredKeys: [] },
);
const backendChanges: fc.Arbitrary<Partial<BackendRow>> = fc.record(
  { scur: count, qcur: count, status: text, act: count },
  { requiredKeys: [] },
);

/** Views of one epoch, each a random step from the one before. */
const walks = fc
  .record({
    servers: fc.integer({ min: 0, max: 8 }),
    steps: fc.array(
      fc.record({
        rows: fc.array(fc.tuple(fc.nat({ max: 7 }), changes), { maxLength: 5 }),
        backend: fc.option(backendChanges, { nil: null }),
        error: fc.boolean(),
        seen: count,
      }),
      { minLength: 1, maxLength: 6 },
    ),
  })
  .map(({ servers, steps }) => {
    let view: LoadBalancerView = {
      head: aHead("lb1"),
      epoch: "boot.1",
      rev: 0,
      backends: [aBackend("A"), aBackend("B")],
      servers: Array.from({ length: servers }, (_, i) => aServer(`A/s${i}`)),
    };
    const views = [view];
    for (const step of steps) {
      const rows = view.servers.slice();
      for (const [i, change] of step.rows) if (rows[i] !== undefined) rows[i] = { ...rows[i], ...change };
      const backends = view.backends.slice();
      if (step.backend !== null) backends[1] = { ...backends[1]!, ...step.backend };
      const error = step.error ? { code: "refused", message: "no", sinceMs: step.seen } : null;
      view = {
        ...view,
        head: { ...view.head, error, observedAtMs: step.seen },
        rev: view.rev + 1,
        backends,
        servers: rows,
      };
      views.push(view);
    }
    return views;
  });

test("[W2] apply(a, diff(a, b)) is b, over random fleets, through JSON", () => {
  fc.assert(
    fc.property(walks, (views) => {
      let client = decodeSnapshot(encodeSnapshot(views[0]!));
      expect(client).toEqual(views[0]);
      for (let i = 1; i < views.length; i++) {
        const delta = JSON.parse(JSON.stringify(diff(views[i - 1]!, views[i]!, 5)));
        const next = applyDelta(client, delta);
        if (next === "gap") throw new Error("a gap where there is none");
        client = next;
        expect(client).toEqual(views[i]);
      }
    }),
  );
});

describe("[W2] a delta that does not continue the view is a gap", () => {
  const a: LoadBalancerView = {
    head: aHead("lb1"),
    epoch: "e",
    rev: 3,
    backends: [aBackend("A")],
    servers: [aServer("A/s1")],
  };
  const b = { ...a, rev: 4, servers: [aServer("A/s1", { scur: 9 })] };

  test("a skipped, a repeated and a foreign revision", () => {
    const delta = diff(a, b, 1);
    expect(applyDelta({ ...a, rev: 2 }, delta)).toBe("gap");
    expect(applyDelta({ ...a, rev: 4 }, delta)).toBe("gap");
    expect(applyDelta({ ...a, epoch: "f" }, delta)).toBe("gap");
    expect(applyDelta({ ...a, head: aHead("lb2") }, delta)).toBe("gap");
    expect(applyDelta(a, delta)).toEqual(b);
  });

  test("an index that is not there", () => {
    expect(applyDelta({ ...a, servers: [] }, diff(a, b, 1))).toBe("gap");
  });
});

test("rows that did not change keep their identity", () => {
  const a: LoadBalancerView = {
    head: aHead("lb1"),
    epoch: "e",
    rev: 0,
    backends: [],
    servers: [aServer("A/s1"), aServer("A/s2")],
  };
  const b = { ...a, rev: 1, servers: [a.servers[0]!, aServer("A/s2", { scur: 1 })] };
  const next = applyDelta(a, diff(a, b, 1));
  expect(next === "gap" ? null : next.servers[0]).toBe(a.servers[0]);
});

test("[W5] a poll without changes is a heartbeat: when it was seen, and nothing else", () => {
  const a: LoadBalancerView = { head: aHead("lb1"), epoch: "e", rev: 0, backends: [], servers: [aServer("A/s1")] };
  const b = { ...a, rev: 1, head: { ...a.head, observedAtMs: 2_000_000 } };
  expect(diff(a, b, 2_000_001)).toEqual({ lb: "lb1", epoch: "e", rev: 1, at: 2_000_001, seen: 2_000_000 });
});

test("a busy server costs at most 45 bytes a tick", () => {
  const a: LoadBalancerView = {
    head: aHead("lb1"),
    epoch: "e",
    rev: 0,
    backends: [],
    servers: Array.from({ length: 5000 }, (_, i) => aServer(`A/s${i}`)),
  };
  const servers = a.servers.map((row) => ({
    ...row,
    scur: 12_345,
    lastArrivalAt: 1_763_812_345,
    arrivalsPerSec: 123.4,
  }));
  const bytes = JSON.stringify(diff(a, { ...a, rev: 1, servers }, 1)).length;
  expect(bytes / servers.length).toBeLessThanOrEqual(45);
});

// What a single HAProxy cannot show: several load balancers that differ, and evidence that is missing. The rest is tried on
// real ones (server/maintenance/diagnose.test.ts).
import { expect, test } from "vitest";
import { diagnose } from "./diagnosis.ts";
import type { CellEvidence } from "./evidence.ts";

function cell(facts: Partial<CellEvidence> = {}): CellEvidence {
  return {
    ...{ lb: "lb1", address: "/run/lb1.sock", isLive: true, adminState: "drain", isInherited: false, tracked: null },
    ...{
      trackers: [],
      scur: 0,
      oldScur: 0,
      qcur: 0,
      weight: 100,
      hasAgent: false,
      cookieName: "SRV",
      cookieValue: "s1",
    },
    ...{ sessions: [], arrivals: 0, idleConnections: 0, stick: [], oldUnseen: null, ...facts },
  };
}

const causes = (...cells: CellEvidence[]) =>
  diagnose({ server: "APP1/SRV1", cells }).filter((one) => one.count !== null);
const told = (...cells: CellEvidence[]) => causes(...cells).map(({ code, count }) => [code, count]);

test("empty and drained everywhere: no cause", () => {
  expect(told(cell(), cell({ lb: "lb2" }))).toEqual([]);
});

test("another load balancer is still ready, a third one silent: each is named", () => {
  const all = causes(cell(), cell({ lb: "lb2", adminState: "ready" }), cell({ lb: "lb3", isLive: false, scur: 9 }));
  expect(all.map(({ code, perLoadBalancer }) => [code, perLoadBalancer])).toEqual([
    ["split-state", [{ lb: "lb2", count: 1 }]],
    ["stale-load-balancer", [{ lb: "lb3", count: 1 }]],
  ]);
  expect(all[0]).toMatchObject({ action: { kind: "set-state", adminState: "drain" } });
});

test("cookies that differ between load balancers", () => {
  const [one] = causes(cell(), cell({ lb: "lb2", cookieValue: "web1" }));
  expect(one).toMatchObject({ code: "cookie-mismatch", count: 1 });
  expect(one?.detail).toContain("lb1 has SRV=s1");
  expect(one?.detail).toContain("lb2 has SRV=web1");
});

test("sessions that were not listed are counted by what HAProxy says, and not called anything", () => {
  expect(told(cell({ sessions: null, scur: 12, oldScur: 3 }))).toEqual([
    ["unlisted-sessions", 12],
    ["old-workers", 3],
  ]);
});

test("entries of a table that several backends use are counted, with the doubt", () => {
  const [one] = causes(cell({ stick: [{ table: "T", entries: 4, isShared: true }] }));
  expect(one).toMatchObject({ code: "stick-entries", count: 4, action: { kind: "clear-stick-entries" } });
  expect(one?.detail).toContain("cannot tell whose server it means");
});

test("arrivals with entries or unread tables are not blamed on a rule", () => {
  const noCookie = { cookieName: "", cookieValue: "", arrivals: 5 };
  expect(told(cell(noCookie))).toEqual([["persist-rule", 5]]);
  expect(told(cell({ ...noCookie, stick: [{ table: "APP1", entries: 2, isShared: false }] }))).toEqual([
    ["stick-entries", 2],
  ]);
  const unread = diagnose({ server: "APP1/SRV1", cells: [cell({ ...noCookie, stick: null })] });
  expect(unread.map((one) => one.code)).toEqual(["check-stick-tables", "check-persist-rules"]);
  expect(unread[0]?.commands).toEqual(["echo 'show table' | socat stdio /run/lb1.sock"]);
});

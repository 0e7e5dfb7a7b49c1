// A row is drawn again only when its shape changes: whatever React draws must be the same as long as the row is steady.
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import fc from "fast-check";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { mergeFleet, type ServerView } from "#lib/fleet/merge.ts";
import { isSteady } from "#lib/fleet/steady.ts";
import { aLoadBalancer, aServer } from "#lib/fleet/testing.ts";
import type { ServerRow as Row } from "#lib/fleet/view.ts";
import { ServerRow } from "./server-row.tsx";

const NOW_MS = 1_000_000;

/** Every column of a server with values that occur; a new column without a line here does not compile. */
const columns: { [Key in keyof Omit<Row, "id" | "backend" | "server">]: fc.Arbitrary<Row[Key]> } = {
  scur: fc.constantFrom(0, 1, 7, 123_456),
  oldScur: fc.constantFrom(0, 2),
  qcur: fc.constantFrom(0, 5),
  arrivalsPerSec: fc.constantFrom(0, 0.4, 12),
  lastArrivalAt: fc.constantFrom(null, 900, 990),
  adminBits: fc.constantFrom(0, 1, 8),
  srvOpState: fc.constantFrom(0, 1, 2, 3),
  status: fc.constantFrom("UP", "UP 1/3", "DOWN", "NOLB", "no check", "DRAIN"),
  weight: fc.constantFrom(0, 50, 100),
  uweight: fc.constantFrom(null, 0, 100),
  iweight: fc.constantFrom(null, 100),
  throttle: fc.constantFrom(null, 30, 100),
  reference: fc.constantFrom(0, 10, 200),
  checkStatus: fc.constantFrom("", "L7OK", "L4CON"),
  checkCode: fc.constantFrom(null, 200, 503),
  checkMs: fc.constantFrom(null, 0, 3),
  checkText: fc.constantFrom("", "Layer7 check passed"),
  checkRise: fc.constantFrom(null, 2),
  checkFall: fc.constantFrom(null, 3),
  checkHealth: fc.constantFrom(null, 1, 4),
  agentStatus: fc.constantFrom("", "L7OK"),
  lastChangeAt: fc.constantFrom(null, 900, 950),
  adminSinceAt: fc.constantFrom(null, 900),
  address: fc.constantFrom("", "127.0.0.1:8080"),
  cookie: fc.constantFrom("", "s1", "SRV1"),
  isBackup: fc.boolean(),
  slim: fc.constantFrom(null, 100),
  tracked: fc.constantFrom(null, "B/X"),
};

function viewOf(rows: readonly Row[]): ServerView {
  const views = rows.map((row, at) => aLoadBalancer(`lb${at + 1}`, [row]));
  const view = mergeFleet(null, views, NOW_MS, {}).servers.get("APP1/SRV1");
  if (view === undefined) throw new Error("the server is not in the merged view");
  return view;
}

function drawn(server: ServerView): string {
  const props = { lb: null, blockedWhy: null, isCurrent: false, rowIndex: 2, isSelected: false, onSelect: () => {} };
  return renderToStaticMarkup(
    <QueryClientProvider client={new QueryClient()}>
      <ServerRow server={server} {...props} />
    </QueryClientProvider>,
  );
}

const aRow = (facts: Partial<Row>) => aServer("APP1/SRV1", facts);
const ready = { adminBits: 0, srvOpState: 2, status: "UP", weight: 100, throttle: null } as const;

test("a steady server is drawn the same, whatever its numbers are", () => {
  let steady = 0;
  const one = fc.oneof(
    ...Object.entries(columns).map(([key, values]) =>
      (values as fc.Arbitrary<unknown>).map((value) => ({ [key]: value })),
    ),
  );
  const change = fc.array(one, { maxLength: 4 }).map((changes): Partial<Row> => Object.assign({}, ...changes));
  fc.assert(
    fc.property(
      fc.array(change, { minLength: 1, maxLength: 3 }),
      fc.array(change, { minLength: 3 }),
      (rows, changes) => {
        const before = rows.map((facts) => aRow({ ...facts, ...ready }));
        const after = before.map((row, at) => ({ ...row, ...changes[at] }));
        const [a, b] = [viewOf(before), viewOf(after)];
        if (!isSteady(a, b)) return;
        steady++;
        expect(drawn(b)).toBe(drawn(a));
      },
    ),
    { numRuns: 300 },
  );
  expect(steady).toBeGreaterThan(20);
});

test.each<[string, Partial<Row>]>([
  ["drain", { adminBits: 8 }],
  ["down", { srvOpState: 0, status: "DOWN" }],
  ["another weight", { weight: 50 }],
  ["a ramp", { throttle: 30 }],
  ["another address", { address: "127.0.0.1:9999" }],
  ["another cookie", { cookie: "s2" }],
])("not steady: %s", (_, facts) => {
  expect(isSteady(viewOf([aRow(ready)]), viewOf([aRow({ ...ready, ...facts })]))).toBe(false);
});

test("a server that drains is drawn at every change", () => {
  const drain = { ...ready, adminBits: 8, status: "DRAIN" };
  expect(isSteady(viewOf([aRow({ ...drain, scur: 5 })]), viewOf([aRow({ ...drain, scur: 4 })]))).toBe(false);
});

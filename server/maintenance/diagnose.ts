// Gathers what lib/maintenance/diagnosis.ts judges: the list of sessions, idle connections, stick-table entries, arrivals
// and the last observation, of every load balancer that carries the server.
import { countsAsLive } from "#lib/fleet/link.ts";
import type { ServerCell } from "#lib/fleet/merge.ts";
import { adminStateOf } from "#lib/haproxy/admin-state.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import { parseIdleConnections } from "#lib/haproxy/show-servers-conn.ts";
import { UnreadableReply } from "#lib/haproxy/unreadable.ts";
import { diagnose } from "#lib/maintenance/diagnosis.ts";
import { ARRIVALS_SEC, type CellEvidence } from "#lib/maintenance/evidence.ts";
import type { DiagnosisReport } from "#lib/wire/diagnosis.ts";
import type { SessionRow, SessionsReport } from "#lib/wire/sessions.ts";
import type { Fleet } from "#server/fleet/fleet.ts";
import type { Poller } from "#server/fleet/poller.ts";
import { type SessionLists, unseenOldWorkers } from "#server/fleet/session-lists.ts";
import { serverState, stickEntries } from "#server/fleet/stick-entries.ts";
import { RuntimeError } from "#server/runtime/errors.ts";

/** null: no load balancer has that server */
export type Diagnose = (server: ServerId) => Promise<DiagnosisReport | null>;

export function diagnoser(options: { fleet: Fleet; lists: SessionLists; now: () => number }): Diagnose {
  const { fleet, lists, now } = options;
  return async (server) => {
    const report = await lists.report({ server });
    if (report === null) return null;
    const cells = fleet.view().servers.get(server)?.cells ?? [];
    const notAsked = report.loadBalancers.flatMap(({ lb, why }) => (why === null ? [] : [{ lb, why }]));
    const evidence = await Promise.all(
      cells.map(async (cell) => {
        const poller = fleet.poller(cell.lb);
        return poller === undefined ? [] : [await gather(poller, cell, server, listedOf(report, cell.lb), now())];
      }),
    );
    return { at: now(), server, causes: diagnose({ server, cells: evidence.flat() }), notAsked };
  };
}

function listedOf(report: SessionsReport, lb: string): SessionRow[] | null {
  const isListed = report.loadBalancers.some((one) => one.lb === lb && one.count !== null);
  return isListed ? report.sessions.filter((row) => row.lb === lb) : null;
}

async function gather(
  poller: Poller,
  cell: ServerCell,
  server: ServerId,
  sessions: SessionRow[] | null,
  nowMs: number,
): Promise<CellEvidence> {
  const row = poller.row(server) ?? cell.row;
  const { head, servers, backends } = poller.view;
  const isLive = countsAsLive(cell.link);
  const adminState = adminStateOf(row.adminBits);
  const asked = isLive ? await ask(poller, server, row.backend) : { idleConnections: null, stick: null };
  return {
    ...{ lb: cell.lb, address: head.address, isLive, adminState, sessions, ...asked },
    isInherited: cell.cause.kind === "tracked",
    tracked: row.tracked,
    trackers: servers.filter((other) => other.tracked === server).map((other) => other.id),
    ...{ scur: row.scur, oldScur: row.oldScur, qcur: row.qcur, weight: row.uweight ?? row.weight },
    hasAgent: row.agentStatus !== "",
    cookieName: backends.find((one) => one.backend === row.backend)?.cookie ?? "",
    cookieValue: row.cookie,
    arrivals: arrivalsOf(poller, server, row.adminSinceAt, nowMs),
    oldUnseen: isLive ? unseenOldWorkers(poller, nowMs) : null,
  };
}

/** What came since it is out of service, within the last minute. */
function arrivalsOf(poller: Poller, server: ServerId, sinceSec: number | null, nowMs: number): number | null {
  const nowSec = Math.floor(nowMs / 1_000);
  // The second in which the state changed saw both.
  const fromSec = Math.max(nowSec - ARRIVALS_SEC + 1, (sinceSec ?? 0) + 1);
  const { arrivals } = poller.model.history.series(server, fromSec, 1, Math.max(0, nowSec - fromSec + 1));
  const seen = arrivals.filter((count) => count !== null);
  return seen.length === 0 ? null : seen.reduce((sum, count) => sum + count, 0);
}

async function ask(
  poller: Poller,
  server: ServerId,
  backend: string,
): Promise<Pick<CellEvidence, "idleConnections" | "stick">> {
  const idleConnections = await orNull(async () => {
    const reply = await poller.client.send({ kind: "show-servers-conn", backend });
    return parseIdleConnections(reply).get(server) ?? 0;
  });
  const stick = await orNull(async () => {
    if (poller.stickTables?.size === 0) return [];
    const number = Number((await serverState(poller, server))?.get("srv_id"));
    return stickEntries(poller, server, number);
  });
  return { idleConnections, stick };
}

/** A question that is not answered leaves its part of the evidence unknown, and nothing else. */
async function orNull<T>(ask: () => Promise<T | null>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof RuntimeError || error instanceof UnreadableReply) return null;
    throw error;
  }
}

// What a board may leave to be painted: a ready server changes its numbers at every poll and hardly ever its shape.
import type { BackendView, FleetView, LoadBalancerStatus, ServerCell, ServerView } from "./merge.ts";
import type { LoadBalancerHead, ServerRow } from "./view.ts";

/** Columns that the row paints by itself (numbers, glass, trace) or that its health column watches. */
const paintedKeys: ReadonlySet<string> = new Set<keyof ServerRow>([
  "scur",
  "oldScur",
  "qcur",
  "arrivalsPerSec",
  "lastArrivalAt",
  "reference",
  "status",
  "checkStatus",
  "checkCode",
  "checkMs",
  "checkText",
  "checkRise",
  "checkFall",
  "checkHealth",
  "lastChangeAt",
]);

/**
 * True when `b` shows like `a` but for numbers: both are ready everywhere and every other column is the same. A server
 * that is anything but ready, or ramps up, is never steady: what goes on with it is worth drawing again.
 */
export function isSteady(a: ServerView, b: ServerView): boolean {
  if (a === b) return true;
  if (a.adminState !== "ready" || b.adminState !== "ready" || a.isRamping || b.isRamping) return false;
  if (a.opState !== b.opState || a.isComplete !== b.isComplete || a.cells.length !== b.cells.length) return false;
  return a.cells.every((cell, at) => isSteadyCell(cell, b.cells[at]));
}

function isSteadyCell(a: ServerCell, b: ServerCell | undefined): boolean {
  if (a === b) return true;
  if (b === undefined || a.lb !== b.lb || a.link !== b.link || a.opState !== b.opState) return false;
  if (a.adminState !== b.adminState || a.cause.kind !== b.cause.kind) return false;
  return isSame(a.row, b.row, paintedKeys);
}

/** The same for the whole fleet: as long as it holds, nothing needs to be drawn again, only painted. */
export function isSteadyFleet(a: FleetView, b: FleetView): boolean {
  if (a === b) return true;
  if (a.servers.size !== b.servers.size || a.backends.length !== b.backends.length) return false;
  if (a.loadBalancers.length !== b.loadBalancers.length) return false;
  return (
    a.loadBalancers.every((lb, at) => isSteadyLoadBalancer(lb, b.loadBalancers[at])) &&
    a.backends.every((backend, at) => isSteadyBackend(backend, b.backends[at]))
  );
}

function isSteadyLoadBalancer(a: LoadBalancerStatus, b: LoadBalancerStatus | undefined): boolean {
  if (a === b) return true;
  return b !== undefined && a.link === b.link && isSame(a.view.head, b.view.head, tickingHead);
}

const tickingHead: ReadonlySet<string> = new Set<keyof LoadBalancerHead>(["observedAtMs", "pollMs"]);
const tickingBackend: ReadonlySet<string> = new Set<keyof BackendView>([
  "servers",
  "sessions",
  "queue",
  "arrivalsPerSec",
]);

function isSteadyBackend(a: BackendView, b: BackendView | undefined): boolean {
  if (a === b) return true;
  if (b === undefined || a.servers.length !== b.servers.length || !isSame(a, b, tickingBackend)) return false;
  return a.servers.every((server, at) => {
    const other = b.servers[at];
    return other !== undefined && server.id === other.id && isSteady(server, other);
  });
}

function isSame<T extends object>(a: T, b: T, but: ReadonlySet<string>): boolean {
  for (const key in b) if (!but.has(key) && a[key] !== b[key]) return false;
  return true;
}

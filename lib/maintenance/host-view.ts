// The fleet by machine: what stands at each address, and how far it is out of service.
import { countsAsLive } from "#lib/fleet/link.ts";
import type { FleetView, ServerView } from "#lib/fleet/merge.ts";
import { AdminBit } from "#lib/haproxy/admin-state.ts";
import { listOf } from "#lib/util/format.ts";
import { machinesOf } from "./hosts.ts";

/** `in`: every server ready; `draining`: none ready, some in drain; `out`: all in maint; `partly`: anything between */
export const hostStates = ["in", "draining", "out", "partly"] as const;
export type HostState = (typeof hostStates)[number];

export interface HostView {
  /** its address; the first one where load balancers reach it on several */
  readonly host: string;
  readonly otherHosts: readonly string[];
  /** in configured order, of all backends */
  readonly servers: readonly ServerView[];
  readonly state: HostState;
  /** servers in each admin state on all load balancers that answer; a split one is in none of them */
  readonly ready: number;
  readonly drain: number;
  readonly maint: number;
  /** false: some load balancer of some server does not answer */
  readonly isComplete: boolean;
  /** epoch seconds; null: not known */
  readonly changedAt: number | null;
}

export interface Unplaced {
  readonly server: ServerView;
  readonly why: string;
}

/** In the order in which the fleet first names a server of each. */
export function hostsOfFleet(fleet: FleetView): { hosts: readonly HostView[]; unplaced: readonly Unplaced[] } {
  const order = fleet.backends.flatMap((backend) => backend.servers);
  const place = new Map(order.map((server, at) => [server.id, at]));
  const ids = order.map((server) => server.id);
  const { machines, unknown } = machinesOf(fleet, ids, null);
  const byId = (id: string) => fleet.servers.get(id) ?? [];
  return {
    hosts: machines.map(({ hosts, servers }) => {
      const inOrder = servers.toSorted((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0));
      return hostView(hosts, inOrder.flatMap(byId));
    }),
    unplaced: unknown.flatMap(byId).map((server) => ({ server, why: whyUnplaced(fleet, server) })),
  };
}

function hostView([host = "", ...otherHosts]: readonly string[], servers: readonly ServerView[]): HostView {
  const inState = (state: ServerView["adminState"]) => servers.filter((one) => one.adminState === state).length;
  const [ready, drain, maint] = [inState("ready"), inState("drain"), inState("maint")];
  const changes = servers.flatMap((server) => changedAt(server) ?? []);
  return {
    ...{ host, otherHosts, servers, ready, drain, maint },
    state: stateOf(servers.length, ready, drain, maint),
    isComplete: servers.every((server) => server.isComplete),
    changedAt: changes.length === 0 ? null : Math.max(...changes),
  };
}

function stateOf(all: number, ready: number, drain: number, maint: number): HostState {
  if (ready === all) return "in";
  if (maint === all) return "out";
  return drain > 0 && drain + maint === all ? "draining" : "partly";
}

/** HAProxy tells when a check changed a state, and not in every version when a person did: that is our own observation. */
function changedAt({ cells }: ServerView): number | null {
  const times = cells.flatMap(({ row, adminState }) => [
    ...(row.lastChangeAt === null ? [] : [row.lastChangeAt]),
    ...(adminState === "ready" || row.adminSinceAt === null ? [] : [row.adminSinceAt]),
  ]);
  return times.length === 0 ? null : Math.max(...times);
}

function whyUnplaced(fleet: FleetView, { cells }: ServerView): string {
  if (cells.some((cell) => (cell.row.adminBits & AdminBit.resolutionMaint) !== 0))
    return "its name does not resolve (DNS)";
  if (cells.some((cell) => cell.row.address !== "")) return "it is reached over a unix socket";
  const hiding = cells.filter((cell) => {
    const lb = fleet.loadBalancers.find((one) => one.name === cell.lb);
    return lb?.view.head.level === "user";
  });
  if (hiding.length > 0)
    return `the socket of ${listOf(hiding.map((cell) => cell.lb))} has level user, which hides addresses`;
  const isSilent = !cells.some((cell) => countsAsLive(cell.link));
  return isSilent ? "no load balancer that carries it answers" : "its load balancers show no address";
}

export interface HostFilter {
  /** words that must all occur in an address, the id or the cookie of one of its servers; case does not matter */
  readonly text: string;
  readonly state: HostState | "all";
}

export function matchesHost(host: HostView, { text, state }: HostFilter): boolean {
  if (state !== "all" && host.state !== state) return false;
  const haystack = [host.host, ...host.otherHosts, ...host.servers.map((one) => `${one.id} ${one.cookie}`)]
    .join(" ")
    .toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => haystack.includes(word));
}

export function countHosts(hosts: readonly HostView[]): Readonly<Record<HostState | "all", number>> {
  const counts = { all: hosts.length, in: 0, draining: 0, out: 0, partly: 0 };
  for (const { state } of hosts) counts[state]++;
  return counts;
}

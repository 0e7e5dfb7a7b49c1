// Servers by the machine they stand on, before a run starts: [M110] to [M112] of SPEC.md.

import { hostsOf } from "#lib/fleet/hosts.ts";
import type { FleetView, ServerView } from "#lib/fleet/merge.ts";
import { AdminBit } from "#lib/haproxy/admin-state.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import { listOf } from "#lib/util/format.ts";

/** One step of a run by host. */
export interface HostGroup {
  /** the address; the first one where load balancers reach the machine on several */
  host: string;
  servers: ServerId[];
}

export interface Grouping {
  groups: HostGroup[];
  /** of these no load balancer shows an address */
  unknown: ServerId[];
}

/** A machine: one address, or several where load balancers reach it over several networks. */
export interface Machine {
  /** as the load balancers show them, the first one first */
  hosts: string[];
  servers: ServerId[];
}

/**
 * Servers that share an address on any of the load balancers belong together: two networks may lead to one machine. Both
 * lists keep the order of `servers`. `unknown`: of these no load balancer shows an address.
 */
export function machinesOf(
  fleet: FleetView,
  servers: readonly ServerId[],
  loadBalancers: readonly string[] | null,
): { machines: Machine[]; unknown: ServerId[] } {
  let machines: Machine[] = [];
  const unknown: ServerId[] = [];
  const byHost = new Map<string, Machine>();
  for (const id of servers) {
    const server = fleet.servers.get(id);
    const hosts = server === undefined ? [] : hostsOf(server, loadBalancers);
    if (hosts.length === 0) {
      unknown.push(id);
      continue;
    }
    const same = [...new Set(hosts.flatMap((host) => byHost.get(host) ?? []))];
    const [first = { hosts: [], servers: [] }] = same;
    if (same.length === 0) machines.push(first);
    first.hosts = [...new Set([...first.hosts, ...same.flatMap((one) => one.hosts), ...hosts])];
    first.servers = [...new Set([...first.servers, ...same.flatMap((one) => one.servers)]), id];
    for (const host of first.hosts) byHost.set(host, first);
    if (same.length > 1) machines = machines.filter((one) => one === first || !same.includes(one));
  }
  return { machines, unknown };
}

/** Both lists keep the order of `servers`, which the fleet must have. */
export function groupByHost(
  fleet: FleetView,
  servers: readonly ServerId[],
  loadBalancers: readonly string[] | null,
): Grouping {
  const { machines, unknown } = machinesOf(fleet, servers, loadBalancers);
  return { groups: machines.map((one) => ({ host: one.hosts[0] ?? "", servers: one.servers })), unknown };
}

/** Every server of the machine with this address, in configured order; empty: no load balancer shows the address. */
export function serversOfMachine(fleet: FleetView, host: string): ServerId[] {
  const { machines } = machinesOf(fleet, [...fleet.servers.keys()], null);
  const found = machines.find((one) => one.hosts.includes(host))?.servers ?? [];
  const order = fleet.backends.flatMap((backend) => backend.servers.map((server) => server.id));
  return order.filter((id) => found.includes(id));
}

export type ServersAt = { kind: "found"; servers: ServerId[] } | { kind: "unknown-name"; problems: string[] };

/** Every server at these addresses, host by host and in configured order. */
export function serversAt(
  fleet: FleetView,
  hosts: readonly string[],
  loadBalancers: readonly string[] | null,
): ServersAt {
  const all = fleet.backends.flatMap((backend) => backend.servers);
  const problems: string[] = [];
  const servers = new Set<ServerId>();
  for (const host of hosts) {
    const here = all.filter((server) => hostsOf(server, loadBalancers).includes(host));
    for (const server of here) servers.add(server.id);
    if (here.length === 0) problems.push(`no server has the address ${host}; ${knownHosts(all, loadBalancers)}`);
  }
  return problems.length > 0 ? { kind: "unknown-name", problems } : { kind: "found", servers: [...servers] };
}

const NAMED_MAX = 8;

/** `there are 10.0.0.1 and 10.0.0.2`, for who named one that is not there. */
export function knownHosts(all: readonly ServerView[], loadBalancers: readonly string[] | null): string {
  const known = [...new Set(all.flatMap((server) => hostsOf(server, loadBalancers)))];
  if (known.length === 0) return "no load balancer shows addresses";
  const more = known.length - NAMED_MAX;
  return `there are ${more > 0 ? `${known.slice(0, NAMED_MAX).join(", ")} and ${more} more` : listOf(known)}`;
}

/** Servers at the same addresses that the run leaves alone and that may hold users: not in maint everywhere. */
export function leftOnHost(fleet: FleetView, group: HostGroup, loadBalancers: readonly string[] | null): ServerId[] {
  const hosts = new Set(
    group.servers.flatMap((id) => {
      const server = fleet.servers.get(id);
      return server === undefined ? [] : hostsOf(server, loadBalancers);
    }),
  );
  return [...fleet.servers.values()]
    .filter((server) => !group.servers.includes(server.id))
    .filter((server) => hostsOf(server, null).some((host) => hosts.has(host)))
    .filter((server) => !server.cells.every((cell) => (cell.row.adminBits & AdminBit.forcedMaint) !== 0))
    .map((server) => server.id);
}

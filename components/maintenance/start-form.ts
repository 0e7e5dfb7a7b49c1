// What the start dialog holds, and what is sent for it.

import { hostsOf } from "#lib/fleet/hosts.ts";
import type { FleetView } from "#lib/fleet/merge.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import { groupByHost, type HostGroup } from "#lib/maintenance/hosts.ts";
import type { RunUnit } from "#lib/maintenance/plan.ts";
import type { StartMaintenanceInput } from "#lib/wire/events.ts";
import { type DeadlineValue, NO_DEADLINE } from "./deadline-value.ts";
import { type DurationValue, durationText } from "./duration-value.ts";

/** The window that fits the backend's persistence, chosen by the app. */
export const DEFAULT_QUIET = "default";

export interface StartForm {
  readonly servers: readonly ServerId[];
  readonly quiet: DurationValue;
  readonly deadline: DeadlineValue;
  readonly reason: string;
  /** host: the servers of one address are one step, and `concurrency` counts hosts */
  readonly by: RunUnit;
  readonly concurrency: number;
  /** null: every one that carries a server of the list */
  readonly loadBalancers: readonly string[] | null;
  /** null: only when asked for */
  readonly autoReturn: DurationValue | null;
}

export function startForm(servers: readonly ServerId[]): StartForm {
  return {
    servers,
    quiet: { choice: DEFAULT_QUIET, custom: "" },
    deadline: { deadline: { choice: "30m", custom: "" }, atDeadline: "wait", endSessions: "tunnels-first" },
    reason: "",
    by: "server",
    concurrency: 1,
    loadBalancers: null,
    autoReturn: null,
  };
}

/** null: a field cannot be understood yet; it says so itself. The reason is left out: a plan does not depend on it. */
export function planInputOf(form: StartForm): StartMaintenanceInput | null {
  const { deadline, atDeadline, endSessions } = form.deadline;
  const input: StartMaintenanceInput = { servers: [...form.servers], concurrency: form.concurrency };
  if (form.by === "host") input.by = form.by;
  if (form.quiet.choice !== DEFAULT_QUIET) {
    const quiet = durationText(form.quiet);
    if (quiet === null) return null;
    input.quiet = quiet;
  }
  if (deadline.choice !== NO_DEADLINE) {
    const text = durationText(deadline);
    if (text === null) return null;
    input.deadline = text;
    input.atDeadline = atDeadline;
    if (atDeadline === "end-sessions") input.endSessions = endSessions;
  }
  if (form.autoReturn !== null) {
    const text = durationText(form.autoReturn);
    if (text === null) return null;
    input.autoReturn = text;
  }
  if (form.loadBalancers !== null) input.loadBalancers = [...form.loadBalancers];
  return input;
}

export function startInputOf(form: StartForm, input: StartMaintenanceInput, override: boolean): StartMaintenanceInput {
  const reason = form.reason.trim();
  return { ...input, ...(reason === "" ? {} : { reason }), ...(override ? { override: true } : {}) };
}

/** A lab on one loopback address is not one machine: every server of it would be offered. */
const LOOPBACKS = ["127.0.0.1", "::1"];

/** The hosts of the list, when some of its servers share one: what a run by host would take out together; else null. */
export function sharedHosts(fleet: FleetView, form: StartForm): readonly HostGroup[] | null {
  const { groups, unknown } = groupByHost(fleet, form.servers, form.loadBalancers);
  const isShared = groups.some((group) => group.servers.length > 1 && !LOOPBACKS.includes(group.host));
  return isShared && unknown.length === 0 ? groups : null;
}

/** What the dialog shows and sends: by host only while hosts are shared, and never more at a time than there are. */
export function settledForm(form: StartForm, hosts: readonly HostGroup[] | null): StartForm {
  const by = hosts === null ? "server" : form.by;
  const units = by === "host" ? (hosts?.length ?? 1) : form.servers.length;
  return { ...form, by, concurrency: Math.min(form.concurrency, units) };
}

/** Servers of other backends at the same address: the same machine, most likely. Offered, never assumed. */
export function sameMachine(fleet: FleetView, servers: readonly ServerId[]): readonly ServerId[] {
  const hosts = new Set<string>();
  for (const id of servers) {
    const server = fleet.servers.get(id);
    for (const host of server === undefined ? [] : hostsOf(server, null)) hosts.add(host);
  }
  for (const host of LOOPBACKS) hosts.delete(host);
  if (hosts.size === 0) return [];
  return [...fleet.servers.values()]
    .filter((server) => !servers.includes(server.id) && hostsOf(server, null).some((host) => hosts.has(host)))
    .map((server) => server.id);
}

/** Load balancers that carry at least one of the servers, in configured order. */
export function carriersOf(fleet: FleetView, servers: readonly ServerId[]): readonly string[] {
  const names = new Set(servers.flatMap((id) => fleet.servers.get(id)?.cells.map((cell) => cell.lb) ?? []));
  return fleet.loadBalancers.map((lb) => lb.name).filter((name) => names.has(name));
}

// The preflight: what a maintenance would do, before anything is sent. The start dialog shows it, `dryRun` returns it, and
// the audit keeps it. It is made again at send time: the fleet may have changed while somebody read.
import type { FleetView } from "#lib/fleet/merge.ts";
import type { LoadBalancerView, ServerRow } from "#lib/fleet/view.ts";
import type { AdminState } from "#lib/haproxy/admin-state.ts";
import { commandLine } from "#lib/haproxy/command.ts";
import { type ServerId, splitServerId } from "#lib/haproxy/names.ts";
import { listOf, plural, span } from "#lib/util/format.ts";
import { socketFindings } from "./guard.ts";
import { hasCheck } from "./health.ts";
import { groupByHost, type HostGroup, leftOnHost } from "./hosts.ts";
import { type BackendImpact, impactOf, impactWarnings } from "./impact.ts";
import type { MaintenanceOptions } from "./job.ts";
import { forcedStateOf, sightOf } from "./sight.ts";

/** What goes out and returns together: one server, or all of one host. */
export const runUnits = ["server", "host"] as const;
export type RunUnit = (typeof runUnits)[number];

export interface PlanInput {
  servers: readonly ServerId[];
  /** by host its steps are its hosts, and `concurrency` counts them */
  by: RunUnit;
  options: MaintenanceOptions;
  fleet: FleetView;
  minimums: Readonly<Record<string, number>>;
  leaving: readonly ServerId[];
  /** per backend: the day's highest number of sessions on each load balancer and when; what is not known is left out */
  peaks: ReadonlyMap<string, ReadonlyMap<string, { sessions: number; atMs: number }>>;
  /** servers of other open maintenances, and whose */
  taken: ReadonlyMap<ServerId, { maintenanceId: string; who: string; sinceMs: number }>;
}

export interface PlanStep {
  server: ServerId;
  when: "at once" | "when quiet" | "when you say so" | "when its check is clean" | "after ready";
  /** exactly the line that is sent */
  line: string;
}

export interface LoadBalancerPlan {
  lb: string;
  address: string;
  steps: PlanStep[];
  undo: string[];
}

export interface PlanWarning {
  code:
    | "below-minimum"
    | "last-server"
    | "over-maxconn"
    | "queue"
    | "not-live"
    | "weight-zero"
    | "unproven-health"
    | "sessions-left"
    | "shared-host";
  /** `confirm`: only with override; `note`: worth knowing */
  severity: "confirm" | "note";
  lb: string | null;
  message: string;
}

export interface Plan {
  plan: LoadBalancerPlan[];
  undo: { lb: string; lines: string[] }[];
  impact: BackendImpact[];
  /** in a run by host: its steps in order, each with what it takes from the backends; else empty */
  hosts: HostPlan[];
  warnings: PlanWarning[];
}

export interface HostPlan extends HostGroup {
  impact: BackendImpact[];
}

export type PlanResult =
  | { kind: "plan"; plan: Plan }
  | { kind: "refused"; code: "unknown-name" | "conflict" | "guard"; problems: string[] };

export function makePlan(input: PlanInput, nowMs: number): PlanResult {
  const unknown = unknownNames(input);
  if (unknown.length > 0) return { kind: "refused", code: "unknown-name", problems: unknown };
  const taken = input.servers.flatMap((id) => {
    const other = input.taken.get(id);
    return other === undefined
      ? []
      : [`${id} is in maintenance ${other.maintenanceId} of ${other.who}, for ${span(nowMs - other.sinceMs)} now`];
  });
  if (taken.length > 0) return { kind: "refused", code: "conflict", problems: taken };

  const views = input.fleet.loadBalancers.map((lb) => lb.view);
  const shut = views
    .filter((view) => rowsOf(input, view).length > 0)
    .flatMap((view) => socketFindings({ name: view.head.name, view }));
  if (shut.length > 0) return { kind: "refused", code: "guard", problems: shut.map((finding) => finding.message) };

  const { fleet, options } = input;
  const { groups, unknown: homeless } =
    input.by === "host" ? groupByHost(fleet, input.servers, options.loadBalancers) : { groups: [], unknown: [] };
  if (homeless.length > 0) {
    const problem = `no load balancer shows an address of ${listOf(homeless)}, so its host is not known; start it by server, or leave it out`;
    return { kind: "refused", code: "guard", problems: [problem] };
  }
  const steps = input.by === "host" ? groups.map((group) => group.servers) : input.servers.map((id) => [id]);

  const plans: LoadBalancerPlan[] = [];
  const warnings: PlanWarning[] = groups.flatMap((group) => sharedWarning(fleet, group, options.loadBalancers));
  for (const view of views) {
    const rows = rowsOf(input, view);
    if (rows.length === 0) continue;
    const { name: lb, address } = view.head;
    plans.push({ lb, address, steps: rows.flatMap(stepsOf), undo: rows.map(undoLine) });
    for (const row of rows) warnings.push(...rowWarnings(lb, row));
    const first = rows[0];
    if (first !== undefined && sightOf(view, first.id, nowMs).kind !== "fresh") {
      warnings.push({
        code: "not-live",
        severity: "note",
        lb,
        message: `${lb} does not answer now. Nothing starts until it does.`,
      });
    }
  }
  const impact: BackendImpact[] = [];
  for (const backend of backendsOf(input.servers)) {
    const worst = impactOf(input, backend, views, steps, options.concurrency);
    const oneByOne = impactOf(input, backend, views, steps, 1);
    if (worst === null || oneByOne === null) continue;
    impact.push(worst);
    warnings.push(...impactWarnings(worst, oneByOne.takingThen >= oneByOne.minimum));
  }
  const hosts = groups.map((group) => ({
    ...group,
    impact: backendsOf(group.servers).flatMap((name) => impactOf(input, name, views, [group.servers], 1) ?? []),
  }));
  return {
    kind: "plan",
    plan: { plan: plans, undo: plans.map(({ lb, undo }) => ({ lb, lines: undo })), impact, hosts, warnings },
  };
}

/** What must be confirmed before it may start: nothing, or the sentences to show. */
export function unconfirmed(plan: Plan): PlanWarning[] {
  return plan.warnings.filter((warning) => warning.severity === "confirm");
}

/**
 * The options once somebody confirmed this plan's warnings. Only somebody who saw that a backend goes below its minimum
 * switches that check off for the run; confirming a queue does not.
 */
export function withOverride(options: MaintenanceOptions, plan: Plan): MaintenanceOptions {
  const goesBelow = plan.warnings.some((warning) => warning.code === "below-minimum" || warning.code === "last-server");
  return { ...options, ignoreMinimum: goesBelow };
}

function unknownNames({ servers, options, fleet }: PlanInput): string[] {
  const problems: string[] = [];
  const names = fleet.loadBalancers.map((lb) => lb.name);
  for (const lb of options.loadBalancers ?? []) {
    if (!names.includes(lb)) problems.push(`there is no load balancer "${lb}"; there are ${listOf(names)}`);
  }
  for (const id of servers) {
    const server = fleet.servers.get(id);
    if (server === undefined) {
      const backend = fleet.backends.find((one) => one.backend === backendOf(id));
      const known =
        backend === undefined
          ? `there are the backends ${listOf(fleet.backends.map((one) => one.backend))}`
          : `${backend.backend} has ${listOf(backend.servers.map((one) => one.server))}`;
      problems.push(`no load balancer has a server ${id}; ${known}`);
      continue;
    }
    const carriers = server.cells.map((cell) => cell.lb);
    for (const lb of options.loadBalancers ?? []) {
      if (names.includes(lb) && !carriers.includes(lb))
        problems.push(`load balancer "${lb}" has no server ${id}; ${listOf(carriers)} has it`);
    }
  }
  return problems;
}

function rowsOf({ servers, options }: PlanInput, view: LoadBalancerView): ServerRow[] {
  if (options.loadBalancers !== null && !options.loadBalancers.includes(view.head.name)) return [];
  return servers.flatMap((id) => view.servers.find((row) => row.id === id) ?? []);
}

function setLine(row: ServerRow, adminState: AdminState): string {
  return commandLine({ kind: "set-state", backend: row.backend, server: row.server, adminState });
}

/** In the order they would be sent to this load balancer if all goes well. */
function stepsOf(row: ServerRow): PlanStep[] {
  const before = forcedStateOf(row.adminBits);
  const server = row.id;
  if (before === "maint") return [];
  const steps: PlanStep[] = before === "drain" ? [] : [{ server, when: "at once", line: setLine(row, "drain") }];
  steps.push({ server, when: "when quiet", line: setLine(row, "maint") });
  if (before === "drain" || hasCheck(row)) steps.push({ server, when: "when you say so", line: setLine(row, "drain") });
  if (before === "ready")
    steps.push({
      server,
      when: hasCheck(row) ? "when its check is clean" : "when you say so",
      line: setLine(row, "ready"),
    });
  return steps;
}

/** Back to what it was, which is not always ready. */
function undoLine(row: ServerRow): string {
  return setLine(row, forcedStateOf(row.adminBits));
}

function rowWarnings(lb: string, row: ServerRow): PlanWarning[] {
  const warnings: PlanWarning[] = [];
  const before = forcedStateOf(row.adminBits);
  if (before !== "ready") {
    warnings.push({
      code: "weight-zero",
      severity: "note",
      lb,
      message: `${row.id} is in ${before} on ${lb} already; it goes back to ${before} in the end, not to ready.`,
    });
  } else if (row.weight === 0) {
    warnings.push({
      code: "weight-zero",
      severity: "note",
      lb,
      message: `${row.id} has weight 0 on ${lb}; ready does not change that.`,
    });
  }
  if (row.qcur > 0) {
    warnings.push({
      code: "queue",
      severity: "confirm",
      lb,
      message: `The queue of ${row.id} holds ${plural(row.qcur, "session")} on ${lb}. From 3.0 drain may send them all to it at once, over its maxconn.`,
    });
  }
  if (!hasCheck(row) && before !== "maint") {
    warnings.push({
      code: "unproven-health",
      severity: "note",
      lb,
      message: `${row.id} has no check on ${lb}: nothing can prove that it is well before it is ready again.`,
    });
  }
  return warnings;
}

/** Whoever stands on the machine is cut off when it goes down. */
function sharedWarning(fleet: FleetView, group: HostGroup, loadBalancers: readonly string[] | null): PlanWarning[] {
  const left = leftOnHost(fleet, group, loadBalancers);
  if (left.length === 0) return [];
  const message = `${group.host} carries ${listOf(left)} too, not in this list: its users stay on the machine.`;
  return [{ code: "shared-host", severity: "confirm", lb: null, message }];
}

function backendsOf(servers: readonly ServerId[]): string[] {
  return [...new Set(servers.map(backendOf))];
}

function backendOf(id: ServerId): string {
  return splitServerId(id)?.backend ?? id;
}

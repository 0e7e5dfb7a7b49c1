// The preflight: what a maintenance would do, before anything is sent. The start dialog shows it, `dryRun` returns it, and
// the audit keeps it. It is made again at send time: the fleet may have changed while somebody read.
import type { FleetView } from "#lib/fleet/merge.ts";
import { isRamping, takesNewUsers } from "#lib/fleet/taking.ts";
import type { LoadBalancerView, ServerRow } from "#lib/fleet/view.ts";
import type { AdminState } from "#lib/haproxy/admin-state.ts";
import { commandLine } from "#lib/haproxy/command.ts";
import { type ServerId, splitServerId } from "#lib/haproxy/names.ts";
import { listOf, plural, span } from "#lib/util/format.ts";
import { socketFindings } from "./guard.ts";
import { hasCheck } from "./health.ts";
import type { MaintenanceOptions } from "./job.ts";
import { countOf, forcedStateOf, sightOf } from "./sight.ts";
import { roomIn } from "./starting.ts";

export interface PlanInput {
  servers: readonly ServerId[];
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

export interface BackendImpact {
  backend: string;
  /** the load balancer where fewest are left; users enter through each of them */
  worstLb: string;
  takingNow: number;
  /** how many take new users while the most are out at once */
  takingThen: number;
  capacity: number;
  minimum: number;
  /** the servers that stay, on the worst load balancer */
  staying: {
    server: string;
    sessionsNow: number;
    maxconn: number | null;
    sessionsThen: number;
    atPeak: number | null;
  }[];
  peak: { sessions: number; atMs: number } | null;
  queue: number;
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
    | "sessions-left";
  /** `confirm`: only with override; `note`: worth knowing */
  severity: "confirm" | "note";
  lb: string | null;
  message: string;
}

export interface Plan {
  plan: LoadBalancerPlan[];
  undo: { lb: string; lines: string[] }[];
  impact: BackendImpact[];
  warnings: PlanWarning[];
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

  const plans: LoadBalancerPlan[] = [];
  const warnings: PlanWarning[] = [];
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
  const impact = [...new Set(input.servers.map(backendOf))].flatMap((backend) => impactOf(input, backend, views));
  for (const one of impact) warnings.push(...impactWarnings(one));
  return {
    kind: "plan",
    plan: { plan: plans, undo: plans.map(({ lb, undo }) => ({ lb, lines: undo })), impact, warnings },
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

/** The most that are out at once, on the load balancer that is hit hardest. */
function impactOf(input: PlanInput, backend: string, views: readonly LoadBalancerView[]): BackendImpact[] {
  let worst: { impact: BackendImpact; left: number } | null = null;
  for (const view of views) {
    const going = rowsOf(input, view).filter((row) => row.backend === backend);
    if (going.length === 0) continue;
    const lb = view.head.name;
    const room = roomIn(view, backend, input.minimums, new Set(input.leaving));
    const costs = going.filter(
      (row) => !row.isBackup && takesNewUsers(row) && !isRamping(row) && !input.leaving.includes(row.id),
    );
    const out = Math.min(input.options.concurrency, costs.length);
    const takingThen = room.taking - out;
    const gone = new Set([...costs.slice(0, out).map((row) => row.id), ...input.leaving]);
    const stayingRows = view.servers.filter(
      (row) => row.backend === backend && !row.isBackup && takesNewUsers(row) && !gone.has(row.id),
    );
    const moved = going.slice(0, input.options.concurrency).reduce((sum, row) => sum + countOf(row), 0);
    const peak = input.peaks.get(backend)?.get(lb) ?? null;
    const weights = stayingRows.reduce((sum, row) => sum + row.weight, 0);
    const share = (row: ServerRow, total: number) => (weights === 0 ? 0 : Math.round((total * row.weight) / weights));
    const impact: BackendImpact = {
      backend,
      worstLb: lb,
      takingNow: room.taking,
      takingThen,
      capacity: room.capacity,
      minimum: room.minimum,
      staying: stayingRows.map((row) => ({
        server: row.server,
        sessionsNow: countOf(row),
        maxconn: row.slim,
        sessionsThen: countOf(row) + share(row, moved),
        atPeak: peak === null ? null : share(row, peak.sessions),
      })),
      peak,
      queue: view.backends.find((row) => row.backend === backend)?.qcur ?? 0,
    };
    if (worst === null || takingThen - room.minimum < worst.left) worst = { impact, left: takingThen - room.minimum };
  }
  return worst === null ? [] : [worst.impact];
}

function impactWarnings(impact: BackendImpact): PlanWarning[] {
  const { backend, worstLb: lb, takingNow, takingThen, minimum, capacity } = impact;
  const warnings: PlanWarning[] = [];
  if (takingThen === 0 && takingNow > 0) {
    warnings.push({
      code: "last-server",
      severity: "confirm",
      lb,
      message: `This leaves ${backend} without any server for new users on ${lb}.`,
    });
  } else if (takingThen < minimum && takingThen < takingNow) {
    const sooner = takingNow - 1 >= minimum ? " Fewer at once keeps it." : "";
    warnings.push({
      code: "below-minimum",
      severity: "confirm",
      lb,
      message: `This leaves ${backend} with ${takingThen} of ${capacity} taking new users on ${lb}, below its minimum of ${minimum}.${sooner}`,
    });
  }
  for (const row of impact.staying) {
    const { maxconn, sessionsThen: now } = row;
    const peak = row.atPeak ?? 0;
    if (maxconn === null || Math.max(now, peak) <= maxconn) continue;
    const high = [
      ...(now > maxconn ? [`${plural(now, "session")} now`] : []),
      ...(peak > maxconn && peak > now ? [`${plural(peak, "session")} at the day's peak`] : []),
    ];
    warnings.push({
      code: "over-maxconn",
      severity: "note",
      lb,
      message: `${backend}/${row.server} would carry ${listOf(high)} on ${lb}, over its maxconn of ${maxconn}; users above it wait in the queue.`,
    });
  }
  return warnings;
}

function backendOf(id: ServerId): string {
  return splitServerId(id)?.backend ?? id;
}

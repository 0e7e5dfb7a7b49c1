// What a run takes from a backend: the most that is out at once, on the load balancer that is hit hardest. [M98], [M118]
import { takesNewUsers } from "#lib/fleet/taking.ts";
import type { LoadBalancerView, ServerRow } from "#lib/fleet/view.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import { listOf, plural } from "#lib/util/format.ts";
import type { PlanInput, PlanWarning } from "./plan.ts";
import { countOf } from "./sight.ts";
import { isFull, roomIn } from "./starting.ts";

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

/** The `atOnce` steps that hit this backend hardest are out, on the load balancer where fewest are left. */
export function impactOf(
  input: PlanInput,
  backend: string,
  views: readonly LoadBalancerView[],
  steps: readonly (readonly ServerId[])[],
  atOnce: number,
): BackendImpact | null {
  let worst: { impact: BackendImpact; left: number } | null = null;
  for (const view of views) {
    const lb = view.head.name;
    const chosen = input.options.loadBalancers;
    if (chosen !== null && !chosen.includes(lb)) continue;
    const rows = new Map(view.servers.filter((row) => row.backend === backend).map((row) => [row.id, row]));
    const costOf = (step: readonly ServerRow[]) =>
      step.filter((row) => isFull(row) && !input.leaving.includes(row.id)).length;
    const out = steps
      .map((ids) => ids.flatMap((id) => rows.get(id) ?? []))
      .filter((step) => step.length > 0)
      .sort((one, other) => costOf(other) - costOf(one))
      .slice(0, atOnce)
      .flat();
    if (out.length === 0) continue;
    const room = roomIn(view, backend, input.minimums, new Set(input.leaving));
    const takingThen = room.taking - costOf(out);
    const gone = new Set([...out.map((row) => row.id), ...input.leaving]);
    const stayingRows = view.servers.filter(
      (row) => row.backend === backend && !row.isBackup && takesNewUsers(row) && !gone.has(row.id),
    );
    const moved = out.reduce((sum, row) => sum + countOf(row), 0);
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
  return worst?.impact ?? null;
}

/** What must be confirmed, and what is worth knowing. */
export function impactWarnings(impact: BackendImpact, isKeptOneByOne: boolean): PlanWarning[] {
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
    const sooner = isKeptOneByOne ? " Fewer at once keeps it." : "";
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

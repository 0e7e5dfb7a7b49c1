// The impact preview of the start dialog: LINEAR against maxconn, on the load balancer that is hit hardest. It is about
// capacity, not about draining, and the legend says so.

import { opStateOf } from "#lib/fleet/op-state.ts";
import { isRamping } from "#lib/fleet/taking.ts";
import type { LoadBalancerView, ServerRow } from "#lib/fleet/view.ts";
import { adminStateOf } from "#lib/haproxy/admin-state.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import type { BackendImpact } from "#lib/maintenance/impact.ts";
import { clockMinute, count } from "#lib/util/format.ts";

export interface ImpactColumn {
  readonly name: string;
  readonly kind: "out" | "waits" | "stays" | "down" | "off";
  /** under the name: "418 to 558", "drain", "waits", "DOWN", "maint" */
  readonly caption: string;
  readonly now: number;
  readonly later: number;
  readonly peak: number | null;
  readonly maxconn: number | null;
}

export interface ImpactPicture {
  readonly columns: readonly ImpactColumn[];
  /** what a full tube without a maxconn of its own stands for: room above the largest number */
  readonly full: number;
  /** the one maxconn of all that stay; null: none, or they differ */
  readonly maxconn: number | null;
  readonly hasPeak: boolean;
}

/** More are not told apart in the dialog's width. */
export const MAX_COLUMNS = 8;
/** Without maxconn the highest number stands at this share of the tube. */
const HEADROOM = 0.85;

export function impactPicture(
  impact: BackendImpact,
  view: LoadBalancerView | undefined,
  leaving: ReadonlySet<ServerId>,
): ImpactPicture {
  const rows = view?.servers.filter((row) => row.backend === impact.backend && !row.isBackup) ?? [];
  const columns = rows.map((row) => columnOf(row, impact, leaving));
  const stays = columns.filter((column) => column.kind === "stays" || column.kind === "waits");
  const limits = new Set(stays.map((column) => column.maxconn));
  const [first] = limits;
  const highest = Math.max(1, ...columns.flatMap(({ now, later, peak }) => [now, later, peak ?? 0]));
  return {
    columns,
    full: highest / HEADROOM,
    maxconn: limits.size === 1 ? (first ?? null) : null,
    hasPeak: stays.some((column) => column.peak !== null),
  };
}

function columnOf(row: ServerRow, impact: BackendImpact, leaving: ReadonlySet<ServerId>): ImpactColumn {
  const now = row.scur + row.oldScur;
  const base = { name: row.server, now, later: now, peak: null, maxconn: row.slim };
  const staying = impact.staying.find((one) => one.server === row.server);
  const isLeaving = leaving.has(row.id);
  // A run takes out so many at a time: until its turn, a server of the run carries its part like those that stay.
  if (isLeaving && staying === undefined) return { ...base, kind: "out", caption: "drain" };
  if (staying !== undefined) {
    const numbers =
      staying.sessionsThen === staying.sessionsNow
        ? count(staying.sessionsNow)
        : `${count(staying.sessionsNow)} to ${count(staying.sessionsThen)}`;
    return {
      ...base,
      kind: isLeaving ? "waits" : "stays",
      caption: isLeaving ? "waits" : numbers,
      now: staying.sessionsNow,
      later: staying.sessionsThen,
      peak: staying.atPeak,
      maxconn: staying.maxconn,
    };
  }
  const opState = opStateOf(row);
  const adminState = adminStateOf(row.adminBits);
  if (adminState === "ready" && (opState === "down" || opState === "going-up"))
    return { ...base, kind: "down", caption: "DOWN" };
  if (adminState !== "ready") return { ...base, kind: "off", caption: adminState };
  return { ...base, kind: "off", caption: isRamping(row) ? "ramping" : "weight 0" };
}

/** Heights in px above the tube's floor. */
export function barsOf(
  column: ImpactColumn,
  full: number,
  height: number,
): { now: number; later: number; peak: number | null; isOverPeak: boolean } {
  const px = (n: number) => Math.round(Math.min(1, n / full) * height * 10) / 10;
  const limit = column.maxconn ?? Number.POSITIVE_INFINITY;
  return {
    now: px(column.now),
    later: Math.max(px(column.now), px(column.later)),
    peak: column.peak === null ? null : px(column.peak),
    isOverPeak: column.peak !== null && column.peak > limit,
  };
}

export interface ImpactFact {
  readonly label: string;
  readonly value: string;
  readonly isBad: boolean;
}

export function impactTitle(impact: BackendImpact): string {
  if (impact.takingThen === 0) return `No server of ${impact.capacity} is left`;
  const verb = impact.takingThen < impact.minimum ? "left" : "stay";
  return `${impact.takingThen} of ${impact.capacity} servers ${verb === "stay" && impact.takingThen === 1 ? "stays" : verb}`;
}

export function isBelowMinimum(impact: BackendImpact): boolean {
  return impact.takingThen < impact.minimum && impact.takingThen < impact.takingNow;
}

export function impactFacts(impact: BackendImpact): readonly ImpactFact[] {
  const facts: ImpactFact[] = [{ label: `Minimum for ${impact.backend}`, value: String(impact.minimum), isBad: false }];
  const { staying } = impact;
  const [only] = staying;
  if (only !== undefined) {
    const highest = staying.reduce((max, row) => Math.max(max, row.sessionsThen), 0);
    const lowest = staying.reduce((min, row) => Math.min(min, row.sessionsNow), only.sessionsNow);
    const isOver = staying.some((row) => row.maxconn !== null && row.sessionsThen > row.maxconn);
    facts.push(
      staying.length === 1
        ? { label: "Sessions then", value: `${count(highest)}, all on ${only.server}`, isBad: isOver }
        : {
            label: "Sessions now, per server",
            value: highest === lowest ? count(highest) : `${count(lowest)} to ${count(highest)}`,
            isBad: isOver,
          },
    );
  }
  const atPeak = staying.filter((row) => row.atPeak !== null);
  if (impact.peak !== null && atPeak.length > 0) {
    const tightest = atPeak.reduce((a, b) => (share(b) > share(a) ? b : a));
    const peak = tightest.atPeak ?? 0;
    const isOver = tightest.maxconn !== null && peak > tightest.maxconn;
    const against =
      tightest.maxconn === null
        ? ", no maxconn"
        : isOver
          ? `, over maxconn ${count(tightest.maxconn)}`
          : `, ${Math.round((peak / tightest.maxconn) * 100)}% of maxconn`;
    facts.push({
      label: `At the day's peak, ${clockMinute(impact.peak.atMs)}`,
      value: `${count(peak)}${against}`,
      isBad: isOver,
    });
  }
  if (impact.queue > 0) facts.push({ label: "In the queue now", value: count(impact.queue), isBad: true });
  return facts;
}

function share(row: { atPeak: number | null; maxconn: number | null }): number {
  return row.maxconn === null ? (row.atPeak ?? 0) / 1e9 : (row.atPeak ?? 0) / row.maxconn;
}

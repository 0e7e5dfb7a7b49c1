// What a selection of servers means, in words, before any button is pressed.
import { countsAsLive } from "#lib/fleet/link.ts";
import type { BackendView, FleetView } from "#lib/fleet/merge.ts";
import { takesNewUsers } from "#lib/fleet/taking.ts";
import type { ServerId } from "#lib/haproxy/names.ts";

/** Selects or clears one; with `from`, everything between the two goes the way of `id`. */
export function toggleSelected(
  before: ReadonlySet<ServerId>,
  order: readonly ServerId[],
  id: ServerId,
  from: ServerId | null,
): ReadonlySet<ServerId> {
  const next = new Set(before);
  const start = from === null ? -1 : order.indexOf(from);
  const end = order.indexOf(id);
  if (start < 0 || end < 0) {
    if (!next.delete(id)) next.add(id);
    return next;
  }
  for (const one of order.slice(Math.min(start, end), Math.max(start, end) + 1)) next.add(one);
  return next;
}

/** All that are shown, or none of them; what a filter hides is not touched. */
export function toggleAll(before: ReadonlySet<ServerId>, order: readonly ServerId[]): ReadonlySet<ServerId> {
  const next = new Set(before);
  const isAll = order.every((id) => before.has(id));
  for (const id of order) {
    if (isAll) next.delete(id);
    else next.add(id);
  }
  return next;
}

export interface SelectionImpact {
  /** of the backend that is hit hardest */
  readonly text: string;
  /** what it leaves of the other backends; empty: there is no other */
  readonly others: string;
  readonly isWarning: boolean;
}

interface BackendLoss {
  backend: string;
  /** on its worst live load balancer: that take new users now, of them selected, and that are left */
  now: number;
  out: number;
  then: number;
  capacity: number;
  minimum: number;
}

const OTHERS_NAMED = 4;

/** What is left for new users of each backend if all went out at once, on its worst live load balancer. */
export function selectionImpact(fleet: FleetView, ids: readonly ServerId[]): SelectionImpact {
  if (!fleet.loadBalancers.some((lb) => countsAsLive(lb.link)))
    return { text: "No load balancer answers: what it would mean is not known.", others: "", isWarning: true };
  const losses = fleet.backends.flatMap((backend) => lossOf(fleet, backend, new Set(ids)) ?? []);
  const [worst, ...rest] = losses.sort((a, b) => roomOf(a) - roomOf(b));
  if (worst === undefined) return { text: "None of them takes new users now.", others: "", isWarning: false };
  const { backend, then, capacity, minimum, now } = worst;
  const who = ids.length === 1 ? "It" : ids.length === 2 ? "Both at once" : `All ${ids.length} at once`;
  const left = `${who} would leave ${backend} with ${then} of ${capacity} taking new users`;
  const others = othersWords(rest);
  if (roomOf(worst) >= 0) return { text: `${left}. Its minimum is ${minimum}.`, others, isWarning: false };
  const one = ids.length > 1 && now - 1 >= minimum ? ` One at a time keeps ${now - 1}.` : "";
  return { text: `${left}, below its minimum of ${minimum}.${one}`, others, isWarning: true };
}

function lossOf(fleet: FleetView, backend: BackendView, selected: ReadonlySet<ServerId>): BackendLoss | null {
  if (!backend.servers.some((server) => selected.has(server.id))) return null;
  let worst: BackendLoss | null = null;
  for (const lb of fleet.loadBalancers) {
    if (!countsAsLive(lb.link)) continue;
    const rows = lb.view.servers.filter((row) => row.backend === backend.backend && !row.isBackup);
    const taking = rows.filter(takesNewUsers);
    const out = taking.filter((row) => selected.has(row.id)).length;
    const { minimum, capacity } = backend;
    const then = taking.length - out;
    if (out > 0 && (worst === null || then < worst.then))
      worst = { backend: backend.backend, now: taking.length, out, then, capacity, minimum };
  }
  return worst;
}

function roomOf({ then, minimum }: BackendLoss): number {
  return then - minimum;
}

/** "And API with 1 of 2, below its minimum of 2; WS with 2 of 3." */
function othersWords(losses: readonly BackendLoss[]): string {
  if (losses.length === 0) return "";
  const words = losses.slice(0, OTHERS_NAMED).map((loss) => {
    const low = roomOf(loss) < 0 ? `, below its minimum of ${loss.minimum}` : "";
    return `${loss.backend} with ${loss.then} of ${loss.capacity}${low}`;
  });
  const more = losses.length > OTHERS_NAMED ? `; and ${losses.length - OTHERS_NAMED} more backends` : "";
  return `And ${words.join("; ")}${more}.`;
}

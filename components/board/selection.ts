// What a selection of servers means, in words, before any button is pressed.
import { countsAsLive } from "#lib/fleet/link.ts";
import type { FleetView } from "#lib/fleet/merge.ts";
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

export interface SelectionImpact {
  readonly text: string;
  readonly isWarning: boolean;
}

/** The backend that is hit hardest if all went out at once, on its worst live load balancer. */
export function selectionImpact(fleet: FleetView, ids: readonly ServerId[]): SelectionImpact {
  const selected = new Set(ids);
  let worst: {
    room: number;
    backend: string;
    then: number;
    capacity: number;
    minimum: number;
    now: number;
    out: number;
  } | null = null;
  for (const backend of fleet.backends) {
    if (!backend.servers.some((server) => selected.has(server.id))) continue;
    for (const lb of fleet.loadBalancers) {
      if (!countsAsLive(lb.link)) continue;
      const rows = lb.view.servers.filter((row) => row.backend === backend.backend && !row.isBackup);
      const taking = rows.filter(takesNewUsers);
      const out = taking.filter((row) => selected.has(row.id)).length;
      const then = taking.length - out;
      const { minimum, capacity } = backend;
      const room = then - minimum;
      if (worst === null || room < worst.room)
        worst = { room, backend: backend.backend, then, capacity, minimum, now: taking.length, out };
    }
  }
  if (worst === null) return { text: "No load balancer answers: what it would mean is not known.", isWarning: true };
  const { backend, then, capacity, minimum, now, out } = worst;
  const who = ids.length === 1 ? "It" : ids.length === 2 ? "Both at once" : `All ${ids.length} at once`;
  const verb = ids.length === 1 ? "would leave" : "would leave";
  if (out === 0) return { text: "None of them takes new users now.", isWarning: false };
  if (worst.room >= 0)
    return {
      text: `${who} ${verb} ${backend} with ${then} of ${capacity} taking new users. Its minimum is ${minimum}.`,
      isWarning: false,
    };
  const one = ids.length > 1 && now - 1 >= minimum ? ` One at a time keeps ${now - 1}.` : "";
  return {
    text: `${who} ${verb} ${backend} with ${then} of ${capacity} taking new users, below its minimum of ${minimum}.${one}`,
    isWarning: true,
  };
}

// What can be seen of one server on one load balancer, and how far it may be believed. Only `fresh` moves anything.
import { linkOf } from "#lib/fleet/link.ts";
import type { LoadBalancerView, ProcessIdentity, ServerRow } from "#lib/fleet/view.ts";
import { AdminBit, type AdminState } from "#lib/haproxy/admin-state.ts";
import type { ServerId } from "#lib/haproxy/names.ts";

/** A row of the fleet; the optional facts make sentences and proofs better, nothing depends on them. */
export interface SeenRow extends ServerRow {
  /** sessions assigned since the process started (`stot`): tells how many came in while our state was gone */
  readonly stot?: number | null;
  /** when the newest finished check result was first seen, epoch ms: proves that a check ran after maint */
  readonly lastCheckAtMs?: number | null;
  /** a reload was just seen and the master CLI has not told yet what it left behind: `oldScur` proves nothing */
  readonly isOldUnsure?: boolean;
  /** of scur and oldScur, those that do not end by themselves; null: not counted lately */
  readonly tunnels?: number | null;
}

/** Everything decide() looks at. */
export interface Seen {
  /** every configured load balancer, also those that never answered */
  readonly views: readonly LoadBalancerView[];
  /** per backend, where somebody set one */
  readonly minimums: Readonly<Record<string, number>>;
  /** servers that other jobs or people are taking out right now, seen or not yet seen */
  readonly leaving?: readonly ServerId[];
}

export type Sight =
  | {
      kind: "fresh";
      row: SeenRow;
      process: ProcessIdentity;
      observedAtMs: number;
      pollMs: number;
      view: LoadBalancerView;
    }
  /** a poll or two are missing: not worth a word, but not proof either */
  | { kind: "late" }
  /** `isMissing`: it is not configured any more, so nobody asks it */
  | { kind: "stale"; sinceMs: number | null; isMissing?: true }
  /** the load balancer answers and does not list the server */
  | { kind: "gone" };

/** The app's clock was set back: an observation from the future says nothing about now. */
export const FUTURE_SLACK_MS = 2_000;

export function sightOf(view: LoadBalancerView | undefined, id: ServerId, nowMs: number): Sight {
  if (view === undefined) return { kind: "stale", sinceMs: null, isMissing: true };
  const { head } = view;
  if (head.observedAtMs === null || head.process === null) return { kind: "stale", sinceMs: head.observedAtMs };
  if (head.observedAtMs > nowMs + FUTURE_SLACK_MS) return { kind: "late" };
  const link = linkOf(head, nowMs);
  if (link === "stale" || link === "unreachable") return { kind: "stale", sinceMs: head.observedAtMs };
  if (link === "late") return { kind: "late" };
  const row = view.servers.find((one) => one.id === id);
  if (row === undefined) return { kind: "gone" };
  return {
    kind: "fresh",
    row,
    process: head.process,
    observedAtMs: head.observedAtMs,
    pollMs: head.pollMs,
    view,
  };
}

/**
 * What somebody forced by hand. Inherited and resolution bits are not ours to set or clear, so they neither confirm nor
 * undo anything the job asked for.
 */
export function forcedStateOf(bits: number): AdminState {
  if (bits & AdminBit.forcedMaint) return "maint";
  if (bits & AdminBit.forcedDrain) return "drain";
  return "ready";
}

export function countOf(row: ServerRow): number {
  return row.scur + row.oldScur + row.qcur;
}

/** Over several load balancers; null: one of them is not counted, so nobody knows. */
export function tunnelsOf(counts: readonly (number | null | undefined)[]): number | null {
  let sum = 0;
  for (const count of counts) {
    if (count == null) return null;
    sum += count;
  }
  return counts.length === 0 ? null : sum;
}

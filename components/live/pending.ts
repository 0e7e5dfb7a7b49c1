// Commands under way. Nothing is painted before HAProxy confirms it: a click only marks what was asked, and the mark goes
// when each load balancer shows it, when one refuses, or when nothing came for as long as an answer may take.

import { countsAsLive } from "#lib/fleet/link.ts";
import type { FleetView } from "#lib/fleet/merge.ts";
import { type AdminState, showsRequest } from "#lib/haproxy/admin-state.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import type { LoadBalancerOutcome, SetStateInput } from "#lib/wire/commands.ts";

/** Asked for `asked`, seen by `confirmed` of `of` load balancers so far. */
export interface Pending {
  readonly asked: AdminState;
  readonly confirmed: number;
  readonly of: number;
}

/** How long an acknowledgement may take, and how long a mark may stand. The app's own deadline is shorter. */
export const COMMAND_TIMEOUT_MS = 15_000;
/** The same for several servers, of which a few are set at a time. */
export const MANY_TIMEOUT_MS = 120_000;

interface Ask {
  readonly token: number;
  readonly asked: AdminState;
  readonly lbs: readonly string[];
  readonly untilMs: number;
  readonly pending: Pending;
}

export class PendingStates {
  readonly #asks = new Map<ServerId, Ask>();
  #tokens = 0;

  /** Returns the token that ends this ask; a newer ask for the same server takes its place. */
  begin(input: SetStateInput, fleet: FleetView | null, nowMs: number, lastsMs = COMMAND_TIMEOUT_MS): number {
    const cells = fleet?.servers.get(input.server)?.cells ?? [];
    const lbs = input.loadBalancers ?? cells.map((cell) => cell.lb);
    const token = ++this.#tokens;
    const asked = input.adminState;
    const confirmed = confirmedOf(fleet, input.server, asked, lbs);
    const untilMs = nowMs + lastsMs;
    this.#asks.set(input.server, { token, asked, lbs, untilMs, pending: { asked, confirmed, of: lbs.length } });
    return token;
  }

  /** The acknowledgement. Load balancers that did not do it are no longer waited for; null: all of it was refused. */
  answered(
    server: ServerId,
    token: number,
    outcomes: readonly LoadBalancerOutcome[] | null,
    fleet: FleetView | null,
  ): void {
    const ask = this.#asks.get(server);
    if (ask === undefined || ask.token !== token) return;
    const done = new Set(outcomes?.filter(({ outcome }) => outcome === "done").map(({ lb }) => lb));
    this.#settle(server, { ...ask, lbs: ask.lbs.filter((lb) => done.has(lb)) }, fleet);
  }

  /** What was observed. True when any mark changed. */
  observe(fleet: FleetView | null, nowMs: number): boolean {
    let isChanged = false;
    for (const [server, ask] of this.#asks) {
      if (nowMs >= ask.untilMs) {
        this.#asks.delete(server);
        isChanged = true;
      } else if (this.#settle(server, ask, fleet)) isChanged = true;
    }
    return isChanged;
  }

  get(server: ServerId): Pending | null {
    return this.#asks.get(server)?.pending ?? null;
  }

  get size(): number {
    return this.#asks.size;
  }

  #settle(server: ServerId, ask: Ask, fleet: FleetView | null): boolean {
    const confirmed = confirmedOf(fleet, server, ask.asked, ask.lbs);
    const of = ask.lbs.length;
    if (confirmed === of) {
      this.#asks.delete(server);
      return true;
    }
    const isSame = ask.pending.confirmed === confirmed && ask.pending.of === of;
    this.#asks.set(server, isSame ? ask : { ...ask, pending: { asked: ask.asked, confirmed, of } });
    return !isSame;
  }
}

/** A stale load balancer confirms nothing: what it said last was said before the command. */
function confirmedOf(fleet: FleetView | null, server: ServerId, asked: AdminState, lbs: readonly string[]): number {
  const cells = fleet?.servers.get(server)?.cells ?? [];
  return cells.filter(
    (cell) => lbs.includes(cell.lb) && countsAsLive(cell.link) && showsRequest(cell.row.adminBits, asked),
  ).length;
}

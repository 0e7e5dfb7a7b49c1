// This page's copy of what the app last observed: [W1] snapshots, then [W2] deltas onto exactly the revision before.
import type { LoadBalancerView } from "#lib/fleet/view.ts";
import { applyDelta } from "#lib/wire/codec.ts";
import type { LoadBalancerDelta } from "#lib/wire/events.ts";

export class Replica {
  /** Insertion order is the configured order. */
  #views = new Map<string, LoadBalancerView>();

  /** A subscribe's answer: all load balancers, nothing of before remains. */
  replaceAll(views: readonly LoadBalancerView[]): void {
    this.#views = new Map(views.map((view) => [view.head.name, view]));
  }

  /** [W3] A new epoch. A load balancer that was added comes last until the next subscribe brings the order. */
  replace(view: LoadBalancerView): void {
    this.#views.set(view.head.name, view);
  }

  /** "gap": nothing was changed, subscribe again. */
  apply(delta: LoadBalancerDelta): "applied" | "gap" {
    const before = this.#views.get(delta.lb);
    if (before === undefined) return "gap";
    const after = applyDelta(before, delta);
    if (after === "gap") return "gap";
    this.#views.set(delta.lb, after);
    return "applied";
  }

  views(): readonly LoadBalancerView[] {
    return [...this.#views.values()];
  }
}

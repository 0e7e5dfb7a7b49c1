// A fleet without load balancers behind it, whose changes are pushed: what the edge does with a change, and nothing else.
import { aLoadBalancer, aServer } from "#lib/fleet/testing.ts";
import type { LoadBalancerView } from "#lib/fleet/view.ts";
import { Fleet, type FleetListener } from "#server/fleet/fleet.ts";
import type { Publication } from "#server/fleet/poller.ts";

export class PushedFleet extends Fleet {
  readonly #tell = new Set<FleetListener>();
  #view: LoadBalancerView;

  constructor(servers: number) {
    super({ pollers: [], minimums: {}, now: Date.now });
    const rows = Array.from({ length: servers }, (_, i) => aServer(`app-${Math.floor(i / 20)}/web-${i}`));
    this.#view = aLoadBalancer("lb1", rows);
  }

  override views(): LoadBalancerView[] {
    return [this.#view];
  }

  override onPublish(listener: FleetListener): () => void {
    this.#tell.add(listener);
    return () => this.#tell.delete(listener);
  }

  /** Every server has another session count, rate and last arrival: what a busy second changes. */
  nextChange(): Publication {
    const before = this.#view;
    const rev = before.rev + 1;
    const servers = before.servers.map((row, i) => ({
      ...row,
      scur: (rev * 7 + i) % 50,
      arrivalsPerSec: ((rev + i) % 90) / 10,
      lastArrivalAt: 1_700_000_000 + rev,
    }));
    const head = { ...before.head, observedAtMs: Date.now() };
    return { before, after: { ...before, head, rev, servers }, isNewEpoch: false };
  }

  push(publication: Publication): void {
    this.#view = publication.after;
    for (const listener of this.#tell) listener("lb1", publication);
  }
}

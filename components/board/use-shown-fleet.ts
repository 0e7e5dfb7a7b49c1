"use client";
// What the board draws, and what its rows paint. Every poll reaches the feed; only one that changes the shape of
// something (a state, a check, a server that comes or goes, a load balancer that falls silent) renders the board again.
import { useQueryClient } from "@tanstack/react-query";
import { useLayoutEffect, useMemo, useRef, useState } from "react";
import { useLive } from "#components/live/hooks.ts";
import { liveStoreOf } from "#components/live/live-store.ts";
import type { FleetView } from "#lib/fleet/merge.ts";
import { ofOneLoadBalancer } from "#lib/fleet/one-load-balancer.ts";
import { isSteadyFleet } from "#lib/fleet/steady.ts";
import { ViewFeed } from "./view-feed.ts";

export interface ShownFleet {
  /** what the board shows: all load balancers, or one alone. Numbers of ready servers may be old: the feed has the new */
  readonly fleet: FleetView;
  /** the same of all load balancers */
  readonly whole: FleetView;
  readonly feed: ViewFeed;
}

/** `isPainted`: the rows paint themselves. Others are rendered at every poll. */
export function useShownFleet(lb: string | null, isPainted: boolean): ShownFleet | null {
  const [feed] = useState(() => new ViewFeed());
  const shownOf = useMemo(() => ofOneLoadBalancer(lb), [lb]);
  const kept = useRef<FleetView | null>(null);
  const whole = useLive(({ fleet }) => {
    if (fleet !== null && !(isPainted && kept.current !== null && isSteadyFleet(kept.current, fleet)))
      kept.current = fleet;
    return kept.current;
  });
  const store = liveStoreOf(useQueryClient());
  useLayoutEffect(() => {
    const paint = () => {
      const { fleet } = store.value();
      if (fleet !== null) feed.set(shownOf(fleet));
    };
    paint();
    return store.subscribe(paint);
  }, [store, feed, shownOf]);
  return whole === null ? null : { fleet: shownOf(whole), whole, feed };
}

// Reading the live view out of the react-query cache. A query observer for each of some hundred small readers costs more
// at every poll than what they paint: so the cache is watched once, and each reader compares what it selects.
import type { QueryClient } from "@tanstack/react-query";
import { type LiveFleet, liveFleetKey } from "./api.ts";
import { NOTHING_YET } from "./cache.ts";

export interface LiveStore {
  readonly value: () => LiveFleet;
  readonly subscribe: (listener: () => void) => () => void;
}

const stores = new WeakMap<QueryClient, LiveStore>();

export function liveStoreOf(queryClient: QueryClient): LiveStore {
  const known = stores.get(queryClient);
  if (known !== undefined) return known;
  const store = watch(queryClient);
  stores.set(queryClient, store);
  return store;
}

function watch(queryClient: QueryClient): LiveStore {
  const listeners = new Set<() => void>();
  let value = queryClient.getQueryData<LiveFleet>(liveFleetKey) ?? NOTHING_YET;
  queryClient.getQueryCache().subscribe((event) => {
    if (event.type !== "updated" || event.query.queryKey[0] !== liveFleetKey[0]) return;
    const next: unknown = event.query.state.data;
    if (next === undefined || next === value) return;
    value = next as LiveFleet;
    for (const listener of listeners) listener();
  });
  return {
    value: () => value,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

"use client";

// Everything the board needs of the live connection, as hooks.
import { useQuery } from "@tanstack/react-query";
import { useCallback, useContext, useMemo, useSyncExternalStore } from "react";
import type { ServerView } from "#lib/fleet/merge.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import type { SetStateInput } from "#lib/wire/commands.ts";
import { type LiveFleet, liveFleetKey, type Trace } from "./api.ts";
import { appTime } from "./app-time.ts";
import { keepAsIs, NOTHING_YET } from "./cache.ts";
import { notConnected, type SetStateOutcome } from "./outcome.ts";
import type { Pending } from "./pending.ts";
import { LiveContext } from "./provider.tsx";

export type { SetStateOutcome } from "./outcome.ts";
export type { Pending } from "./pending.ts";

/** Re-renders only when what `select` returns is another reference: return a part of the view, do not build one. */
export function useLive<T>(select: (live: LiveFleet) => T): T {
  const result = useQuery({
    ...keepAsIs,
    queryKey: liveFleetKey,
    queryFn: () => NOTHING_YET,
    enabled: false,
    initialData: NOTHING_YET,
    notifyOnChangeProps: ["data", "error"],
    select,
  });
  // a select that throws is a bug of the caller: react-query would keep showing what it returned last
  if (result.error !== null) throw result.error;
  return result.data;
}

export function useServerView(id: ServerId): ServerView | undefined {
  return useLive((live) => live.fleet?.servers.get(id));
}

/** The app's clock, epoch ms, as of the last whole second; re-renders once a second. 0 before the first message. */
export function useAppNow(): number {
  return useSyncExternalStore(appTime.subscribe, appTime.shown, () => 0);
}

/** The app's clock now, epoch ms; 0 before the first message. Not for rendering: see useAppNow. */
export function appNow(): number {
  return appTime.now();
}

/** Sessions of the last five minutes; null until they arrive. Rows that mount together ask together. */
export function useTrace(id: ServerId): Trace | null {
  const client = useContext(LiveContext);
  const watch = useCallback((listener: () => void) => client?.traces.watch(id, listener) ?? nothing, [client, id]);
  return useSyncExternalStore(
    watch,
    () => client?.traces.get(id) ?? null,
    () => null,
  );
}

export function useSetState(): { send(input: SetStateInput): Promise<SetStateOutcome> } {
  const client = useContext(LiveContext);
  return useMemo(() => ({ send: async (input: SetStateInput) => client?.setState(input) ?? notConnected() }), [client]);
}

/** What was asked of this server and is not yet observed everywhere; null: nothing. */
export function usePending(id: ServerId): Pending | null {
  const client = useContext(LiveContext);
  return useSyncExternalStore(
    client?.watchPending ?? neverChanges,
    () => client?.pendingOf(id) ?? null,
    () => null,
  );
}

const nothing = () => {};
const neverChanges = () => nothing;

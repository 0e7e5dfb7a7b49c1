// Everything the board needs of the live connection, as hooks.
import { useQuery } from "@tanstack/react-query";
import type { ServerView } from "#lib/fleet/merge.ts";
import type { AdminState } from "#lib/haproxy/admin-state.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import type { SetStateInput, SetStateResult } from "#lib/wire/commands.ts";
import type { Problem } from "#lib/wire/problem.ts";
import { type LiveFleet, liveFleetKey, type Trace } from "./api.ts";

export type SetStateOutcome = { ok: true; value: SetStateResult } | { ok: false; problem: Problem };

/** A command under way: asked for `asked`, seen by `confirmed` of `of` load balancers so far. */
export interface Pending {
  asked: AdminState;
  confirmed: number;
  of: number;
}

const NOTHING_YET: LiveFleet = {
  connection: { kind: "connecting" },
  fleet: null,
  me: null,
  lastChange: null,
  isOutdated: false,
};

/** Re-renders only when what `select` returns is another reference: return a part of the view, do not build one. */
export function useLive<T>(select: (live: LiveFleet) => T): T {
  const { data } = useQuery({
    queryKey: liveFleetKey,
    queryFn: () => NOTHING_YET,
    initialData: NOTHING_YET,
    staleTime: Number.POSITIVE_INFINITY,
    structuralSharing: false,
    select,
  });
  return data;
}

export function useServerView(id: ServerId): ServerView | undefined {
  return useLive((live) => live.fleet?.servers.get(id));
}

/** The app's clock, epoch ms, as of the last whole second; re-renders once a second. */
export function useAppNow(): number {
  return appNow();
}

/** The app's clock now, epoch ms; 0 before the first message. Not for rendering: see useAppNow. */
export function appNow(): number {
  return 0;
}

/** Sessions of the last five minutes; null until they arrive. */
export function useTrace(_id: ServerId): Trace | null {
  return null;
}

export function useSetState(): { send(input: SetStateInput): Promise<SetStateOutcome> } {
  return {
    send: async () => {
      throw new Error("not connected");
    },
  };
}

/** What was asked of this server and is not yet observed everywhere; null: nothing. */
export function usePending(_id: ServerId): Pending | null {
  return null;
}

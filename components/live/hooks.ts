"use client";

// Everything the board needs of the live connection, as hooks.
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useContext, useEffect, useLayoutEffect, useMemo, useRef, useSyncExternalStore } from "react";
import type { ServerView } from "#lib/fleet/merge.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import { isFinal } from "#lib/maintenance/job.ts";
import type { MaintenanceSummary, ServerSummary } from "#lib/maintenance/summary.ts";
import type { SetStateInput, SetStatesInput, SetStatesResult } from "#lib/wire/commands.ts";
import type { DiagnosisReport } from "#lib/wire/diagnosis.ts";
import type {
  HistoryResult,
  LostState,
  MaintenancePreview,
  MaintenanceRequest,
  Scope,
  StartMaintenanceInput,
} from "#lib/wire/events.ts";
import type { ControlResult } from "#lib/wire/server-control.ts";
import type { EndSessionsInput, EndSessionsResult, SessionsReport } from "#lib/wire/sessions.ts";
import type { LiveFleet, Trace } from "./api.ts";
import { appTime } from "./app-time.ts";
import type { AuditWatcher } from "./audit-feed.ts";
import { NOTHING_YET } from "./cache.ts";
import { liveStoreOf } from "./live-store.ts";
import { type Answer, notConnected, type SetStateOutcome } from "./outcome.ts";
import type { Pending } from "./pending.ts";
import { LiveContext } from "./provider.tsx";
import type { Control } from "./server-commands.ts";
import type { SessionsView } from "./sessions-feed.ts";

export type { Answer, SetStateOutcome } from "./outcome.ts";
export type { Pending } from "./pending.ts";
export type { Control } from "./server-commands.ts";
export type { SessionsView } from "./sessions-feed.ts";

/** Re-renders only when what `select` returns is another reference: return a part of the view, do not build one. */
export function useLive<T>(select: (live: LiveFleet) => T): T {
  const store = liveStoreOf(useQueryClient());
  return useSyncExternalStore(
    store.subscribe,
    () => select(store.value()),
    () => select(NOTHING_YET),
  );
}

export function useServerView(id: ServerId): ServerView | undefined {
  return useLive((live) => live.fleet?.servers.get(id));
}

/**
 * What this part needs to see while it is on the page: the fleet, or one server (an id) without the rest. Of several, the
 * widest counts. Before it paints: what was wanted by the page before is let go of in the same moment.
 */
export function useScope(server: ServerId | null): void {
  const client = useContext(LiveContext);
  useLayoutEffect(() => {
    const scope: Scope = server === null ? { kind: "fleet" } : { kind: "server", id: server };
    return client?.want(scope);
  }, [client, server]);
}

/** The app's clock, epoch ms, as of the last whole second; re-renders once a second. 0 before the first message. */
export function useAppNow(): number {
  return useSyncExternalStore(appTime.subscribe, appTime.shown, () => 0);
}

/** The app's clock now, epoch ms; 0 before the first message. Not for rendering: see useAppNow. */
export function appNow(): number {
  return appTime.now();
}

/** Calls `tick` with every whole second of the app's clock, without rendering anything. */
export function useEachSecond(tick: () => void): void {
  const latest = useRef(tick);
  latest.current = tick;
  useEffect(() => appTime.subscribe(() => latest.current()), []);
}

/**
 * Sessions of the last five minutes; null until they arrive. `changed` is called with each new one, and nothing is
 * rendered. Rows that mount together ask together.
 */
export function useTrace(id: ServerId, changed: () => void): () => Trace | null {
  const client = useContext(LiveContext);
  const latest = useRef(changed);
  latest.current = changed;
  useEffect(() => client?.traces.watch(id, () => latest.current()), [client, id]);
  return useCallback(() => client?.traces.get(id) ?? null, [client, id]);
}

export function useSetState(): { send(input: SetStateInput): Promise<SetStateOutcome> } {
  const client = useContext(LiveContext);
  return useMemo(() => ({ send: async (input: SetStateInput) => client?.setState(input) ?? notConnected() }), [client]);
}

export function useSetStates(): (input: SetStatesInput) => Promise<Answer<SetStatesResult>> {
  const client = useContext(LiveContext);
  return useCallback(async (input) => client?.setStates(input) ?? notConnected(), [client]);
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

/** Open ones and those that closed within the last day, oldest first. Believe them only while the connection is open. */
export function useMaintenances(): readonly MaintenanceSummary[] {
  return useLive(({ maintenances }) => maintenances);
}

export function useMaintenance(id: string): MaintenanceSummary | undefined {
  return useLive(({ maintenances }) => maintenances.find((one) => one.id === id));
}

export interface MaintenanceOf {
  readonly maintenance: MaintenanceSummary;
  readonly server: ServerSummary;
}

/** The open maintenance that a server is in. Two references, so that a row repaints only when its own job moved. */
export function useMaintenanceOf(id: ServerId): MaintenanceOf | null {
  const maintenance = useLive(({ maintenances }) => openMaintenanceOf(maintenances, id));
  const server = maintenance?.servers.find((one) => one.server === id);
  return useMemo(
    () => (maintenance === undefined || server === undefined ? null : { maintenance, server }),
    [maintenance, server],
  );
}

function openMaintenanceOf(all: readonly MaintenanceSummary[], id: ServerId): MaintenanceSummary | undefined {
  if (all.length === 0) return undefined;
  return all.findLast((one) => one.servers.some((server) => server.server === id && !isFinal(server.phase)));
}

export function useMaintenancePlan(): (input: StartMaintenanceInput) => Promise<Answer<MaintenancePreview>> {
  const client = useContext(LiveContext);
  return useCallback(async (input) => client?.planMaintenance(input) ?? notConnected(), [client]);
}

export function useStartMaintenance(): (input: StartMaintenanceInput) => Promise<Answer<MaintenanceSummary>> {
  const client = useContext(LiveContext);
  return useCallback(async (input) => client?.startMaintenance(input) ?? notConnected(), [client]);
}

export function useMaintenanceRequest(): (
  id: string,
  asked: MaintenanceRequest,
) => Promise<Answer<MaintenanceSummary>> {
  const client = useContext(LiveContext);
  return useCallback(async (id, asked) => client?.requestMaintenance(id, asked) ?? notConnected(), [client]);
}

/** What reloads took and nobody answered yet. */
export function useLostStates(): readonly LostState[] {
  return useLive(({ lost }) => lost);
}

export function useAnswerLost(): (lost: LostState, answer: "re-apply" | "keep") => Promise<Answer<unknown>> {
  const client = useContext(LiveContext);
  return useCallback(async (lost, answer) => client?.answerLost(lost, answer) ?? notConnected(), [client]);
}

export function useHistory(): (server: ServerId, spanMs: number, stepMs: number) => Promise<HistoryResult | null> {
  const client = useContext(LiveContext);
  return useCallback(async (server, spanMs, stepMs) => client?.historyOf(server, spanMs, stepMs) ?? null, [client]);
}

/** The sessions of one server, listed again and again while `isOn`: then only, for HAProxy pays for each list. */
export function useSessions(server: ServerId, isOn: boolean): SessionsView {
  const client = useContext(LiveContext);
  const feed = client?.sessions;
  useEffect(() => (isOn ? feed?.follow(server) : undefined), [feed, server, isOn]);
  return useSyncExternalStore(
    feed?.watch ?? neverChanges,
    () => feed?.view() ?? NO_SESSIONS,
    () => NO_SESSIONS,
  );
}

/** Lists them again now. `force`: also on a load balancer where listing would be felt by traffic. */
export function useReadSessions(): (server: ServerId, force?: boolean) => Promise<Answer<SessionsReport>> {
  const client = useContext(LiveContext);
  return useCallback(async (server, force = false) => client?.sessions.read(server, force) ?? notConnected(), [client]);
}

const NO_SESSIONS: SessionsView = { report: null, problem: null };

export function useEndSessions(): (input: EndSessionsInput) => Promise<Answer<EndSessionsResult>> {
  const client = useContext(LiveContext);
  return useCallback(async (input) => client?.commands.endSessions(input) ?? notConnected(), [client]);
}

export function useDiagnose(): (server: ServerId) => Promise<Answer<DiagnosisReport>> {
  const client = useContext(LiveContext);
  return useCallback(async (server) => client?.commands.diagnose(server) ?? notConnected(), [client]);
}

export function useControl(): (asked: Control) => Promise<Answer<ControlResult>> {
  const client = useContext(LiveContext);
  return useCallback(async (asked) => client?.commands.control(asked) ?? notConnected(), [client]);
}

const neverChanges = () => () => {};

/** New audit rows for as long as the component is there. Neither callback needs to keep its identity. */
export function useAuditFeed(watcher: AuditWatcher): void {
  const client = useContext(LiveContext);
  const latest = useRef(watcher);
  useEffect(() => {
    latest.current = watcher;
  });
  useEffect(
    () =>
      client?.audit.watch({
        onRow: (entry) => latest.current.onRow(entry),
        onGap: () => latest.current.onGap(),
      }),
    [client],
  );
}

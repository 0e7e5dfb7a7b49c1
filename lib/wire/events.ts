// What crosses socket.io, defined once for both ends. Rules (numbers quoted by tests, see SPEC.md):
// [W1] A subscriber first gets a snapshot of each load balancer, then deltas. Joining and the snapshot are one step.
// [W2] A delta carries (epoch, rev) and applies only onto rev - 1 of the same epoch. Anything else: subscribe again.
// [W3] A new process, row set or order is a new epoch: the whole load balancer is sent again.
// [W4] Every message carries the app's clock, so that ages survive a browser whose clock is wrong.
// [W9] Another set of load balancers, or other minimums: every client is told, and subscribes again.

import type { ActorKind } from "#lib/auth/actor.ts";
import type { Permission, Role } from "#lib/auth/permissions.ts";
import type { LoadBalancerHead } from "#lib/fleet/view.ts";
import type { AdminState } from "#lib/haproxy/admin-state.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import type { RunUnit } from "#lib/maintenance/plan.ts";
import type { MaintenanceSummary } from "#lib/maintenance/summary.ts";
import type { AuditEntry } from "./audit.ts";
import type { SetStateInput, SetStateResult, SetStatesInput, SetStatesResult } from "./commands.ts";
import type { DiagnosisReport } from "./diagnosis.ts";
import type { DryRunResult } from "./maintenance.ts";
import type { Problem } from "./problem.ts";
import type {
  AgentInput,
  CheckInput,
  ClearStickInput,
  ControlResult,
  HealthInput,
  WeightInput,
} from "./server-control.ts";
import type { EndSessionsInput, EndSessionsResult, FollowSessions, SessionsReport } from "./sessions.ts";

/** Socket.io path; pages and REST keep the rest of the port. */
export const SOCKET_PATH = "/socket";

/** What a client wants to follow. `server` is for a phone that watches one: it is not sent the fleet. */
export type Scope = { kind: "fleet" } | { kind: "server"; id: ServerId };

/** A load balancer, whole: JSON in UTF-8 of LoadBalancerSnapshot, encoded once a revision and shared by all receivers. */
export type EncodedSnapshot = Uint8Array;

/** Column-wise, one array a field (fields.ts gives their order): a third of the bytes of objects. */
export interface LoadBalancerSnapshot {
  head: LoadBalancerHead;
  epoch: string;
  rev: number;
  backends: unknown[][];
  servers: unknown[][];
}

/**
 * A change of one load balancer. `servers` and `backends` are flat: index, mask, then one value for each bit set in mask,
 * lowest bit first (fields.ts). `head` holds the changed head fields. Empty arrays are left out.
 */
export interface LoadBalancerDelta {
  lb: string;
  epoch: string;
  rev: number;
  at: number;
  /** observedAtMs of the head: present in each delta, so a message with nothing else is the heartbeat that proves life */
  seen: number | null;
  head?: Partial<LoadBalancerHead>;
  backends?: unknown[];
  servers?: unknown[];
}

export interface SubscribeResult {
  at: number;
  /** in configured order */
  loadBalancers: EncodedSnapshot[];
  /** the newest change a person or job made, for the status line */
  lastChange: LastChange | null;
  me: Me;
  /** changes when the app was started anew: the page asks to be reloaded when its build differs */
  build: string;
  /** per backend: how many servers must take new users */
  minimums: Record<string, number>;
  /** open ones, and those that closed within the last day; of a `server` scope only those with that server */
  maintenances: MaintenanceSummary[];
  /** what reloads took and nobody answered yet */
  lost?: LostState[];
}

/** Bodies as in REST (lib/wire/maintenance.ts validates them); durations are texts such as "30s". */
export interface StartMaintenanceInput {
  servers: ServerId[];
  /** host: the servers of one address are one step */
  by?: RunUnit;
  reason?: string;
  quiet?: string;
  deadline?: string | null;
  atDeadline?: "wait" | "end-sessions" | "return";
  endSessions?: "tunnels-first" | "all";
  concurrency?: number;
  autoReturn?: string | null;
  loadBalancers?: string[];
  override?: boolean;
}

export type MaintenanceRequest =
  | { kind: "ready"; servers?: ServerId[]; direct?: boolean }
  | { kind: "stop"; then: "ready" | "leave"; servers?: ServerId[] }
  | { kind: "pause"; reason?: string }
  | { kind: "resume" }
  | {
      kind: "patch";
      patch: Pick<
        StartMaintenanceInput,
        "quiet" | "deadline" | "atDeadline" | "endSessions" | "concurrency" | "autoReturn"
      >;
    };

/** What the start dialog shows before anything is sent: the plan, the default window with its reason. */
export interface MaintenancePreview extends DryRunResult {
  quietSec: number;
  quietWhy: string;
}

/** Drain or maint that somebody set and a reload took away; it waits for an answer ("re-apply" or "keep"). */
export interface LostState {
  lb: string;
  server: ServerId;
  was: "drain" | "maint";
  now: "ready";
  who: string;
  /** when it was noticed */
  atMs: number;
  /** sessions that came in since the new process started */
  sessionsSince: number | null;
}

export interface Me {
  kind: ActorKind;
  /** names are for reading: whose something is, an id says; left out by an earlier release */
  id?: string;
  name: string;
  role: Role;
  /** whose servers may be changed: names and patterns; null: all */
  backends: readonly string[] | null;
}

export interface LastChange {
  atMs: number;
  who: string;
  server: ServerId;
  adminState: AdminState;
  /** so many more servers were set with it, as one action */
  others?: number;
}

/** Series of several servers, oldest first; a null is a gap: nothing was observed then on at least one live load balancer. */
export interface HistoryResult {
  at: number;
  stepMs: number;
  servers: Record<ServerId, { sessions: (number | null)[]; arrivals: (number | null)[] }>;
}

export interface ServerToClient {
  "fleet:delta": (delta: LoadBalancerDelta) => void;
  /** a new epoch of a load balancer (or one that was added) */
  "fleet:snapshot": (at: number, snapshot: EncodedSnapshot) => void;
  /** [W9] a load balancer was added, changed or removed, or a minimum changed: subscribe again */
  "fleet:changed": () => void;
  "change:last": (change: LastChange) => void;
  /** a maintenance that began or changed, whole; at most one a second each */
  "maintenance:changed": (at: number, maintenance: MaintenanceSummary) => void;
  /** all of them, whenever one is lost or answered */
  "states:lost": (lost: LostState[]) => void;
  /** a row that was added, without its detail; only to those who follow the audit */
  "audit:row": (at: number, entry: AuditEntry) => void;
  /** the sessions of the server that this page follows, read again */
  "sessions:listed": (report: SessionsReport) => void;
  /** sent before the app closes a connection on purpose */
  "connection:ending": (reason: EndReason) => void;
}

/** `access-changed`: role or limit are others now; come back and ask what they are. */
export const endReasons = ["too-slow", "signed-out", "access-changed", "shutting-down", "too-many-messages"] as const;
export type EndReason = (typeof endReasons)[number];

export type Ack<T> = (result: { ok: true; value: T } | { ok: false; problem: Problem }) => void;

export interface ClientToServer {
  "fleet:subscribe": (scope: Scope, ack: Ack<SubscribeResult>) => void;
  "fleet:unsubscribe": () => void;
  "history:get": (request: { servers: ServerId[]; spanMs: number; stepMs: number }, ack: Ack<HistoryResult>) => void;
  "server:set-state": (input: SetStateInput, ack: Ack<SetStateResult>) => void;
  /** several servers as one action: one look, one guard over all of them, one group in the audit */
  "servers:set-state": (input: SetStatesInput, ack: Ack<SetStatesResult>) => void;
  /** plans only: nothing is sent or stored */
  "maintenance:plan": (input: StartMaintenanceInput, ack: Ack<MaintenancePreview>) => void;
  "maintenance:start": (input: StartMaintenanceInput, ack: Ack<MaintenanceSummary>) => void;
  "states:answer": (
    request: { lb: string; server: ServerId; answer: "re-apply" | "keep" },
    ack: Ack<{ lost: LostState[] }>,
  ) => void;
  /** new rows from here on; `seq` is the newest there is, and numbers are consecutive */
  "audit:follow": (ack: Ack<{ at: number; seq: number }>) => void;
  "audit:unfollow": () => void;
  "maintenance:request": (id: string, request: MaintenanceRequest, ack: Ack<MaintenanceSummary>) => void;
  /** one server a connection: following another one ends the one before */
  "sessions:follow": (request: FollowSessions, ack: Ack<SessionsReport>) => void;
  "sessions:unfollow": () => void;
  "sessions:end": (input: EndSessionsInput, ack: Ack<EndSessionsResult>) => void;
  "server:diagnose": (request: { server: ServerId }, ack: Ack<DiagnosisReport>) => void;
  "server:set-weight": (input: WeightInput, ack: Ack<ControlResult>) => void;
  "server:set-health": (input: HealthInput, ack: Ack<ControlResult>) => void;
  "server:set-check": (input: CheckInput, ack: Ack<ControlResult>) => void;
  "server:set-agent": (input: AgentInput, ack: Ack<ControlResult>) => void;
  "server:clear-stick": (input: ClearStickInput, ack: Ack<ControlResult>) => void;
}

/**
 * What each command needs at the door, asked anew every time; one without a line does not compile. Changes of servers ask
 * for their own permission in the verb, with the backend, where a refusal is audited with all that was wanted: so a door
 * asks no more than to see the fleet.
 */
export const socketPermissions = {
  "audit:follow": "audit:read",
  "audit:unfollow": "audit:read",
  "fleet:subscribe": "fleet:read",
  "fleet:unsubscribe": "fleet:read",
  "history:get": "fleet:read",
  "server:set-state": "fleet:read",
  "servers:set-state": "fleet:read",
  "maintenance:plan": "maintenance:plan",
  "maintenance:start": "fleet:read",
  "maintenance:request": "fleet:read",
  "states:answer": "server:set-state",
  "sessions:follow": "sessions:read",
  "sessions:unfollow": "sessions:read",
  "sessions:end": "fleet:read",
  "server:diagnose": "sessions:read",
  "server:set-weight": "fleet:read",
  "server:set-health": "fleet:read",
  "server:set-check": "fleet:read",
  "server:set-agent": "fleet:read",
  "server:clear-stick": "fleet:read",
} as const satisfies Record<keyof ClientToServer, Permission>;
export type SocketCommand = keyof typeof socketPermissions;

/** The ones that change nothing and plan nothing: all that a wall may send, whatever the table says. */
export const socketReads: readonly SocketCommand[] = ["fleet:subscribe", "fleet:unsubscribe", "history:get"];

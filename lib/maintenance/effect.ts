// What decide() wants done and what it has to say. Effects are commands for the engine; events go to the flight recorder.
import type { ProcessIdentity } from "#lib/fleet/view.ts";
import type { AdminState } from "#lib/haproxy/admin-state.ts";
import type { ServerId } from "#lib/haproxy/names.ts";

export interface EffectBase {
  /** `JOB:BACKEND/SERVER:LB:SEQ`, unique for ever: the request id, and the key of recordOutcome() */
  id: string;
  server: ServerId;
  lb: string;
  seq: number;
  /** the process it is meant for: an answer from another one is not ours */
  process: ProcessIdentity;
  /** too late to send after this; decide() will ask again from what it sees then */
  notAfterMs: number;
  why: string;
}

export type Effect =
  | (EffectBase & {
      kind: "set-state";
      adminState: AdminState;
      /** forced state it was decided on: compare-and-set */
      expect: AdminState;
      attempt: number;
    })
  | (EffectBase & {
      kind: "end-sessions";
      which: "tunnels" | "all";
      /** sessions that were counted here; count again before sending */
      expectCount: number;
      /** of these, in old worker processes: only `shutdown session ID` through the master CLI reaches them */
      inOldWorkers: number;
    });

export const eventKinds = [
  "phase",
  "arrival",
  "count",
  "confirmed",
  "reapplied",
  "process",
  "deadline",
  "sessions",
  "command",
  "held",
  "released",
  "overridden",
  "failed",
  "note",
  "person",
] as const;
export type EventKind = (typeof eventKinds)[number];

export interface MaintenanceEvent {
  atMs: number;
  kind: EventKind;
  server: ServerId | null;
  lb: string | null;
  /** who caused it; null: the job itself */
  who: string | null;
  /** one sentence */
  text: string;
  /** a person should look now */
  isAlert: boolean;
  /** numbers a program may want: counts per load balancer, phases, process ids */
  data: Record<string, string | number | null>;
}

/** Later than this an effect is not sent any more: the observation it was decided on is too old. */
export const EFFECT_LIFE_MS = 3_000;

/** Collects what one decide() has to say. */
export class Log {
  readonly events: MaintenanceEvent[] = [];
  readonly effects: Effect[] = [];
  readonly #nowMs: number;

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  say(kind: EventKind, text: string, about: Partial<Omit<MaintenanceEvent, "kind" | "text">> = {}): void {
    this.events.push({
      atMs: this.#nowMs,
      kind,
      server: null,
      lb: null,
      who: null,
      text,
      isAlert: false,
      data: {},
      ...about,
    });
  }
}

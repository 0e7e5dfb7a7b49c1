// Who did what, when, and what HAProxy said. Append-only: there is no way here to change or remove a row. An intent is
// written before the command is sent and is followed by exactly one outcome; what needs no command is an event.
// A caller that cannot write the intent (StoreError "write-failed") must not send the command.

import { type Generated, type Insertable, type Kysely, type Selectable, sql } from "kysely";
import type { ActorKind } from "#lib/auth/actor.ts";
import { StoreError } from "./errors.ts";
import type { Schema } from "./schema.ts";

export const auditKinds = ["intent", "outcome", "event"] as const;
export type AuditKind = (typeof auditKinds)[number];

/** denied: nothing was sent (permission, guard, wrong password). unknown: sent, no whole reply. */
export const auditOutcomes = ["done", "refused", "unknown", "denied"] as const;
export type AuditOutcome = (typeof auditOutcomes)[number];

export const auditVias = ["page", "rest", "socket", "system"] as const;
export type AuditVia = (typeof auditVias)[number];

export interface AuditTable {
  seq: Generated<number>;
  at: number;
  requestId: string;
  kind: AuditKind;
  action: string;
  actorKind: ActorKind;
  actorId: string;
  actorName: string;
  via: AuditVia;
  remoteAddress: string | null;
  target: string | null;
  lb: string | null;
  before: string | null;
  after: string | null;
  command: string | null;
  answer: string | null;
  outcome: AuditOutcome | null;
  reason: string | null;
  /** JSON */
  detail: string | null;
  intentSeq: number | null;
}

export type AuditRow = Omit<Selectable<AuditTable>, "detail"> & { detail: unknown };

/** What happened, by whom, on what. Left out means null. */
export interface AuditFacts {
  at: number;
  requestId: string;
  /** same strings as commands: `server:set-state`, `auth:sign-in` */
  action: string;
  actor: { kind: ActorKind; id: string; name: string };
  via: AuditVia;
  remoteAddress?: string | null;
  /** `BACKEND/SERVER` */
  target?: string | null;
  lb?: string | null;
  before?: string | null;
  after?: string | null;
  /** the exact line; never carries a secret */
  command?: string | null;
  reason?: string | null;
  /** anything that JSON can carry */
  detail?: unknown;
}

/** How an intent ended; everything else is copied from it. */
export interface AuditResult {
  at: number;
  outcome: AuditOutcome;
  after?: string | null;
  /** HAProxy's own words */
  answer?: string | null;
  detail?: unknown;
}

export interface AuditFilter {
  /** epoch ms, inclusive */
  from?: number;
  /** epoch ms, exclusive */
  to?: number;
  /** `BACKEND/SERVER` */
  server?: string;
  actor?: string;
  /** only rows older than this seq: the next page */
  before?: number;
  limit: number;
}

export interface Audit {
  intent(facts: AuditFacts): Promise<number>;
  outcome(intentSeq: number, result: AuditResult): Promise<number>;
  event(facts: AuditFacts & { outcome?: AuditOutcome; answer?: string | null }): Promise<number>;
  /** oldest first */
  openIntents(): Promise<AuditRow[]>;
  /** At start: what the last run left open may or may not have reached HAProxy. Returns how many were closed. */
  closeUnknown(now: number): Promise<number>;
  /** newest first */
  list(filter: AuditFilter): Promise<AuditRow[]>;
  last(): Promise<AuditRow | null>;
}

/** Free text from outside is cut: a row is for people to read. HAProxy's longest answers of verbs are far below this. */
const MAX_TEXT_CHARS = 4_000;

export function auditOf(db: Kysely<Schema>): Audit {
  /** The only statement that writes to the table (and the place where a hash chain will go). */
  async function append(row: Insertable<AuditTable>): Promise<number> {
    try {
      const { seq } = await db.insertInto("audit").values(row).returning("seq").executeTakeFirstOrThrow();
      return seq;
    } catch (cause) {
      throw new StoreError(
        "write-failed",
        `The audit could not be written (${cause instanceof Error ? cause.message : String(cause)}), so nothing was sent. ` +
          "Check that the data directory's disk is not full and is writable.",
        cause,
      );
    }
  }

  async function openIntents(): Promise<AuditRow[]> {
    const rows = await db
      .selectFrom("audit as intent")
      .selectAll("intent")
      .where("intent.kind", "=", "intent")
      .where((where) =>
        where.not(
          where.exists(
            where.selectFrom("audit as result").select("result.seq").whereRef("result.intentSeq", "=", "intent.seq"),
          ),
        ),
      )
      .orderBy("intent.seq")
      .execute();
    return rows.map(read);
  }

  async function outcome(intentSeq: number, result: AuditResult): Promise<number> {
    const intent = await db.selectFrom("audit").selectAll().where("seq", "=", intentSeq).executeTakeFirst();
    if (intent?.kind !== "intent") throw new StoreError("write-failed", `audit row ${intentSeq} is not an intent`);
    const { seq: _seq, ...facts } = intent;
    return append({
      ...facts,
      at: result.at,
      kind: "outcome",
      after: result.after ?? null,
      answer: cut(result.answer),
      outcome: result.outcome,
      detail: result.detail === undefined ? null : JSON.stringify(result.detail),
      intentSeq,
    });
  }

  return {
    openIntents,
    outcome,
    intent: (facts) => append({ ...rowOf(facts), kind: "intent", answer: null, outcome: null }),
    event: ({ outcome: ended, answer, ...facts }) =>
      append({ ...rowOf(facts), kind: "event", answer: cut(answer), outcome: ended ?? null }),
    async closeUnknown(now) {
      const open = await openIntents();
      for (const intent of open)
        await outcome(intent.seq, {
          at: now,
          outcome: "unknown",
          detail: { why: "the app stopped before the answer was known" },
        });
      return open.length;
    },
    async list(filter) {
      let query = db.selectFrom("audit").selectAll();
      if (filter.from !== undefined) query = query.where("at", ">=", filter.from);
      if (filter.to !== undefined) query = query.where("at", "<", filter.to);
      if (filter.server !== undefined) query = query.where("target", "=", filter.server);
      if (filter.actor !== undefined) query = query.where(sql`lower(actor_name)`, "=", filter.actor.toLowerCase());
      if (filter.before !== undefined) query = query.where("seq", "<", filter.before);
      return (await query.orderBy("seq", "desc").limit(filter.limit).execute()).map(read);
    },
    async last() {
      const row = await db.selectFrom("audit").selectAll().orderBy("seq", "desc").limit(1).executeTakeFirst();
      return row === undefined ? null : read(row);
    },
  };
}

function rowOf(facts: AuditFacts): Omit<Insertable<AuditTable>, "kind" | "answer" | "outcome"> {
  return {
    at: facts.at,
    requestId: facts.requestId,
    action: facts.action,
    actorKind: facts.actor.kind,
    actorId: facts.actor.id,
    actorName: facts.actor.name,
    via: facts.via,
    remoteAddress: facts.remoteAddress ?? null,
    target: facts.target ?? null,
    lb: facts.lb ?? null,
    before: facts.before ?? null,
    after: facts.after ?? null,
    command: facts.command ?? null,
    reason: cut(facts.reason),
    detail: facts.detail === undefined ? null : JSON.stringify(facts.detail),
    intentSeq: null,
  };
}

function cut(text: string | null | undefined): string | null {
  if (text === null || text === undefined) return null;
  return text.length <= MAX_TEXT_CHARS ? text : `${text.slice(0, MAX_TEXT_CHARS)}…`;
}

function read(row: Selectable<AuditTable>): AuditRow {
  return { ...row, detail: row.detail === null ? null : JSON.parse(row.detail) };
}

// Who did what, when, and what HAProxy said. Append-only: there is no way here to change a row, and rows are removed only
// from the beginning, after their time, leaving a checkpoint (audit-retention.ts). An intent is written before the command
// is sent and is followed by exactly one outcome; what needs no command is an event. Rows are chained (audit-chain.ts).
// A caller that cannot write the intent (StoreError "write-failed") must not send the command.
import type { Generated, Insertable, Kysely, Selectable } from "kysely";
import type { ActorKind } from "#lib/auth/actor.ts";
import { silentLog } from "#server/log.ts";
import { AuditAppender, type AuditAppenderOptions } from "./audit-append.ts";
import { type AttemptRoom, Attempts, knownRoom, strangersRoom } from "./audit-attempts.ts";
import { type AuditReads, auditReadsOf } from "./audit-read.ts";
import { type RemoveOptions, removeOld } from "./audit-retention.ts";
import { type AuditVerification, verifyChain } from "./audit-verify.ts";
import { StoreError } from "./errors.ts";
import type { Schema } from "./schema.ts";

export const auditKinds = ["intent", "outcome", "event"] as const;
export type AuditKind = (typeof auditKinds)[number];

/** denied: nothing was sent (permission, guard, wrong password). unknown: sent, no whole reply. */
export const auditOutcomes = ["done", "refused", "unknown", "denied"] as const;
export type AuditOutcome = (typeof auditOutcomes)[number];

export const auditVias = ["page", "rest", "socket", "system"] as const;
export type AuditVia = (typeof auditVias)[number];

/** nobody: who came without a credential, or with one that is not valid */
export type AuditActorKind = ActorKind | "nobody";

export interface AuditTable {
  seq: Generated<number>;
  at: number;
  requestId: string;
  kind: AuditKind;
  action: string;
  actorKind: AuditActorKind;
  actorId: string;
  actorName: string;
  /** the person who started the job that acts */
  onBehalfOf: string | null;
  maintenanceId: string | null;
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
  /** of the row before; 64 hex digits */
  prevHash: string;
  hash: string;
}

export type AuditRow = Omit<Selectable<AuditTable>, "detail"> & { detail: unknown };

/** What happened, by whom, on what. Left out means null. */
export interface AuditFacts {
  at: number;
  requestId: string;
  /** same strings as commands: `server:set-state`, `auth:sign-in` */
  action: string;
  actor: { kind: AuditActorKind; id: string; name: string };
  /** name of the person who started the job that acts */
  onBehalfOf?: string | null;
  maintenanceId?: string | null;
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
  /** of a maintenance that the intent began */
  maintenanceId?: string;
}

export type AuditEvent = AuditFacts & { outcome?: AuditOutcome; answer?: string | null };

export interface Audit extends AuditReads {
  intent(facts: AuditFacts): Promise<number>;
  outcome(intentSeq: number, result: AuditResult): Promise<number>;
  event(facts: AuditEvent): Promise<number>;
  /** An event that strangers can cause at will: written, or counted and summarised (audit-attempts.ts). Never throws. */
  attempt(facts: AuditEvent): Promise<void>;
  /** At start: what the last run left open may or may not have reached HAProxy. Returns how many were closed. */
  closeUnknown(now: number): Promise<number>;
  /** Reads the whole chain; those who ask meanwhile get the same answer. */
  verify(): Promise<AuditVerification>;
  /** Removes what is older, as far as nothing that is still open needs it. Returns how many rows went. */
  removeBefore(cutoff: number, options: Omit<RemoveOptions, "cutoff">): Promise<number>;
  /** 0: there is none */
  newestSeq(): number;
  /** Called after a row is durable, in order. Returns how to stop. */
  onAppend(listener: (row: AuditRow) => void): () => void;
  /** Writes what attempts are counted and not yet told. */
  close(): Promise<void>;
}

export type AuditOptions = Omit<AuditAppenderOptions, "db" | "log"> & Partial<Pick<AuditAppenderOptions, "log">>;

/** Free text from outside is cut: a row is for people to read. HAProxy's longest answers of verbs are far below this. */
const MAX_TEXT_CHARS = 4_000;
/** A plan for a hundred servers is some 30 kB; what is more says nothing more. */
const MAX_DETAIL_CHARS = 64_000;

export async function auditOf(db: Kysely<Schema>, options: AuditOptions): Promise<Audit> {
  const log = options.log ?? silentLog;
  const appender = new AuditAppender({ ...options, db, log });
  const reads = auditReadsOf(db);
  await appender.open();

  const attemptsIn = (room: AttemptRoom) =>
    new Attempts({
      room,
      write: (facts) => event(facts),
      failed: (error) => log.error({ err: error }, "a refused attempt could not be written to the audit"),
    });
  const strangers = attemptsIn(strangersRoom);
  const known = attemptsIn(knownRoom);
  let verification: Promise<AuditVerification> | null = null;

  function event({ outcome: ended, answer, ...facts }: AuditEvent): Promise<number> {
    return appender.append({ ...rowOf(facts), kind: "event", answer: cut(answer), outcome: ended ?? null });
  }

  async function outcome(intentSeq: number, result: AuditResult): Promise<number> {
    const intent = await db.selectFrom("audit").selectAll().where("seq", "=", intentSeq).executeTakeFirst();
    if (intent?.kind !== "intent") throw new StoreError("write-failed", `audit row ${intentSeq} is not an intent`);
    const { seq: _seq, hash: _hash, prevHash: _prevHash, ...facts } = intent;
    return appender.append({
      ...facts,
      at: result.at,
      kind: "outcome",
      after: cut(result.after),
      answer: cut(result.answer),
      outcome: result.outcome,
      detail: detailOf(result.detail),
      maintenanceId: result.maintenanceId ?? facts.maintenanceId,
      intentSeq,
    });
  }

  return {
    ...reads,
    outcome,
    event,
    intent: (facts) => appender.append({ ...rowOf(facts), kind: "intent", answer: null, outcome: null }),
    attempt: (facts) => (facts.actor.kind === "nobody" || facts.actor.id === "" ? strangers : known).add(facts),
    knows: async (requestId) => strangers.knows(requestId) || known.knows(requestId) || (await reads.knows(requestId)),
    async closeUnknown(now) {
      const open = await reads.openIntents();
      for (const intent of open)
        await outcome(intent.seq, {
          at: now,
          outcome: "unknown",
          detail: { why: "the app stopped before the answer was known" },
        });
      return open.length;
    },
    verify() {
      verification ??= verifyChain(db, () => appender.anchor()).finally(() => {
        verification = null;
      });
      return verification;
    },
    async removeBefore(cutoff, rest) {
      // A removal in the middle of a reading would look like missing rows.
      await verification;
      return removeOld(db, appender, { ...rest, cutoff });
    },
    newestSeq: () => appender.anchor()?.seq ?? 0,
    onAppend: (listener) => appender.onAppend(listener),
    async close() {
      await strangers.flush();
      await known.flush();
      await appender.close();
    },
  };
}

export type NewRow = Omit<Insertable<AuditTable>, "seq" | "hash" | "prevHash">;

export function rowOf(facts: AuditFacts): Omit<NewRow, "kind" | "answer" | "outcome"> {
  return {
    at: facts.at,
    requestId: facts.requestId,
    action: facts.action,
    actorKind: facts.actor.kind,
    actorId: facts.actor.id,
    actorName: facts.actor.name,
    onBehalfOf: facts.onBehalfOf ?? null,
    maintenanceId: facts.maintenanceId ?? null,
    via: facts.via,
    remoteAddress: facts.remoteAddress ?? null,
    target: cut(facts.target),
    lb: facts.lb ?? null,
    before: cut(facts.before),
    after: cut(facts.after),
    command: cut(facts.command),
    reason: cut(facts.reason),
    detail: detailOf(facts.detail),
    intentSeq: null,
  };
}

function cut(text: string | null | undefined): string | null {
  if (text === null || text === undefined) return null;
  return text.length <= MAX_TEXT_CHARS ? text : `${text.slice(0, MAX_TEXT_CHARS)}…`;
}

function detailOf(detail: unknown): string | null {
  if (detail === undefined) return null;
  const text = JSON.stringify(detail);
  if (text.length <= MAX_DETAIL_CHARS) return text;
  return JSON.stringify({
    cutAfterChars: MAX_DETAIL_CHARS,
    ofChars: text.length,
    start: text.slice(0, MAX_DETAIL_CHARS),
  });
}

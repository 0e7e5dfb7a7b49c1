// Removing the oldest rows after their time without breaking the chain. Only a beginning is removed, and in the same
// transaction a checkpoint is appended: how many, from when to when, and the last hash, from which the check goes on. It
// is a row of the chain itself, so a forged one does not fit.
import { randomUUID } from "node:crypto";
import { type Kysely, sql } from "kysely";
import { systemActor } from "#lib/auth/actor.ts";
import { rowOf } from "./audit.ts";
import type { AuditAppender } from "./audit-append.ts";
import { CHECKPOINT_ACTION, type Checkpoint } from "./audit-chain.ts";
import type { Schema } from "./schema.ts";

/** So that no transaction holds up the polls for long. */
const ROWS_AT_ONCE = 5_000;

export interface RemoveOptions {
  /** epoch ms: what is older goes */
  cutoff: number;
  now: number;
  keepDays: number;
  /** tests only */
  rowsAtOnce?: number;
}

export async function removeOld(db: Kysely<Schema>, appender: AuditAppender, options: RemoveOptions): Promise<number> {
  const keepFrom = await firstToKeep(db, options.cutoff);
  let removed = 0;
  for (;;) {
    const count = await removeSome(appender, keepFrom, options);
    if (count === 0) break;
    removed += count;
    await new Promise((resolve) => setImmediate(resolve));
  }
  // Deleted pages stay in the WAL otherwise until they are used again.
  if (removed > 0) await sql`pragma wal_checkpoint(truncate)`.execute(db);
  return removed;
}

async function removeSome(appender: AuditAppender, keepFrom: number, options: RemoveOptions): Promise<number> {
  const { now, keepDays, rowsAtOnce = ROWS_AT_ONCE } = options;
  let removed = 0;
  await appender.appendWith(async (db) => {
    const { first } = await db
      .selectFrom("audit")
      .select(({ fn }) => fn.min("seq").as("first"))
      .executeTakeFirstOrThrow();
    const lastSeq = await lastBefore(db, Math.min(keepFrom, Number(first ?? 0) + rowsAtOnce));
    const old = db.selectFrom("audit").where("seq", "<=", lastSeq);
    const { count, from, to } = await old
      .select(({ fn }) => [fn.countAll<number>().as("count"), fn.min("at").as("from"), fn.max("at").as("to")])
      .executeTakeFirstOrThrow();
    if (count === 0) return null;
    const last = await old.select("hash").where("seq", "=", lastSeq).executeTakeFirstOrThrow();
    const total = count + (await totalBefore(db));
    const detail: Checkpoint & { keepDays: number } = {
      ...{ count, from: Number(from), to: Number(to), lastSeq, lastHash: last.hash, total, keepDays },
    };
    await db.deleteFrom("audit").where("seq", "<=", lastSeq).execute();
    removed = count;
    const facts = {
      at: now,
      requestId: randomUUID(),
      action: CHECKPOINT_ACTION,
      actor: systemActor,
      via: "system",
    } as const;
    const reason = `audit.keepDays is ${keepDays}`;
    return { ...rowOf({ ...facts, reason, detail }), kind: "event", outcome: "done", answer: null };
  });
  return removed;
}

/** The first row that is young, or belongs to what is still open. The newest always stays: the next one follows it. */
async function firstToKeep(db: Kysely<Schema>, cutoff: number): Promise<number> {
  const { rows } = await sql<{ seq: number | null }>`select min(seq) as seq from (
    select min(seq) as seq from audit where at >= ${cutoff}
    union all
    select min(seq) from audit where maintenance_id in (select id from maintenances where closed_at is null)
    union all
    select min(seq) from audit as intent where kind = 'intent'
      and not exists (select 1 from audit as result where result.intent_seq = intent.seq)
    union all
    select max(seq) from audit
  )`.execute(db);
  return rows[0]?.seq ?? 0;
}

/** An outcome that stays keeps its intent. */
async function lastBefore(db: Kysely<Schema>, keepFrom: number): Promise<number> {
  let from = keepFrom;
  for (;;) {
    const kept = await db
      .selectFrom("audit")
      .select(({ fn }) => fn.min("intentSeq").as("seq"))
      .where("seq", ">=", from)
      .where("intentSeq", "<", from)
      .executeTakeFirst();
    if (kept?.seq == null) return from - 1;
    from = Number(kept.seq);
  }
}

async function totalBefore(db: Kysely<Schema>): Promise<number> {
  const row = await db
    .selectFrom("audit")
    .select("detail")
    .where("action", "=", CHECKPOINT_ACTION)
    .orderBy("seq", "desc")
    .limit(1)
    .executeTakeFirst();
  return row?.detail == null ? 0 : (JSON.parse(row.detail) as Checkpoint).total;
}

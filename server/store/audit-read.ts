// Reading the audit, newest first. No query looks at more than so many rows at once: node:sqlite answers synchronously,
// and a search through a million rows must not stop the polls.
import { type ExpressionBuilder, type Kysely, sql } from "kysely";
import type { AuditEntry } from "#lib/wire/audit.ts";
import type { AuditOutcome, AuditRow } from "./audit.ts";
import type { StoredRow } from "./audit-chain.ts";
import type { Schema } from "./schema.ts";

/** Some ten milliseconds of a search that finds nothing. */
const ROWS_A_LOOK = 20_000;
const ROWS_A_BATCH = 500;

export interface AuditFilter {
  /** epoch ms, inclusive */
  from?: number;
  /** epoch ms, exclusive */
  to?: number;
  /** `BACKEND/SERVER`; finds maintenances of several servers too */
  server?: string;
  /** a name: who acted, or on behalf of whom */
  actor?: string;
  lb?: string;
  /** `server:set-state`, or `maintenance:*` for all of a noun */
  action?: string;
  outcome?: AuditOutcome;
  maintenance?: string;
  /** anywhere in names, commands, answers, reasons, addresses and request ids */
  text?: string;
  /** leave out intents that have an outcome: what has happened, once */
  isSettled?: boolean;
  /** only rows older than this seq: the next page */
  before?: number;
}

export interface AuditReads {
  /** newest first */
  list(filter: AuditFilter & { limit: number }): Promise<AuditRow[]>;
  /** The same in batches, some of them empty, with room for other work between them; `before` is where to go on. */
  scan(filter: AuditFilter): AsyncGenerator<{ rows: AuditRow[]; before: number }>;
  get(seq: number): Promise<AuditRow | null>;
  last(): Promise<AuditRow | null>;
  /** Is there any row of this request? */
  knows(requestId: string): Promise<boolean>;
  /** oldest first */
  openIntents(): Promise<AuditRow[]>;
}

export function readRow(row: StoredRow): AuditRow {
  return { ...row, detail: detailOf(row.detail) };
}

/** As it crosses the wire. */
export function entryOf(row: AuditRow): AuditEntry {
  return { ...row, at: new Date(row.at).toISOString() };
}

/** A row that somebody altered is shown as it is. */
function detailOf(text: string | null): unknown {
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export function auditReadsOf(db: Kysely<Schema>): AuditReads {
  async function list(filter: AuditFilter & { limit: number; after?: number }): Promise<AuditRow[]> {
    let query = db
      .selectFrom("audit")
      .selectAll()
      .where((where) => conditions(where, filter));
    if (filter.after !== undefined) query = query.where("seq", ">", filter.after);
    return (await query.orderBy("seq", "desc").limit(filter.limit).execute()).map(readRow);
  }

  async function bounds(): Promise<{ first: number; last: number }> {
    const { min, max } = db.fn;
    const found = await db
      .selectFrom("audit")
      .select([min("seq").as("first"), max("seq").as("last")])
      .executeTakeFirst();
    return { first: Number(found?.first ?? 1), last: Number(found?.last ?? 0) };
  }

  return {
    list,
    async *scan(filter) {
      const { first, last } = await bounds();
      let before = Math.min(filter.before ?? Number.POSITIVE_INFINITY, last + 1);
      while (before > first) {
        const after = Math.max(first - 1, before - ROWS_A_LOOK - 1);
        const rows = await list({ ...filter, before, after, limit: ROWS_A_BATCH });
        before = rows.length === ROWS_A_BATCH ? (rows.at(-1)?.seq ?? first) : after + 1;
        yield { rows, before };
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    async get(seq) {
      const row = await db.selectFrom("audit").selectAll().where("seq", "=", seq).executeTakeFirst();
      return row === undefined ? null : readRow(row);
    },
    async last() {
      const row = await db.selectFrom("audit").selectAll().orderBy("seq", "desc").limit(1).executeTakeFirst();
      return row === undefined ? null : readRow(row);
    },
    async knows(requestId) {
      const query = db.selectFrom("audit").select("seq").where("requestId", "=", requestId).limit(1);
      return (await query.executeTakeFirst()) !== undefined;
    },
    async openIntents() {
      const query = db.selectFrom("audit").selectAll().where("kind", "=", "intent");
      const rows = await query
        .where((where) => where.not(hasOutcome(where)))
        .orderBy("seq")
        .execute();
      return rows.map(readRow);
    },
  };
}

type Where = ExpressionBuilder<Schema, "audit">;

function conditions(where: Where, filter: AuditFilter) {
  const { from, to, server, actor, lb, action, outcome, maintenance, text, isSettled, before } = filter;
  const all = [];
  if (from !== undefined) all.push(where("at", ">=", from));
  if (to !== undefined) all.push(where("at", "<", to));
  if (server !== undefined) all.push(isAbout(where, server));
  if (actor !== undefined)
    all.push(
      where.or([
        sql<boolean>`actor_name = ${actor} collate nocase`,
        sql<boolean>`on_behalf_of = ${actor} collate nocase`,
        sql<boolean>`on_behalf_of = ${`${actor} (token)`} collate nocase`,
      ]),
    );
  if (lb !== undefined) all.push(where("lb", "=", lb));
  if (action !== undefined)
    all.push(
      action.endsWith(":*")
        ? sql<boolean>`substr(action, 1, ${action.length - 1}) = ${action.slice(0, -1)}`
        : where("action", "=", action),
    );
  if (outcome !== undefined) all.push(where("outcome", "=", outcome));
  if (maintenance !== undefined) all.push(where("maintenanceId", "=", maintenance));
  if (text !== undefined) all.push(contains(text));
  if (isSettled === true) all.push(where.or([where("kind", "!=", "intent"), where.not(hasOutcome(where))]));
  if (before !== undefined) all.push(where("seq", "<", before));
  return where.and(all);
}

/** A maintenance of several servers has no single target; its plan names them. */
function isAbout(where: Where, server: string) {
  const named = sql<boolean>`target is null and action like 'maintenance:%' and instr(detail, ${JSON.stringify(server)}) > 0`;
  return where.or([where("target", "=", server), named]);
}

const searched = sql`coalesce(actor_name, '') || char(10) || coalesce(on_behalf_of, '') || char(10) || coalesce(target, '')
  || char(10) || coalesce(lb, '') || char(10) || action || char(10) || coalesce(before, '') || char(10)
  || coalesce(after, '') || char(10) || coalesce(command, '') || char(10) || coalesce(answer, '') || char(10)
  || coalesce(reason, '') || char(10) || request_id || char(10) || coalesce(remote_address, '') || char(10)
  || coalesce(maintenance_id, '')`;

function contains(text: string) {
  const pattern = `%${text.replace(/[\\%_]/g, "\\$&")}%`;
  return sql<boolean>`(${searched}) like ${pattern} escape '\\'`;
}

function hasOutcome(where: Where) {
  const outcome = where.selectFrom("audit as result").select("result.seq");
  return where.exists(outcome.whereRef("result.intentSeq", "=", "audit.seq"));
}

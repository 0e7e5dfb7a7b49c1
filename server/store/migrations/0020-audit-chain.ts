import { type Kysely, sql } from "kysely";
import { FIRST_PREVIOUS, type HashedColumns, rowHash } from "../audit-chain.ts";

const ROWS_AT_ONCE = 1_000;

/** Rows that are there already are chained as they stand: from here on a change of them shows. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("audit").addColumn("on_behalf_of", "text").execute();
  await db.schema.alterTable("audit").addColumn("maintenance_id", "text").execute();
  await db.schema
    .alterTable("audit")
    .addColumn("prev_hash", "text", (column) => column.notNull().defaultTo(""))
    .execute();
  await db.schema
    .alterTable("audit")
    .addColumn("hash", "text", (column) => column.notNull().defaultTo(""))
    .execute();
  await sql`update audit set maintenance_id = substr(actor_id, length('maintenance:') + 1),
    on_behalf_of = substr(actor_name, instr(actor_name, ' of ') + 4)
    where actor_kind = 'system' and actor_id like 'maintenance:%'`.execute(db);
  await sql`update audit set maintenance_id = json_extract(detail, '$.maintenanceId')
    where maintenance_id is null and action like 'maintenance:%' and json_valid(detail)`.execute(db);
  await chain(db);
  await db.schema.createIndex("audit_request").on("audit").column("request_id").execute();
  await db.schema.createIndex("audit_maintenance").on("audit").columns(["maintenance_id", "seq"]).execute();
}

async function chain(db: Kysely<unknown>): Promise<void> {
  let prevHash = FIRST_PREVIOUS;
  let seq = 0;
  for (;;) {
    const { rows } = await sql<HashedColumns>`select seq, at, request_id as requestId, kind, action,
      actor_kind as actorKind, actor_id as actorId, actor_name as actorName, on_behalf_of as onBehalfOf,
      maintenance_id as maintenanceId, via, remote_address as remoteAddress, target, lb, before, after, command, answer,
      outcome, reason, detail, intent_seq as intentSeq
      from audit where seq > ${seq} order by seq limit ${ROWS_AT_ONCE}`.execute(db);
    for (const row of rows) {
      const hash = rowHash(row, prevHash);
      await sql`update audit set prev_hash = ${prevHash}, hash = ${hash} where seq = ${row.seq}`.execute(db);
      prevHash = hash;
      seq = row.seq;
    }
    if (rows.length < ROWS_AT_ONCE) return;
  }
}

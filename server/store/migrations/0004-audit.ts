import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("audit")
    // AUTOINCREMENT: a number is never used twice, even after the newest rows were cut off
    .addColumn("seq", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("at", "integer", (column) => column.notNull())
    .addColumn("request_id", "text", (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull().check(sql`kind in ('intent', 'outcome', 'event')`))
    .addColumn("action", "text", (column) => column.notNull())
    .addColumn("actor_kind", "text", (column) => column.notNull())
    .addColumn("actor_id", "text", (column) => column.notNull())
    .addColumn("actor_name", "text", (column) => column.notNull())
    .addColumn("via", "text", (column) => column.notNull())
    .addColumn("remote_address", "text")
    .addColumn("target", "text")
    .addColumn("lb", "text")
    .addColumn("before", "text")
    .addColumn("after", "text")
    .addColumn("command", "text")
    .addColumn("answer", "text")
    .addColumn("outcome", "text")
    .addColumn("reason", "text")
    .addColumn("detail", "text")
    .addColumn("intent_seq", "integer", (column) => column.references("audit.seq"))
    .execute();
  await db.schema.createIndex("audit_at").on("audit").column("at").execute();
  await db.schema.createIndex("audit_target").on("audit").columns(["target", "seq"]).execute();
  // One outcome an intent: a second one is a bug and must fail, not confuse the reader.
  await db.schema
    .createIndex("audit_one_outcome")
    .unique()
    .on("audit")
    .column("intent_seq")
    .where(sql.ref("intent_seq"), "is not", null)
    .execute();
}

import type { Kysely } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("idempotency")
    .addColumn("actor_id", "text", (column) => column.notNull())
    .addColumn("key", "text", (column) => column.notNull())
    .addColumn("request_hash", "text", (column) => column.notNull())
    // null until the first request was answered
    .addColumn("status", "integer")
    .addColumn("body", "text")
    .addColumn("created_at", "integer", (column) => column.notNull())
    .addPrimaryKeyConstraint("idempotency_key", ["actor_id", "key"])
    .execute();
  await db.schema.createIndex("idempotency_created").on("idempotency").column("created_at").execute();
}

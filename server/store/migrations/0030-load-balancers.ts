import type { Kysely } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("load_balancers")
    .addColumn("name", "text", (column) => column.primaryKey())
    .addColumn("address", "text", (column) => column.notNull())
    .addColumn("master", "text")
    .addColumn("tls", "text")
    .addColumn("added_at", "integer", (column) => column.notNull())
    .execute();
}

import type { Kysely } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("backend_settings")
    .addColumn("backend", "text", (column) => column.primaryKey())
    .addColumn("minimum", "integer")
    .addColumn("quiet_ms", "integer")
    .execute();
}

import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("probe_settings")
    .addColumn("backend", "text", (column) => column.primaryKey())
    .addColumn("address", "text", (column) => column.notNull())
    .addColumn("path", "text", (column) => column.notNull())
    // null: the address
    .addColumn("host", "text")
    .addColumn("tls", "text", (column) => column.notNull().check(sql`tls in ('none', 'verify', 'any-certificate')`))
    .addColumn("method", "text", (column) => column.notNull().check(sql`method in ('GET', 'POST')`))
    .addColumn("header", "text")
    .execute();
}

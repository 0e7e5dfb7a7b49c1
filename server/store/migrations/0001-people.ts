import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("people")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("name", "text", (column) => column.notNull())
    // null: signs in elsewhere (OpenID Connect, a trusted proxy)
    .addColumn("password_hash", "text")
    .addColumn("role", "text", (column) => column.notNull().check(sql`role in ('viewer', 'operator', 'admin')`))
    .addColumn("disabled_at", "integer")
    .addColumn("created_at", "integer", (column) => column.notNull())
    .execute();
  await db.schema.createIndex("people_name").unique().on("people").expression(sql`lower(name)`).execute();
}

import type { Kysely } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  // JSON list of names and patterns; null: all
  await db.schema.alterTable("people").addColumn("backends", "text").execute();
  // who an outside provider says it is: an issuer and its subject, or "proxy" and the name it sends
  await db.schema.alterTable("people").addColumn("external_issuer", "text").execute();
  await db.schema.alterTable("people").addColumn("external_subject", "text").execute();
  await db.schema.alterTable("people").addColumn("last_seen_at", "integer").execute();
  // nulls are all different, so this holds for people who came from outside only
  await db.schema
    .createIndex("people_external")
    .unique()
    .on("people")
    .columns(["external_issuer", "external_subject"])
    .execute();

  await db.schema.alterTable("logins").addColumn("remote_address", "text").execute();

  await db.schema.alterTable("tokens").addColumn("prefix", "text").execute();
  await db.schema.alterTable("tokens").addColumn("created_by", "text").execute();
  await db.schema.alterTable("tokens").addColumn("last_used_from", "text").execute();

  await db.schema
    .createTable("wall_links")
    .addColumn("hash", "text", (column) => column.primaryKey())
    .addColumn("id", "text", (column) => column.notNull().unique())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("prefix", "text", (column) => column.notNull())
    .addColumn("created_at", "integer", (column) => column.notNull())
    .addColumn("created_by", "text", (column) => column.notNull())
    .addColumn("expires_at", "integer")
    .addColumn("revoked_at", "integer")
    .addColumn("last_seen_at", "integer")
    .addColumn("last_seen_from", "text")
    .execute();

  // One link a person: a new one takes the place of the one before.
  await db.schema
    .createTable("reset_links")
    .addColumn("person_id", "text", (column) => column.primaryKey().references("people.id").onDelete("cascade"))
    .addColumn("hash", "text", (column) => column.notNull().unique())
    .addColumn("expires_at", "integer", (column) => column.notNull())
    .execute();
}

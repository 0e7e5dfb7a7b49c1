import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("maintenances")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("created_at", "integer", (column) => column.notNull())
    .addColumn("closed_at", "integer")
    .addColumn("saved_at", "integer", (column) => column.notNull())
    .addColumn("job", "text", (column) => column.notNull())
    .execute();
  // What a start looks for: the few open ones among years of closed ones.
  await db.schema
    .createIndex("maintenances_open")
    .on("maintenances")
    .column("created_at")
    .where(sql.ref("closed_at"), "is", null)
    .execute();
  await db.schema.createIndex("maintenances_created").on("maintenances").column("created_at").execute();
  await db.schema
    .createTable("maintenance_events")
    .addColumn("seq", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("maintenance_id", "text", (column) => column.notNull().references("maintenances.id"))
    .addColumn("at", "integer", (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("server", "text")
    .addColumn("lb", "text")
    .addColumn("who", "text")
    .addColumn("text", "text", (column) => column.notNull())
    .addColumn("is_alert", "integer", (column) => column.notNull())
    .addColumn("data", "text", (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex("maintenance_events_of")
    .on("maintenance_events")
    .columns(["maintenance_id", "seq"])
    .execute();
  await db.schema
    .createTable("kept_states")
    .addColumn("lb", "text", (column) => column.notNull())
    .addColumn("server", "text", (column) => column.notNull())
    .addColumn("admin_state", "text", (column) => column.notNull())
    .addColumn("pid", "integer", (column) => column.notNull())
    .addColumn("started_at", "integer", (column) => column.notNull())
    .addColumn("who", "text", (column) => column.notNull())
    .addColumn("at", "integer", (column) => column.notNull())
    .addPrimaryKeyConstraint("kept_states_of", ["lb", "server"])
    .execute();
}

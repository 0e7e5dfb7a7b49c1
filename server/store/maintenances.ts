// One row a maintenance: the job as JSON, which is everything decide() needs to go on after a crash. Its events are
// written in the same transaction, so the record never tells of a step that the job does not know, nor the other way.
import type { Kysely } from "kysely";
import type { MaintenanceEvent } from "#lib/maintenance/effect.ts";
import type { Maintenance } from "#lib/maintenance/job.ts";
import { StoreError } from "./errors.ts";
import { appendEvents, eventsOf, type StoredEvent } from "./maintenance-events.ts";
import type { Schema } from "./schema.ts";

export interface MaintenancesTable {
  id: string;
  createdAt: number;
  closedAt: number | null;
  savedAt: number;
  /** JSON */
  job: string;
}

export interface Maintenances {
  /** Durable when it resolves. Throws StoreError "write-failed": then nothing may be sent. */
  save(job: Maintenance, events: readonly MaintenanceEvent[], nowMs: number): Promise<void>;
  get(id: string): Promise<Maintenance | null>;
  /** oldest first */
  open(): Promise<Maintenance[]>;
  /** newest first */
  list(filter: { isOpen?: boolean; closedSince?: number; limit: number }): Promise<Maintenance[]>;
  events(id: string): Promise<StoredEvent[]>;
}

export function maintenancesOf(db: Kysely<Schema>): Maintenances {
  return {
    async save(job, events, nowMs) {
      const values = { closedAt: job.closedAtMs, savedAt: nowMs, job: JSON.stringify(job) };
      try {
        await db.transaction().execute(async (transaction) => {
          await transaction
            .insertInto("maintenances")
            .values({ id: job.id, createdAt: job.createdAtMs, ...values })
            .onConflict((conflict) => conflict.column("id").doUpdateSet(values))
            .execute();
          await appendEvents(transaction, job.id, events);
        });
      } catch (cause) {
        throw new StoreError(
          "write-failed",
          `Maintenance ${job.id} could not be saved (${cause instanceof Error ? cause.message : String(cause)}), so nothing was sent. ` +
            "Check that the data directory's disk is not full and is writable.",
          cause,
        );
      }
    },
    async get(id) {
      const row = await db.selectFrom("maintenances").select("job").where("id", "=", id).executeTakeFirst();
      return row === undefined ? null : read(row.job);
    },
    async open() {
      const rows = await db
        .selectFrom("maintenances")
        .select("job")
        .where("closedAt", "is", null)
        .orderBy("createdAt")
        .execute();
      return rows.map((row) => read(row.job));
    },
    async list({ isOpen, closedSince, limit }) {
      let query = db.selectFrom("maintenances").select("job");
      if (isOpen === true) query = query.where("closedAt", "is", null);
      if (isOpen === false) query = query.where("closedAt", "is not", null);
      if (closedSince !== undefined) query = query.where("closedAt", ">=", closedSince);
      const rows = await query.orderBy("createdAt", "desc").limit(limit).execute();
      return rows.map((row) => read(row.job));
    },
    events: (id) => eventsOf(db, id),
  };
}

function read(text: string): Maintenance {
  const job = JSON.parse(text) as Maintenance;
  // Only this app writes it; another version would have another number.
  if (job.v !== 1) throw new StoreError("newer-schema", `a maintenance was stored in format ${String(job.v)}, not 1`);
  return job;
}

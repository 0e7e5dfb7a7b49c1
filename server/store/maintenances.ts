// One row a maintenance: the job as JSON, which is everything decide() needs to go on after a crash. Its events are
// written in the same transaction, so the record never tells of a step that the job does not know, nor the other way.
import type { Kysely, Selectable } from "kysely";
import { type ServerId, splitServerId } from "#lib/haproxy/names.ts";
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

/** A row that this version cannot read, as far as it can be told whose it is. */
export interface UnreadableMaintenance {
  id: string;
  createdAtMs: number;
  closedAtMs: number | null;
  startedBy: string;
  /** those whose names can be read */
  servers: ServerId[];
  /** for the log */
  why: string;
}

export interface StoredMaintenances {
  jobs: Maintenance[];
  unreadable: UnreadableMaintenance[];
}

export interface Maintenances {
  /** Durable when it resolves. Throws StoreError "write-failed": then nothing may be sent. */
  save(job: Maintenance, events: readonly MaintenanceEvent[], nowMs: number): Promise<void>;
  /** Throws StoreError "damaged" when it cannot be read. */
  get(id: string): Promise<Maintenance | null>;
  /** oldest first */
  open(): Promise<StoredMaintenances>;
  /** newest first */
  list(filter: { isOpen?: boolean; closedSince?: number; limit: number }): Promise<StoredMaintenances>;
  /** Closes one that cannot be read; what is stored of it stays as it is. */
  close(id: string, nowMs: number): Promise<void>;
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
      const row = await db.selectFrom("maintenances").selectAll().where("id", "=", id).executeTakeFirst();
      if (row === undefined) return null;
      const { jobs, unreadable } = readAll([row]);
      if (unreadable[0] !== undefined)
        throw new StoreError("damaged", `Maintenance ${id} cannot be read: ${unreadable[0].why}. Its record can.`);
      return jobs[0] ?? null;
    },
    async open() {
      const rows = await db
        .selectFrom("maintenances")
        .selectAll()
        .where("closedAt", "is", null)
        .orderBy("createdAt")
        .execute();
      return readAll(rows);
    },
    async list({ isOpen, closedSince, limit }) {
      let query = db.selectFrom("maintenances").selectAll();
      if (isOpen === true) query = query.where("closedAt", "is", null);
      if (isOpen === false) query = query.where("closedAt", "is not", null);
      if (closedSince !== undefined) query = query.where("closedAt", ">=", closedSince);
      return readAll(await query.orderBy("createdAt", "desc").limit(limit).execute());
    },
    async close(id, nowMs) {
      await db.updateTable("maintenances").set({ closedAt: nowMs, savedAt: nowMs }).where("id", "=", id).execute();
    },
    events: (id) => eventsOf(db, id),
  };
}

/** One that cannot be read must not hide the others. */
function readAll(rows: readonly Selectable<MaintenancesTable>[]): StoredMaintenances {
  const stored: StoredMaintenances = { jobs: [], unreadable: [] };
  for (const row of rows) {
    const read = jsonOf(row.job);
    const servers = namesOf(read);
    if (isJob(read) && servers.length === read.servers.length) {
      stored.jobs.push(read);
      continue;
    }
    const { v, startedBy } = (read ?? {}) as { v?: unknown; startedBy?: unknown };
    stored.unreadable.push({
      ...{ id: row.id, createdAtMs: row.createdAt, closedAtMs: row.closedAt, servers },
      startedBy: typeof startedBy === "string" ? startedBy : "",
      why: v === 1 || v === undefined ? "its stored job is damaged" : `it was stored in format ${String(v)}, not 1`,
    });
  }
  return stored;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Only this app writes it: another version would have another number, and damage shows at the servers. */
function isJob(read: unknown): read is Maintenance {
  const { v, servers } = (read ?? {}) as { v?: unknown; servers?: unknown };
  return v === 1 && Array.isArray(servers);
}

function namesOf(read: unknown): ServerId[] {
  const { servers } = (read ?? {}) as { servers?: unknown };
  if (!Array.isArray(servers)) return [];
  return servers.flatMap((server: unknown) => {
    const { id } = (server ?? {}) as { id?: unknown };
    return typeof id === "string" && splitServerId(id) !== null ? [id] : [];
  });
}

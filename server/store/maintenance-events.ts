// The flight recorder: what each maintenance did and saw, in order. Append-only, like the audit.
import type { Generated, Kysely, Selectable } from "kysely";
import { type EventKind, eventKinds, type MaintenanceEvent } from "#lib/maintenance/effect.ts";
import type { Schema } from "./schema.ts";

export interface MaintenanceEventsTable {
  seq: Generated<number>;
  maintenanceId: string;
  at: number;
  kind: string;
  server: string | null;
  lb: string | null;
  who: string | null;
  text: string;
  isAlert: number;
  /** JSON */
  data: string;
}

export type StoredEvent = MaintenanceEvent & { seq: number };

export async function appendEvents(
  db: Kysely<Schema>,
  maintenanceId: string,
  events: readonly MaintenanceEvent[],
): Promise<void> {
  for (const { atMs, isAlert, data, ...rest } of events) {
    await db
      .insertInto("maintenanceEvents")
      .values({ ...rest, maintenanceId, at: atMs, isAlert: isAlert ? 1 : 0, data: JSON.stringify(data) })
      .execute();
  }
}

/** Oldest first. */
export async function eventsOf(db: Kysely<Schema>, maintenanceId: string): Promise<StoredEvent[]> {
  const rows = await db
    .selectFrom("maintenanceEvents")
    .selectAll()
    .where("maintenanceId", "=", maintenanceId)
    .orderBy("seq")
    .execute();
  return rows.map(read);
}

function read(row: Selectable<MaintenanceEventsTable>): StoredEvent {
  const { at, kind, isAlert, data, maintenanceId: _, ...rest } = row;
  return { ...rest, atMs: at, kind: kindOf(kind), isAlert: isAlert === 1, data: JSON.parse(data) };
}

/** A kind that this version does not know is still a line of the record. */
function kindOf(text: string): EventKind {
  return eventKinds.find((kind) => kind === text) ?? "note";
}

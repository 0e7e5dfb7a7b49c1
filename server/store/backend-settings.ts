// Minimum and quiet window that an admin set for a backend. null: not set here.
import type { Kysely } from "kysely";
import type { Schema } from "./schema.ts";

export interface BackendSettingsTable {
  backend: string;
  minimum: number | null;
  quietMs: number | null;
}
export type StoredBackendSetting = BackendSettingsTable;

export interface BackendSettings {
  all(): Promise<StoredBackendSetting[]>;
  /** One without a value of its own is forgotten. */
  save(setting: StoredBackendSetting): Promise<void>;
}

export function backendSettingsOf(db: Kysely<Schema>): BackendSettings {
  return {
    all: () => db.selectFrom("backendSettings").selectAll().orderBy("backend").execute(),
    async save({ backend, minimum, quietMs }) {
      if (minimum === null && quietMs === null) {
        await db.deleteFrom("backendSettings").where("backend", "=", backend).execute();
        return;
      }
      await db
        .insertInto("backendSettings")
        .values({ backend, minimum, quietMs })
        .onConflict((conflict) => conflict.column("backend").doUpdateSet({ minimum, quietMs }))
        .execute();
    },
  };
}

// Where the persistence probe of a backend asks, as an admin said.
import type { Kysely } from "kysely";
import { type ProbeMethod, type ProbeSetting, type ProbeTls, probeSettingSchema } from "#lib/wire/persistence.ts";
import type { Schema } from "./schema.ts";

export interface ProbeSettingsTable {
  backend: string;
  address: string;
  path: string;
  host: string | null;
  tls: ProbeTls;
  method: ProbeMethod;
  header: string | null;
}

export interface ProbeSettings {
  all(): Promise<Map<string, ProbeSetting>>;
  /** null: forgotten */
  save(backend: string, setting: ProbeSetting | null): Promise<void>;
}

export function probeSettingsOf(db: Kysely<Schema>): ProbeSettings {
  return {
    async all() {
      const rows = await db.selectFrom("probeSettings").selectAll().execute();
      return new Map(rows.map(({ backend, ...setting }) => [backend, probeSettingSchema.parse(setting)]));
    },
    async save(backend, setting) {
      if (setting === null) {
        await db.deleteFrom("probeSettings").where("backend", "=", backend).execute();
        return;
      }
      await db
        .insertInto("probeSettings")
        .values({ backend, ...setting })
        .onConflict((conflict) => conflict.column("backend").doUpdateSet(setting))
        .execute();
    },
  };
}

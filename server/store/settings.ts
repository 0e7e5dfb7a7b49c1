import type { Kysely } from "kysely";
import type { z } from "zod";
import type { Schema } from "./schema.ts";

export interface SettingsTable {
  key: string;
  /** JSON */
  value: string;
}

export interface Settings {
  /** null: not set. Throws what the schema says when the stored value is not of its shape. */
  get<T>(key: string, schema: z.ZodType<T>): Promise<T | null>;
  set(key: string, value: unknown): Promise<void>;
}

export function settingsOf(db: Kysely<Schema>): Settings {
  return {
    async get(key, schema) {
      const found = await db.selectFrom("settings").select("value").where("key", "=", key).executeTakeFirst();
      return found === undefined ? null : schema.parse(JSON.parse(found.value));
    },
    async set(key, value) {
      const text = JSON.stringify(value);
      await db
        .insertInto("settings")
        .values({ key, value: text })
        .onConflict((conflict) => conflict.column("key").doUpdateSet({ value: text }))
        .execute();
    },
  };
}

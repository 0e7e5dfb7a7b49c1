// Drain and maint that people set by a click and HAProxy confirmed: what a reload takes away. Ready is never kept.
import type { Kysely } from "kysely";
import type { ServerId } from "#lib/haproxy/names.ts";
import type { Schema } from "./schema.ts";

export interface KeptStatesTable {
  lb: string;
  server: ServerId;
  adminState: "drain" | "maint";
  /** the process that confirmed it */
  pid: number;
  startedAt: number;
  who: string;
  at: number;
}
export type KeptState = KeptStatesTable;

export interface KeptStates {
  all(): Promise<KeptState[]>;
  keep(state: KeptState): Promise<void>;
  forget(lb: string, server: ServerId): Promise<void>;
}

export function keptStatesOf(db: Kysely<Schema>): KeptStates {
  return {
    all: () => db.selectFrom("keptStates").selectAll().execute(),
    async keep(state) {
      await db
        .insertInto("keptStates")
        .values(state)
        .onConflict((conflict) => conflict.columns(["lb", "server"]).doUpdateSet(state))
        .execute();
    },
    async forget(lb, server) {
      await db.deleteFrom("keptStates").where("lb", "=", lb).where("server", "=", server).execute();
    },
  };
}

// Load balancers that an admin added in the settings. Addresses as text, TLS files as paths: no secret is in here.
import type { Kysely } from "kysely";
import type { TlsPaths } from "#lib/wire/settings.ts";
import type { Schema } from "./schema.ts";

export interface LoadBalancersTable {
  name: string;
  address: string;
  master: string | null;
  /** JSON of TlsPaths */
  tls: string | null;
  addedAt: number;
}

export interface StoredLoadBalancer {
  name: string;
  address: string;
  master: string | null;
  tls: TlsPaths | null;
}

export interface LoadBalancers {
  /** in the order they were added */
  all(): Promise<StoredLoadBalancer[]>;
  /** Adds it, or changes the one of that name, which keeps its place. */
  save(lb: StoredLoadBalancer, nowMs: number): Promise<void>;
  remove(name: string): Promise<void>;
}

export function loadBalancersOf(db: Kysely<Schema>): LoadBalancers {
  return {
    async all() {
      const rows = await db.selectFrom("loadBalancers").selectAll().orderBy("addedAt").orderBy("name").execute();
      return rows.map(({ name, address, master, tls }) => ({
        ...{ name, address, master },
        tls: tls === null ? null : (JSON.parse(tls) as TlsPaths), // only this app writes it
      }));
    },
    async save({ name, address, master, tls }, nowMs) {
      const values = { address, master, tls: tls === null ? null : JSON.stringify(tls) };
      await db
        .insertInto("loadBalancers")
        .values({ name, addedAt: nowMs, ...values })
        .onConflict((conflict) => conflict.column("name").doUpdateSet(values))
        .execute();
    },
    async remove(name) {
      await db.deleteFrom("loadBalancers").where("name", "=", name).execute();
    },
  };
}

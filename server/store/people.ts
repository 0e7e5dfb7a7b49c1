import { type Kysely, sql } from "kysely";
import type { Role } from "#lib/auth/permissions.ts";
import type { Schema } from "./schema.ts";

export interface PeopleTable {
  id: string;
  name: string;
  passwordHash: string | null;
  role: Role;
  disabledAt: number | null;
  createdAt: number;
}

export type Person = PeopleTable;

export interface People {
  /** false: the name is taken (names differ by more than case) */
  add(person: Person): Promise<boolean>;
  byName(name: string): Promise<Person | null>;
  isEmpty(): Promise<boolean>;
}

export function peopleOf(db: Kysely<Schema>): People {
  return {
    async add(person) {
      const added = await db
        .insertInto("people")
        .values(person)
        .onConflict((conflict) => conflict.doNothing())
        .returning("id")
        .executeTakeFirst();
      return added !== undefined;
    },
    async byName(name) {
      const found = await db
        .selectFrom("people")
        .selectAll()
        .where(sql`lower(name)`, "=", sql`lower(${name})`)
        .executeTakeFirst();
      return found ?? null;
    },
    async isEmpty() {
      return (await db.selectFrom("people").select("id").limit(1).executeTakeFirst()) === undefined;
    },
  };
}

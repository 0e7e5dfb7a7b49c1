// A login is one browser that a person signed in with. Only the SHA-256 of its cookie is stored, so that a copy of the
// database signs nobody in.
import type { Kysely } from "kysely";
import type { Role } from "#lib/auth/permissions.ts";
import type { Schema } from "./schema.ts";

export interface LoginsTable {
  hash: string;
  personId: string;
  createdAt: number;
  expiresAt: number;
  lastSeenAt: number;
  userAgent: string;
}

export interface LoginOwner {
  personId: string;
  name: string;
  role: Role;
  createdAt: number;
  lastSeenAt: number;
}

export interface Logins {
  add(login: LoginsTable): Promise<void>;
  /** whose login it is: null when unknown, expired, or the person is disabled */
  owner(hash: string, now: number): Promise<LoginOwner | null>;
  seen(hash: string, now: number, expiresAt: number): Promise<void>;
  remove(hash: string): Promise<void>;
  removeExpired(now: number): Promise<void>;
}

export function loginsOf(db: Kysely<Schema>): Logins {
  return {
    async add(login) {
      await db.insertInto("logins").values(login).execute();
    },
    async owner(hash, now) {
      const found = await db
        .selectFrom("logins")
        .innerJoin("people", "people.id", "logins.personId")
        .select(["people.id as personId", "people.name", "people.role", "logins.createdAt", "logins.lastSeenAt"])
        .where("logins.hash", "=", hash)
        .where("logins.expiresAt", ">", now)
        .where("people.disabledAt", "is", null)
        .executeTakeFirst();
      return found ?? null;
    },
    async seen(hash, now, expiresAt) {
      await db.updateTable("logins").set({ lastSeenAt: now, expiresAt }).where("hash", "=", hash).execute();
    },
    async remove(hash) {
      await db.deleteFrom("logins").where("hash", "=", hash).execute();
    },
    async removeExpired(now) {
      await db.deleteFrom("logins").where("expiresAt", "<=", now).execute();
    },
  };
}

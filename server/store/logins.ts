// A login is one browser that a person signed in with. Only the SHA-256 of its cookie is stored, so that a copy of the
// database signs nobody in.
import { type Kysely, type Selectable, sql } from "kysely";
import type { Role } from "#lib/auth/permissions.ts";
import { backendsOf } from "./backends.ts";
import type { Schema } from "./schema.ts";

export interface LoginsTable {
  hash: string;
  personId: string;
  createdAt: number;
  expiresAt: number;
  lastSeenAt: number;
  userAgent: string;
  /** where it was last seen; null: from before this was kept */
  remoteAddress: string | null;
}

export type Login = Selectable<LoginsTable>;

export interface LoginOwner {
  personId: string;
  name: string;
  role: Role;
  backends: string[] | null;
  isDisabled: boolean;
  /** signs in elsewhere: what that side takes away is known here only when the person signs in again */
  isExternal: boolean;
  createdAt: number;
  expiresAt: number;
  lastSeenAt: number;
}

export interface Logins {
  add(login: LoginsTable): Promise<void>;
  /** whose login it is, though it may be over or its person disabled; null when unknown */
  owner(hash: string): Promise<LoginOwner | null>;
  /** of one person, not over, last seen first */
  list(personId: string, now: number): Promise<Login[]>;
  seen(hash: string, seen: Pick<LoginsTable, "lastSeenAt" | "expiresAt" | "remoteAddress">): Promise<void>;
  remove(hash: string): Promise<void>;
  /** false: this person has no login of that id */
  removeOne(personId: string, id: string): Promise<boolean>;
  /** all of a person, but the one to keep; returns how many */
  removeAll(personId: string, keepHash: string | null): Promise<number>;
  removeExpired(now: number): Promise<void>;
}

const ID_CHARS = 16;

/** Names a login where people choose one to end; nobody finds the cookie with it. */
export function loginIdOf(hash: string): string {
  return hash.slice(0, ID_CHARS);
}

export function loginsOf(db: Kysely<Schema>): Logins {
  return {
    async add(login) {
      await db.insertInto("logins").values(login).execute();
    },
    async owner(hash) {
      const found = await db
        .selectFrom("logins")
        .innerJoin("people", "people.id", "logins.personId")
        .select(["people.id as personId", "people.name", "people.role", "people.backends", "people.disabledAt"])
        .select("people.externalIssuer")
        .select(["logins.createdAt", "logins.lastSeenAt", "logins.expiresAt"])
        .where("logins.hash", "=", hash)
        .executeTakeFirst();
      if (found === undefined) return null;
      const { disabledAt, backends, externalIssuer, ...owner } = found;
      const isExternal = externalIssuer !== null;
      return { ...owner, backends: backendsOf(backends), isDisabled: disabledAt !== null, isExternal };
    },
    list: (personId, now) =>
      db
        .selectFrom("logins")
        .selectAll()
        .where("personId", "=", personId)
        .where("expiresAt", ">", now)
        .orderBy("lastSeenAt", "desc")
        .execute(),
    async seen(hash, seen) {
      await db.updateTable("logins").set(seen).where("hash", "=", hash).execute();
    },
    async remove(hash) {
      await db.deleteFrom("logins").where("hash", "=", hash).execute();
    },
    async removeOne(personId, id) {
      const removed = await db
        .deleteFrom("logins")
        .where("personId", "=", personId)
        .where(sql`substr(hash, 1, ${ID_CHARS})`, "=", id)
        .returning("hash")
        .execute();
      return removed.length > 0;
    },
    async removeAll(personId, keepHash) {
      const removed = await db
        .deleteFrom("logins")
        .where("personId", "=", personId)
        .where("hash", "!=", keepHash ?? "")
        .returning("hash")
        .execute();
      return removed.length;
    },
    async removeExpired(now) {
      await db.deleteFrom("logins").where("expiresAt", "<=", now).execute();
    },
  };
}

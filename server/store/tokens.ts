// API tokens. Making and revoking them comes with their settings page; `principal` already honours what is here.
import type { Kysely } from "kysely";
import type { Role } from "#lib/auth/permissions.ts";
import type { Schema } from "./schema.ts";

export interface TokensTable {
  hash: string;
  id: string;
  name: string;
  role: Role;
  /** JSON list of names and patterns; null: all */
  backends: string | null;
  createdAt: number;
  expiresAt: number | null;
  revokedAt: number | null;
  lastUsedAt: number | null;
}

export interface Token {
  id: string;
  name: string;
  role: Role;
  backends: string[] | null;
  createdAt: number;
  expiresAt: number | null;
}

export interface Tokens {
  add(hash: string, token: Token): Promise<void>;
  /** null: unknown, expired or revoked */
  active(hash: string, now: number): Promise<Token | null>;
  used(hash: string, now: number): Promise<void>;
  revoke(id: string, now: number): Promise<void>;
}

/** A script that asks every second must not write every second. */
const USED_EVERY_MS = 60_000;

/** A limit that cannot be read allows nothing, rather than everything. */
function backendsOf(text: string | null): string[] | null {
  if (text === null) return null;
  const parsed: unknown = JSON.parse(text);
  return Array.isArray(parsed) ? parsed.filter((item) => typeof item === "string") : [];
}

export function tokensOf(db: Kysely<Schema>): Tokens {
  return {
    async add(hash, token) {
      const backends = token.backends === null ? null : JSON.stringify(token.backends);
      await db
        .insertInto("tokens")
        .values({ ...token, hash, backends, revokedAt: null, lastUsedAt: null })
        .execute();
    },
    async active(hash, now) {
      const found = await db
        .selectFrom("tokens")
        .select(["id", "name", "role", "backends", "createdAt", "expiresAt"])
        .where("hash", "=", hash)
        .where("revokedAt", "is", null)
        .where((where) => where.or([where("expiresAt", "is", null), where("expiresAt", ">", now)]))
        .executeTakeFirst();
      return found === undefined ? null : { ...found, backends: backendsOf(found.backends) };
    },
    async used(hash, now) {
      await db
        .updateTable("tokens")
        .set({ lastUsedAt: now })
        .where("hash", "=", hash)
        .where((where) => where.or([where("lastUsedAt", "is", null), where("lastUsedAt", "<=", now - USED_EVERY_MS)]))
        .execute();
    },
    async revoke(id, now) {
      await db
        .updateTable("tokens")
        .set({ revokedAt: now })
        .where("id", "=", id)
        .where("revokedAt", "is", null)
        .execute();
    },
  };
}

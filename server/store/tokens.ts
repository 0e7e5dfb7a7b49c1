// API tokens. Only the SHA-256 of a token is stored; a revoked one stays, so that the audit's ids keep their meaning.
import type { Kysely, Selectable } from "kysely";
import type { Role } from "#lib/auth/permissions.ts";
import { backendsOf, backendsText } from "./backends.ts";
import type { Schema } from "./schema.ts";

export interface TokensTable {
  hash: string;
  id: string;
  name: string;
  role: Role;
  /** JSON list of names and patterns; null: all */
  backends: string | null;
  /** how it begins, for people to recognise; null: from before this was kept */
  prefix: string | null;
  createdAt: number;
  createdBy: string | null;
  expiresAt: number | null;
  revokedAt: number | null;
  lastUsedAt: number | null;
  lastUsedFrom: string | null;
}

export type Token = Omit<Selectable<TokensTable>, "hash" | "backends"> & { backends: string[] | null };

export interface Tokens {
  add(hash: string, token: Omit<Token, "revokedAt" | "lastUsedAt" | "lastUsedFrom">): Promise<void>;
  /** though it may be expired or revoked; null when unknown */
  find(hash: string): Promise<Token | null>;
  byId(id: string): Promise<Token | null>;
  /** newest first, without the revoked ones */
  list(): Promise<Token[]>;
  /** Writes once a minute: a script that asks every second must not write every second. */
  used(hash: string, now: number, from: string): Promise<void>;
  /** the token that was revoked now; null: unknown, or revoked before */
  revoke(id: string, now: number): Promise<Token | null>;
}

export const USED_EVERY_MS = 60_000;

export function tokensOf(db: Kysely<Schema>): Tokens {
  return {
    async add(hash, token) {
      const backends = backendsText(token.backends);
      await db
        .insertInto("tokens")
        .values({ ...token, hash, backends, revokedAt: null, lastUsedAt: null, lastUsedFrom: null })
        .execute();
    },
    async find(hash) {
      const found = await db.selectFrom("tokens").selectAll().where("hash", "=", hash).executeTakeFirst();
      return found === undefined ? null : read(found);
    },
    async byId(id) {
      const found = await db.selectFrom("tokens").selectAll().where("id", "=", id).executeTakeFirst();
      return found === undefined ? null : read(found);
    },
    async list() {
      const rows = await db
        .selectFrom("tokens")
        .selectAll()
        .where("revokedAt", "is", null)
        .orderBy("createdAt", "desc")
        .orderBy("id")
        .execute();
      return rows.map(read);
    },
    async used(hash, now, from) {
      await db
        .updateTable("tokens")
        .set({ lastUsedAt: now, lastUsedFrom: from })
        .where("hash", "=", hash)
        .where((where) => where.or([where("lastUsedAt", "is", null), where("lastUsedAt", "<=", now - USED_EVERY_MS)]))
        .execute();
    },
    async revoke(id, now) {
      const revoked = await db
        .updateTable("tokens")
        .set({ revokedAt: now })
        .where("id", "=", id)
        .where("revokedAt", "is", null)
        .returningAll()
        .executeTakeFirst();
      return revoked === undefined ? null : read(revoked);
    },
  };
}

function read({ hash: _hash, backends, ...row }: Selectable<TokensTable>): Token {
  return { ...row, backends: backendsOf(backends) };
}

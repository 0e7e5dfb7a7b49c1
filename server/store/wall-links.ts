// Links for wall screens. Only the SHA-256 of the key is stored.
import type { Kysely, Selectable } from "kysely";
import type { Schema } from "./schema.ts";
import { USED_EVERY_MS } from "./tokens.ts";

export interface WallLinksTable {
  hash: string;
  id: string;
  name: string;
  prefix: string;
  createdAt: number;
  createdBy: string;
  expiresAt: number | null;
  revokedAt: number | null;
  lastSeenAt: number | null;
  lastSeenFrom: string | null;
}

export type WallLink = Omit<Selectable<WallLinksTable>, "hash">;

export interface WallLinks {
  add(hash: string, link: Omit<WallLink, "revokedAt" | "lastSeenAt" | "lastSeenFrom">): Promise<void>;
  /** though it may be expired or revoked; null when unknown */
  find(hash: string): Promise<WallLink | null>;
  /** newest first, without the revoked ones */
  list(): Promise<WallLink[]>;
  /** writes once a minute */
  seen(hash: string, now: number, from: string): Promise<void>;
  /** the link that was revoked now; null: unknown, or revoked before */
  revoke(id: string, now: number): Promise<WallLink | null>;
}

export function wallLinksOf(db: Kysely<Schema>): WallLinks {
  return {
    async add(hash, link) {
      await db
        .insertInto("wallLinks")
        .values({ ...link, hash, revokedAt: null, lastSeenAt: null, lastSeenFrom: null })
        .execute();
    },
    async find(hash) {
      const found = await db.selectFrom("wallLinks").selectAll().where("hash", "=", hash).executeTakeFirst();
      return found === undefined ? null : read(found);
    },
    async list() {
      const rows = await db
        .selectFrom("wallLinks")
        .selectAll()
        .where("revokedAt", "is", null)
        .orderBy("createdAt", "desc")
        .orderBy("id")
        .execute();
      return rows.map(read);
    },
    async seen(hash, now, from) {
      await db
        .updateTable("wallLinks")
        .set({ lastSeenAt: now, lastSeenFrom: from })
        .where("hash", "=", hash)
        .where((where) => where.or([where("lastSeenAt", "is", null), where("lastSeenAt", "<=", now - USED_EVERY_MS)]))
        .execute();
    },
    async revoke(id, now) {
      const revoked = await db
        .updateTable("wallLinks")
        .set({ revokedAt: now })
        .where("id", "=", id)
        .where("revokedAt", "is", null)
        .returningAll()
        .executeTakeFirst();
      return revoked === undefined ? null : read(revoked);
    },
  };
}

function read({ hash: _hash, ...row }: Selectable<WallLinksTable>): WallLink {
  return row;
}

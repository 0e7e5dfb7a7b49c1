// The first answer to a write, kept for a day under the key its caller chose. The row is made before the write starts:
// when the app dies in between, a repeat is told so instead of doing it a second time.
import type { Kysely } from "kysely";
import type { Schema } from "./schema.ts";

export interface IdempotencyTable {
  actorId: string;
  key: string;
  requestHash: string;
  status: number | null;
  body: string | null;
  createdAt: number;
}

export const KEY_LIVES_MS = 24 * 60 * 60 * 1000;

export type Claim =
  | { kind: "first" }
  | { kind: "answered"; status: number; body: string | null }
  /** the first request has no answer: it still runs, or the app stopped meanwhile */
  | { kind: "unanswered" }
  | { kind: "other-request" };

export interface Idempotency {
  claim(actorId: string, key: string, requestHash: string, now: number): Promise<Claim>;
  answer(actorId: string, key: string, status: number, body: string | null): Promise<void>;
}

export function idempotencyOf(db: Kysely<Schema>): Idempotency {
  return {
    async claim(actorId, key, requestHash, now) {
      await db
        .deleteFrom("idempotency")
        .where("createdAt", "<=", now - KEY_LIVES_MS)
        .execute();
      const claimed = await db
        .insertInto("idempotency")
        .values({ actorId, key, requestHash, status: null, body: null, createdAt: now })
        .onConflict((conflict) => conflict.doNothing())
        .returning("key")
        .executeTakeFirst();
      if (claimed !== undefined) return { kind: "first" };
      const held = await db
        .selectFrom("idempotency")
        .select(["requestHash", "status", "body"])
        .where("actorId", "=", actorId)
        .where("key", "=", key)
        .executeTakeFirstOrThrow();
      if (held.requestHash !== requestHash) return { kind: "other-request" };
      if (held.status === null) return { kind: "unanswered" };
      return { kind: "answered", status: held.status, body: held.body };
    },
    async answer(actorId, key, status, body) {
      await db
        .updateTable("idempotency")
        .set({ status, body })
        .where("actorId", "=", actorId)
        .where("key", "=", key)
        .execute();
    },
  };
}

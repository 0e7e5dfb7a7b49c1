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

/** Of one actor in a day: answers can be long, and nobody may fill the disk with them. */
export const MAX_KEYS = 2_000;

export type Claim =
  | { kind: "first" }
  | { kind: "answered"; status: number; body: string | null }
  /** the first request has no answer: it still runs, or the app stopped meanwhile */
  | { kind: "unanswered" }
  | { kind: "other-request" }
  /** a new key, and this actor has used all that there are for a day */
  | { kind: "too-many" };

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
      const { used } = await db
        .selectFrom("idempotency")
        .select(({ fn }) => fn.countAll<number>().as("used"))
        .where("actorId", "=", actorId)
        .executeTakeFirstOrThrow();
      if (used < MAX_KEYS) {
        const claimed = await db
          .insertInto("idempotency")
          .values({ actorId, key, requestHash, status: null, body: null, createdAt: now })
          .onConflict((conflict) => conflict.doNothing())
          .returning("key")
          .executeTakeFirst();
        if (claimed !== undefined) return { kind: "first" };
      }
      const held = await db
        .selectFrom("idempotency")
        .select(["requestHash", "status", "body"])
        .where("actorId", "=", actorId)
        .where("key", "=", key)
        .executeTakeFirst();
      if (held === undefined) return { kind: "too-many" };
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

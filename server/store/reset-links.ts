// One-time links that let a person choose a password: invitations and resets. Only the SHA-256 of the code is stored.
import type { Kysely } from "kysely";
import type { Schema } from "./schema.ts";

export interface ResetLinksTable {
  personId: string;
  hash: string;
  expiresAt: number;
}

export interface ResetLinks {
  /** takes the place of the person's link before */
  put(link: ResetLinksTable): Promise<void>;
  /** null: unknown, used, expired, or the person is disabled */
  find(hash: string, now: number): Promise<ResetLinksTable | null>;
  /** those that still work */
  list(now: number): Promise<ResetLinksTable[]>;
  /**
   * In one transaction: the link is gone, the password is set, and the person's logins are ended. False when somebody
   * else was first; then nothing is changed.
   */
  use(hash: string, passwordHash: string, now: number): Promise<boolean>;
}

export function resetLinksOf(db: Kysely<Schema>): ResetLinks {
  const find = (on: Kysely<Schema>, hash: string, now: number) =>
    on
      .selectFrom("resetLinks")
      .innerJoin("people", "people.id", "resetLinks.personId")
      .selectAll("resetLinks")
      .where("resetLinks.hash", "=", hash)
      .where("resetLinks.expiresAt", ">", now)
      .where("people.disabledAt", "is", null)
      .executeTakeFirst();
  return {
    async put(link) {
      const { hash, expiresAt } = link;
      await db
        .insertInto("resetLinks")
        .values(link)
        .onConflict((conflict) => conflict.column("personId").doUpdateSet({ hash, expiresAt }))
        .execute();
    },
    find: async (hash, now) => (await find(db, hash, now)) ?? null,
    list: (now) => db.selectFrom("resetLinks").selectAll().where("expiresAt", ">", now).execute(),
    use: (hash, passwordHash, now) =>
      db.transaction().execute(async (step) => {
        const link = await find(step, hash, now);
        if (link === undefined) return false;
        const { personId } = link;
        await step.deleteFrom("resetLinks").where("personId", "=", personId).execute();
        await step.updateTable("people").set({ passwordHash }).where("id", "=", personId).execute();
        await step.deleteFrom("logins").where("personId", "=", personId).execute();
        return true;
      }),
  };
}

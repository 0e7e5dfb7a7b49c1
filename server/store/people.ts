// Who may sign in. There is always an enabled admin who can: what would take the last one away is refused inside the same
// transaction that looks, so that two admins who remove each other at the same moment cannot lock everybody out.
import { type Kysely, type Selectable, sql } from "kysely";
import type { Role } from "#lib/auth/permissions.ts";
import { backendsOf, backendsText } from "./backends.ts";
import type { Schema } from "./schema.ts";

export interface PeopleTable {
  id: string;
  name: string;
  passwordHash: string | null;
  role: Role;
  backends: string | null;
  disabledAt: number | null;
  createdAt: number;
  externalIssuer: string | null;
  externalSubject: string | null;
  lastSeenAt: number | null;
}

/** Who an outside provider says it is. */
export interface External {
  issuer: string;
  subject: string;
}

export interface Person {
  id: string;
  name: string;
  /** null: was invited and has not come yet, or signs in elsewhere */
  passwordHash: string | null;
  role: Role;
  /** null: all */
  backends: string[] | null;
  disabledAt: number | null;
  createdAt: number;
  external: External | null;
  lastSeenAt: number | null;
}

export type PersonPatch = Partial<Pick<Person, "role" | "backends" | "disabledAt">>;

export type PersonRefusal = "unknown" | "last-admin" | "limited-admin";

export interface People {
  /** false: the name is taken (names differ by more than case), or the outside identity is */
  add(person: Person): Promise<boolean>;
  byId(id: string): Promise<Person | null>;
  byName(name: string): Promise<Person | null>;
  byExternal(external: External): Promise<Person | null>;
  /** by name */
  list(): Promise<Person[]>;
  /** An admin is never limited: a new one loses the limit. Disabling ends the person's logins and link. */
  change(id: string, patch: PersonPatch): Promise<Person | PersonRefusal>;
  /** What a provider says about its own people: it may take away the last admin, for it can give one back. */
  follow(id: string, patch: Pick<Person, "role" | "backends">): Promise<void>;
  /** In place of the one that was checked; false: that is not the password any more. A link that is still out ends with it. */
  setPassword(id: string, passwordHash: string, before: string): Promise<boolean>;
  seen(id: string, now: number): Promise<void>;
  remove(id: string): Promise<Person | PersonRefusal>;
  isEmpty(): Promise<boolean>;
  /** an enabled one who can sign in */
  hasAdmin(): Promise<boolean>;
}

export function peopleOf(db: Kysely<Schema>): People {
  const byId = (id: string) => one(db, id);
  return {
    byId,
    async add({ backends, external, ...person }) {
      const outside = { externalIssuer: external?.issuer ?? null, externalSubject: external?.subject ?? null };
      const added = await db
        .insertInto("people")
        .values({ ...person, ...outside, backends: backendsText(backends) })
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
      return found === undefined ? null : read(found);
    },
    async byExternal({ issuer, subject }) {
      const found = await db
        .selectFrom("people")
        .selectAll()
        .where("externalIssuer", "=", issuer)
        .where("externalSubject", "=", subject)
        .executeTakeFirst();
      return found === undefined ? null : read(found);
    },
    async list() {
      return (await db.selectFrom("people").selectAll().orderBy(sql`lower(name)`).execute()).map(read);
    },
    change: (id, patch) =>
      db.transaction().execute(async (step) => {
        const before = await one(step, id);
        if (before === null) return "unknown";
        const after = { ...before, ...patch };
        if (after.role === "admin" && patch.backends != null) return "limited-admin";
        if (after.role === "admin") after.backends = null;
        if (isAdminWhoCan(before) && !isAdminWhoCan(after) && !(await hasOtherAdmin(step, id))) return "last-admin";
        const { role, disabledAt } = after;
        await step
          .updateTable("people")
          .set({ role, disabledAt, backends: backendsText(after.backends) })
          .where("id", "=", id)
          .execute();
        if (disabledAt !== null) {
          await step.deleteFrom("logins").where("personId", "=", id).execute();
          await step.deleteFrom("resetLinks").where("personId", "=", id).execute();
        }
        return after;
      }),
    async follow(id, { role, backends }) {
      await db
        .updateTable("people")
        .set({ role, backends: backendsText(role === "admin" ? null : backends) })
        .where("id", "=", id)
        .execute();
    },
    setPassword: (id, passwordHash, before) =>
      db.transaction().execute(async (step) => {
        const set = await step
          .updateTable("people")
          .set({ passwordHash })
          .where("id", "=", id)
          .where("passwordHash", "=", before)
          .returning("id")
          .executeTakeFirst();
        if (set === undefined) return false;
        await step.deleteFrom("resetLinks").where("personId", "=", id).execute();
        return true;
      }),
    async seen(id, now) {
      await db.updateTable("people").set({ lastSeenAt: now }).where("id", "=", id).execute();
    },
    remove: (id) =>
      db.transaction().execute(async (step) => {
        const before = await one(step, id);
        if (before === null) return "unknown";
        if (isAdminWhoCan(before) && !(await hasOtherAdmin(step, id))) return "last-admin";
        await step.deleteFrom("people").where("id", "=", id).execute();
        return before;
      }),
    async isEmpty() {
      return (await db.selectFrom("people").select("id").limit(1).executeTakeFirst()) === undefined;
    },
    hasAdmin: () => hasOtherAdmin(db, ""),
  };
}

/** Somebody who was invited and never came is no admin to rely on. */
function isAdminWhoCan({ role, disabledAt, passwordHash, external }: Person): boolean {
  return role === "admin" && disabledAt === null && (passwordHash !== null || external !== null);
}

async function hasOtherAdmin(db: Kysely<Schema>, id: string): Promise<boolean> {
  const others = await db.selectFrom("people").selectAll().where("id", "!=", id).where("role", "=", "admin").execute();
  return others.map(read).some(isAdminWhoCan);
}

async function one(db: Kysely<Schema>, id: string): Promise<Person | null> {
  const found = await db.selectFrom("people").selectAll().where("id", "=", id).executeTakeFirst();
  return found === undefined ? null : read(found);
}

function read({ externalIssuer, externalSubject, backends, ...row }: Selectable<PeopleTable>): Person {
  const external =
    externalIssuer === null || externalSubject === null ? null : { issuer: externalIssuer, subject: externalSubject };
  return { ...row, backends: backendsOf(backends), external };
}

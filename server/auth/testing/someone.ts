// People as the store has them, without the time that hashing a password takes.
import type { Actor } from "#lib/auth/actor.ts";
import type { Person } from "#server/store/people.ts";
import type { Store } from "#server/store/store.ts";
import { LOGIN_LASTS_MS } from "../principal.ts";
import { newId, newSecret, sha256 } from "../secrets.ts";

export interface Someone {
  readonly person: Person;
  readonly actor: Actor;
  /** of a browser in which the person is signed in */
  readonly cookie: string;
}

export async function addSomeone(
  store: Store,
  facts: Partial<Person> & Pick<Person, "name" | "role">,
  now = Date.now(),
): Promise<Someone> {
  const person: Person = {
    ...{ id: newId(), passwordHash: "x", backends: null, disabledAt: null, createdAt: now },
    ...{ external: null, lastSeenAt: null, ...facts },
  };
  if (!(await store.people.add(person))) throw new Error(`${person.name} is there already`);
  const { id, name, role, backends } = person;
  return { person, actor: { kind: "person", id, name, role, backends }, cookie: await addLogin(store, id, now) };
}

/** Another browser of the same person. */
export async function addLogin(store: Store, personId: string, now: number, lastsMs = LOGIN_LASTS_MS): Promise<string> {
  const value = newSecret();
  await store.logins.add({
    ...{ hash: sha256(value), personId, createdAt: now, expiresAt: now + lastsMs, lastSeenAt: now },
    ...{ userAgent: "a test", remoteAddress: null },
  });
  return `drainboard=${value}`;
}

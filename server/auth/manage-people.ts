// What an admin does with people. Each runs in the order of every change (permission, check, audit intent, act, outcome),
// and tells the open connections when it is done. A password is never given out: a person chooses it by a one-time link.
import type {
  AddedPersonBody,
  AddPerson,
  ChangePerson,
  PersonBody,
  ResetLinkBody,
  SignInKind,
} from "#lib/wire/people.ts";
import { runRequest } from "#server/ops/audited.ts";
import { ProblemError } from "#server/ops/problem-error.ts";
import type { Call, OpsContext } from "#server/ops/verb.ts";
import type { Person, PersonRefusal } from "#server/store/people.ts";
import type { Store } from "#server/store/store.ts";
import { nameMistake, tokenNamed } from "./names.ts";
import { newId, newSecret, sha256 } from "./secrets.ts";
import { accessWords } from "./words.ts";

const LINK_LIVES_MS = 24 * 60 * 60 * 1000;

export interface ManageOptions {
  store: Store;
  context: Pick<OpsContext, "audit" | "log" | "now" | "actorNow">;
  /** tells whoever holds a connection open */
  changed: () => void;
}

export interface ManagePeople {
  /** by name */
  list(call: Call): Promise<PersonBody[]>;
  /** @param baseUrl where people reach the app, without a slash at the end */
  add(call: Call, input: AddPerson, baseUrl: string): Promise<AddedPersonBody>;
  change(call: Call, id: string, input: ChangePerson): Promise<PersonBody>;
  remove(call: Call, id: string): Promise<void>;
  resetLink(call: Call, id: string, baseUrl: string): Promise<ResetLinkBody>;
}

export function managePeople({ store, context, changed }: ManageOptions): ManagePeople {
  const { now } = context;
  const common = { permission: "people:write", backends: [], reason: null } as const;

  async function known(id: string): Promise<Person> {
    const person = await store.people.byId(id);
    if (person === null) throw noPerson(id);
    return person;
  }

  async function bodyOf(person: Person, call: Call): Promise<PersonBody> {
    const links = await store.resetLinks.list(now());
    return personBody(person, links.find((link) => link.personId === person.id)?.expiresAt ?? null, call);
  }

  async function newLink(personId: string, baseUrl: string): Promise<ResetLinkBody> {
    const code = newSecret();
    const expiresAt = now() + LINK_LIVES_MS;
    await store.resetLinks.put({ personId, hash: sha256(code), expiresAt });
    return { url: `${baseUrl}/reset?code=${code}`, expiresAt };
  }

  return {
    async list(call) {
      const [people, links] = [await store.people.list(), await store.resetLinks.list(now())];
      const until = new Map(links.map((link) => [link.personId, link.expiresAt]));
      return people.map((person) => personBody(person, until.get(person.id) ?? null, call));
    },

    add(call, { name, role, backends = null }, baseUrl) {
      const person: Person = {
        ...{ id: newId(), name, passwordHash: null, role, backends, disabledAt: null, createdAt: now() },
        ...{ external: null, lastSeenAt: null },
      };
      return runRequest(context, call, {
        ...{ ...common, action: "people:add", target: name },
        check: () => {
          const mistake = nameMistake(name);
          if (mistake !== null) throw new ProblemError("malformed", mistake);
        },
        act: async () => {
          const taken = await tokenNamed(store, name);
          if (taken !== null) throw new ProblemError("conflict", taken);
          if (!(await store.people.add(person)))
            throw new ProblemError("conflict", `There is somebody named ${name} already. Choose another name.`);
          const link = await newLink(person.id, baseUrl);
          return { ...personBody(person, link.expiresAt, call), link };
        },
        after: () => ({ after: accessWords(person), detail: { personId: person.id } }),
      });
    },

    async change(call, id, { role, backends, isDisabled }) {
      const before = await known(id);
      const person = await runRequest(context, call, {
        ...{ ...common, action: "people:change", target: before.name },
        check: () => ({ personId: id, before: accessWords(before) }),
        act: async () =>
          accepted(
            await store.people.change(id, {
              ...(role === undefined ? {} : { role }),
              ...(backends === undefined ? {} : { backends }),
              ...(isDisabled === undefined ? {} : { disabledAt: isDisabled ? (before.disabledAt ?? now()) : null }),
            }),
            before,
          ),
        after: (after) => ({ after: accessWords(after), detail: { personId: id, before: accessWords(before) } }),
      });
      changed();
      return bodyOf(person, call);
    },

    async remove(call, id) {
      const before = await known(id);
      await runRequest(context, call, {
        ...{ ...common, action: "people:remove", target: before.name },
        check: () => ({ personId: id, before: accessWords(before) }),
        act: async () => accepted(await store.people.remove(id), before),
        after: () => ({ after: "removed", detail: { personId: id } }),
      });
      changed();
    },

    async resetLink(call, id, baseUrl) {
      const person = await known(id);
      return runRequest(context, call, {
        ...{ ...common, action: "people:reset-link", target: person.name },
        check: () => {
          if (person.external !== null)
            throw new ProblemError(
              "conflict",
              `${person.name} signs in elsewhere and has no password here. It is reset there.`,
            );
          if (person.disabledAt !== null)
            throw new ProblemError("conflict", `${person.name} is disabled. Enable the person first.`);
          return { personId: id };
        },
        act: () => newLink(id, baseUrl),
        after: ({ expiresAt }) => ({ after: "link made", detail: { personId: id, expiresAt } }),
      });
    },
  };
}

export function signInKindOf({ passwordHash, external }: Person): SignInKind {
  if (external !== null) return external.issuer === PROXY_ISSUER ? "proxy" : "openid";
  return passwordHash === null ? "invited" : "password";
}

/** Stands for the trusted proxy in front where another has the address of an OpenID provider. */
export const PROXY_ISSUER = "proxy";

function personBody(person: Person, linkExpiresAt: number | null, { actor }: Call): PersonBody {
  const { id, name, role, backends, createdAt, lastSeenAt } = person;
  return {
    ...{ id, name, role, backends, isDisabled: person.disabledAt !== null, signsInWith: signInKindOf(person) },
    ...{ createdAt, lastSeenAt, linkExpiresAt, isYou: actor.kind === "person" && actor.id === id },
  };
}

function noPerson(id: string): ProblemError {
  return new ProblemError(
    "unknown-name",
    `There is no person with the id ${JSON.stringify(id)} (any more). GET /api/v1/people lists them.`,
  );
}

function accepted(result: Person | PersonRefusal, before: Person): Person {
  switch (result) {
    case "unknown":
      throw noPerson(before.id);
    case "last-admin":
      throw new ProblemError(
        "last-admin",
        `${before.name} is the last admin who can sign in. Make somebody else an admin first.`,
      );
    case "limited-admin":
      throw new ProblemError(
        "malformed",
        `${before.name} is an admin and cannot be limited to backends. Make the person an operator first.`,
      );
    default:
      return result;
  }
}

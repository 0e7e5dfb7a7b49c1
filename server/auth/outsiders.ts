// People whom somebody else vouches for: an OpenID Connect provider when they sign in, a proxy in front with every
// request. Found by issuer and subject, added at the first time; what the other side says about role and backends counts.
import { randomUUID } from "node:crypto";
import type { Actor } from "#lib/auth/actor.ts";
import { type Grant, grantOf } from "#lib/auth/role-rules.ts";
import type { AuditOutcome } from "#server/store/audit.ts";
import type { External, Person } from "#server/store/people.ts";
import type { Store } from "#server/store/store.ts";
import { type IdentityHeader, identityIn } from "./identity-header.ts";
import { PROXY_ISSUER } from "./manage-people.ts";
import { nameMistake, tokenNamed } from "./names.ts";
import {
  type AuthRequest,
  type Credential,
  LOGIN_LASTS_MS,
  type OverReason,
  personActor,
  SEEN_EVERY_MS,
} from "./principal.ts";
import { type Ask, newPerson, type SignedIn, stranger } from "./sign-in.ts";
import { accessWords } from "./words.ts";

/** Who a provider or a proxy vouches for, and what the rules make of the groups; without a grant, nobody here. */
export interface ExternalPerson extends External {
  /** as it is shown; taken at the first sign-in only */
  name: string;
  grant: Grant | null;
}

export type ExternalRefusal = { ok: false; why: "disabled" | "name" | "no-role"; message: string };
export type SignInExternal = SignedIn | ExternalRefusal;

export interface OutsidersOptions {
  store: Store;
  now: () => number;
  changed: () => void;
  record: (ask: Ask, action: string, actor: Actor, outcome: AuditOutcome, answer?: string) => Promise<void>;
  open: (ask: Ask, person: Person) => Promise<SignedIn>;
}

type Admitted = { ok: true; person: Person; isNews: boolean };

export function outsiders({ store, now, changed, record, open }: OutsidersOptions) {
  /** A name that a person here has already is never taken over. */
  async function find({ issuer, subject, name }: ExternalPerson, grant: Grant): Promise<Person | string> {
    const external = { issuer, subject };
    const known = await store.people.byExternal(external);
    if (known !== null) return known;
    const mistake = nameMistake(name);
    if (mistake !== null) return mistake;
    // Only at the first time: a token that is made later cannot have the name of a person who is known.
    if ((await tokenNamed(store, name)) !== null)
      return `There is a token or a wall link named ${name} here. Ask an admin to revoke it or to make it anew under another name.`;
    const made: Person = { ...newPerson(name, grant.role, now()), backends: limitOf(grant), external };
    if (await store.people.add(made)) return made;
    // Two first sign-ins at once: the other one added the person.
    const added = await store.people.byExternal(external);
    return added ?? `There is another person named ${name} here. Ask an admin to remove or rename one of the two.`;
  }

  async function admit(who: ExternalPerson): Promise<Admitted | (ExternalRefusal & { person: Person | null })> {
    const { grant } = who;
    if (grant === null) {
      const person = await store.people.byExternal({ issuer: who.issuer, subject: who.subject });
      // What the provider took away must not live on in a browser that is still signed in.
      if (person !== null && (await store.logins.removeAll(person.id, null)) > 0) changed();
      const message = `${who.name} is known to ${who.issuer}, but none of the groups has a role here.`;
      return { ok: false, why: "no-role", message, person };
    }
    const found = await find(who, grant);
    if (typeof found === "string") return { ok: false, why: "name", message: found, person: null };
    if (found.disabledAt !== null)
      return { ok: false, why: "disabled", message: `${found.name} is disabled here. Ask an admin.`, person: found };
    const person = { ...found, role: grant.role, backends: limitOf(grant) };
    const isNews = accessWords(person) !== accessWords(found);
    if (isNews) {
      await store.people.follow(person.id, person);
      changed();
    }
    return { ok: true, person, isNews };
  }

  return {
    /** Opens a login; every refusal is in the audit. */
    async signIn(ask: Ask, who: ExternalPerson): Promise<SignInExternal> {
      const found = await admit(who);
      if (!found.ok) {
        const { person, ...refusal } = found;
        const actor = person === null ? stranger(who.name) : personActor(person);
        await record(ask, "auth:sign-in", actor, "denied", refusal.message);
        return refusal;
      }
      const signedIn = await open(ask, found.person);
      await record(ask, "auth:sign-in", signedIn.actor, "done", vouchedFor(who.issuer, found.person));
      return signedIn;
    },

    /** By the header of a trusted proxy, with each request; null: this request carries none that is believed. */
    byHeader(config: IdentityHeader): (req: AuthRequest) => Promise<Credential | null> {
      const read = identityIn(config);
      // A socket and a long poll are asked about for hours, and their header is as old as they are: it counts once, then
      // the store. Else an old one would give back a role that the proxy has taken since.
      const asked = new WeakMap<AuthRequest, { id: string; at: number }>();
      const roleless = new Set<string>();

      async function again(name: string, { id, at }: { id: string; at: number }): Promise<Credential> {
        const person = await store.people.byId(id);
        const over = (why: OverReason): Credential => ({ kind: "over", who: { kind: "person", id, name }, why });
        if (person === null) return over("revoked");
        if (person.disabledAt !== null) return over("disabled");
        if (roleless.has(id)) return over("no-role");
        return now() - at < LOGIN_LASTS_MS
          ? { kind: "good", actor: personActor(person), login: null }
          : over("expired");
      }

      return async (req) => {
        const identity = read(req);
        if (identity === null) return null;
        const { name, groups } = identity;
        const earlier = asked.get(req);
        if (earlier !== undefined) return again(name, earlier);
        const grant = grantOf(config.roles, groups);
        const found = await admit({ issuer: PROXY_ISSUER, subject: name, name, grant });
        if (!found.ok) {
          const who = { kind: "person", id: found.person?.id ?? "", name } as const;
          if (found.why === "no-role" && found.person !== null && !roleless.has(found.person.id)) {
            roleless.add(found.person.id);
            changed();
          }
          return { kind: "over", who, why: found.why };
        }
        const { person, isNews } = found;
        const at = now();
        roleless.delete(person.id);
        asked.set(req, { id: person.id, at });
        if (person.lastSeenAt === null || at - person.lastSeenAt >= SEEN_EVERY_MS)
          await store.people.seen(person.id, at);
        // There is no sign-in to write down: the first request after as long as a login lasts stands for it.
        if (isNews || person.lastSeenAt === null || at - person.lastSeenAt >= LOGIN_LASTS_MS)
          await record(
            [req, randomUUID()],
            "auth:sign-in",
            personActor(person),
            "done",
            vouchedFor(PROXY_ISSUER, person),
          );
        return { kind: "good", actor: personActor(person), login: null };
      };
    },
  };
}

function limitOf({ role, backends }: Grant): string[] | null {
  return backends === null || role === "admin" ? null : [...backends];
}

function vouchedFor(issuer: string, person: Person): string {
  return `vouched for by ${issuer}: ${accessWords(person)}`;
}

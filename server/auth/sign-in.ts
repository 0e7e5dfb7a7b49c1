// The ways in: name and password, and a link (set-up, invitation, reset); outsiders.ts has those whom others vouch for.
// Each opens a login: a random cookie whose hash is in the store.
import { type Actor, systemActor } from "#lib/auth/actor.ts";
import { passwordMistake } from "#lib/auth/password-rule.ts";
import type { Role } from "#lib/auth/permissions.ts";
import type { ResetCheckBody } from "#lib/wire/people.ts";
import type { Log } from "#server/log.ts";
import type { AuditOutcome } from "#server/store/audit.ts";
import type { Person } from "#server/store/people.ts";
import type { Store } from "#server/store/store.ts";
import { setCookie } from "./cookie.ts";
import { MAX_NAME_CHARS, nameMistake } from "./names.ts";
import { hashPassword, verifyPassword } from "./passwords.ts";
import { type AuthRequest, LOGIN_LASTS_MS, personActor } from "./principal.ts";
import { newId, newSecret, sameSecret, sha256 } from "./secrets.ts";
import type { Throttle } from "./throttle.ts";
import { TooManyWaiting } from "./turns.ts";
import type { WayInOf } from "./way-in.ts";

const ADMIN_NAME = "admin";
/** Checked for unknown names, so that the time of an answer does not tell which names exist. No password gives it. */
const NOBODYS_HASH = `$argon2id$v=19$m=19456,t=2,p=1$${"A".repeat(22)}$${"A".repeat(43)}`;

export interface SignedIn {
  ok: true;
  /** value for the Set-Cookie header */
  cookie: string;
  actor: Actor;
}

export type TooMany = { ok: false; why: "too-many"; retryAfterSec: number };
export type RefusedCode = { ok: false; why: "code"; message: string };
export type SignIn = SignedIn | TooMany | { ok: false; why: "wrong" };
export type SetUp = SignedIn | TooMany | RefusedCode | { ok: false; why: "name" | "password"; message: string };
export type Reset = SignedIn | TooMany | RefusedCode | { ok: false; why: "password"; message: string };

export interface SignInsOptions {
  store: Store;
  log: Log;
  wayInOf: WayInOf;
  now: () => number;
  throttle: Throttle;
  wait: (ms: number) => Promise<void>;
  /** tells whoever holds a connection open */
  changed: () => void;
}

export type Ask = [req: AuthRequest, requestId: string];

export type SignIns = ReturnType<typeof signIns>;

export function signIns({ store, log, wayInOf, now, throttle, wait, changed }: SignInsOptions) {
  let setupCode: string | null = null;

  async function record(
    [req, requestId]: Ask,
    action: string,
    actor: Actor,
    outcome: AuditOutcome,
    answer?: string,
  ): Promise<void> {
    const common = { at: now(), requestId, via: "page", remoteAddress: wayInOf(req).address } as const;
    const facts = { ...common, action, actor, outcome, ...(answer === undefined ? {} : { answer }) };
    try {
      // Guessing must not fill the disk: what is refused is written up to a rate, then counted.
      await (outcome === "denied" ? store.audit.attempt(facts) : store.audit.event(facts));
    } catch (error) {
      // A full disk must not keep the team out; commands still refuse to run without their audit row.
      log.error({ err: error, requestId, action }, "audit row of a sign-in was not written");
    }
  }

  async function open([req]: Ask, person: Person, value = newSecret()): Promise<SignedIn> {
    const at = now();
    await store.logins.add({
      ...{ hash: sha256(value), personId: person.id, createdAt: at, expiresAt: at + LOGIN_LASTS_MS, lastSeenAt: at },
      userAgent: (req.headers["user-agent"] ?? "").slice(0, 200),
      remoteAddress: wayInOf(req).address,
    });
    await store.people.seen(person.id, at);
    return { ok: true, cookie: setCookie(value, wayInOf(req).isHttps), actor: personActor(person) };
  }

  async function addAdmin(name: string, password: string): Promise<Person | null> {
    const person: Person = { ...newPerson(name, "admin", now()), passwordHash: await hashPassword(password) };
    return (await store.people.add(person)) ? person : null;
  }

  async function byPassword(ask: Ask, { name, password }: { name: string; password: string }): Promise<SignIn> {
    const address = wayInOf(ask[0]).address;
    const attempt = throttle.begin(name, address, now());
    if (!attempt.ok) return { ok: false, why: "too-many", retryAfterSec: Math.ceil(attempt.retryAfterMs / 1000) };
    if (attempt.delayMs > 0) await wait(attempt.delayMs);
    const person = name.length <= MAX_NAME_CHARS ? await store.people.byName(name) : null;
    const isRight = await verifyPassword(password, person?.passwordHash ?? NOBODYS_HASH);
    if (person === null || person.passwordHash === null || person.disabledAt !== null || !isRight) {
      await record(ask, "auth:sign-in", person === null ? stranger(name) : personActor(person), "denied");
      return { ok: false, why: "wrong" };
    }
    throttle.succeeded(name, address);
    const value = newSecret();
    const signedIn = await open(ask, person, value);
    // Verifying takes its time: what changed meanwhile ended the logins that there were, and this one came after.
    const current = await store.people.byId(person.id);
    if (current?.passwordHash !== person.passwordHash || current.disabledAt !== null) {
      await store.logins.remove(sha256(value));
      await record(ask, "auth:sign-in", signedIn.actor, "denied", "the password was changed or the person disabled");
      return { ok: false, why: "wrong" };
    }
    await record(ask, "auth:sign-in", signedIn.actor, "done");
    return signedIn;
  }

  /** Only wrong codes are slowed, so a right one is never locked out, and the audit cannot be filled by guessing. */
  async function refusedCode(ask: Ask, action: string, message: string): Promise<TooMany | RefusedCode> {
    const attempt = throttle.begin(action, wayInOf(ask[0]).address, now());
    if (!attempt.ok) return { ok: false, why: "too-many", retryAfterSec: Math.ceil(attempt.retryAfterMs / 1000) };
    await record(ask, action, stranger(""), "denied", message);
    return { ok: false, why: "code", message };
  }

  return {
    ...{ record, open },

    /** Makes the first admin when a password is given for it; while there is none, a code that lives in memory only. */
    async prepare(adminPassword: string | undefined): Promise<void> {
      if (adminPassword !== undefined && (await store.people.isEmpty())) await addAdmin(ADMIN_NAME, adminPassword);
      if (!(await store.people.hasAdmin())) setupCode = newSecret();
    },

    setupCode: () => setupCode,

    byPassword: (ask: Ask, input: { name: string; password: string }) => inTurn(byPassword(ask, input)),

    async setUp(
      ask: Ask,
      { code, name = ADMIN_NAME, password }: { code: string; name?: string | undefined; password: string },
    ): Promise<SetUp> {
      const mistake = nameMistake(name);
      if (mistake !== null) return { ok: false, why: "name", message: mistake };
      const weak = passwordMistake(password);
      if (weak !== null) return { ok: false, why: "password", message: weak };
      const held = setupCode;
      if (held === null || !sameSecret(code, held)) return refusedCode(ask, "auth:setup", SETUP_CODE_REFUSED);
      // Taken before the first await: the same link opened twice makes one admin.
      setupCode = null;
      try {
        const person = await addAdmin(name, password);
        if (person === null) {
          setupCode = held;
          return { ok: false, why: "name", message: `There is somebody named ${name} already. Choose another name.` };
        }
        const signedIn = await open(ask, person);
        await record(ask, "auth:setup", signedIn.actor, "done");
        return signedIn;
      } catch (error) {
        if (!(await store.people.hasAdmin())) setupCode = held;
        throw error;
      }
    },

    /** Null: the link is used, expired, or of somebody who is disabled. */
    async checkReset(code: string): Promise<ResetCheckBody | null> {
      const link = await store.resetLinks.find(sha256(code), now());
      const person = link === null ? null : await store.people.byId(link.personId);
      if (link === null || person === null) return null;
      return { name: person.name, isInvitation: person.passwordHash === null, expiresAt: link.expiresAt };
    },

    async reset(ask: Ask, { code, password }: { code: string; password: string }): Promise<Reset> {
      const weak = passwordMistake(password);
      if (weak !== null) return { ok: false, why: "password", message: weak };
      const hash = sha256(code);
      const link = await store.resetLinks.find(hash, now());
      const set = async () => link !== null && (await store.resetLinks.use(hash, await hashPassword(password), now()));
      const isSet = await inTurn(set());
      if (typeof isSet === "object") return isSet;
      const person = link === null || !isSet ? null : await store.people.byId(link.personId);
      if (person === null) return refusedCode(ask, "auth:reset", RESET_LINK_REFUSED);
      changed();
      const signedIn = await open(ask, person);
      await record(ask, "auth:reset", signedIn.actor, "done");
      return signedIn;
    },
  };
}

export const RESET_LINK_REFUSED =
  "This link was used already, has expired, or was replaced by a newer one. Ask an admin for a new one.";
const SETUP_CODE_REFUSED =
  "This set-up link was used already or is from an earlier start. Restart Drainboard: while nobody can sign in, it prints a new link.";

/** Hashing passwords takes turns; when too many wait, that is an answer and no failure. */
async function inTurn<T>(work: Promise<T>): Promise<T | TooMany> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof TooManyWaiting) return { ok: false, why: "too-many", retryAfterSec: 2 };
    throw error;
  }
}

export function newPerson(name: string, role: Role, now: number): Person {
  return {
    ...{ id: newId(), name, role, passwordHash: null, backends: null, disabledAt: null, createdAt: now },
    ...{ external: null, lastSeenAt: null },
  };
}

/** For the audit of an attempt under a name that nobody has. */
export function stranger(name: string): Actor {
  return { ...systemActor, kind: "person", id: "", name: name.slice(0, MAX_NAME_CHARS) };
}

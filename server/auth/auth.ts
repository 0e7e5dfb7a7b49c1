// Who is asking. One `principal` for pages, REST and the socket's handshake; it reads the store every time, so that a
// removed login or a changed role counts from the next request on.
import type { IncomingMessage } from "node:http";
import { type Actor, systemActor } from "#lib/auth/actor.ts";
import { passwordMistake } from "#lib/auth/password-rule.ts";
import type { Role } from "#lib/auth/permissions.ts";
import type { Log } from "#server/log.ts";
import type { AuditOutcome } from "#server/store/audit.ts";
import type { Store } from "#server/store/store.ts";
import { bearerOf } from "./bearer.ts";
import { clearCookie, LOGIN_AT_MOST_MS, readCookie, setCookie } from "./cookie.ts";
import { hashPassword, verifyPassword } from "./passwords.ts";
import { newId, newSecret, sameSecret, sha256 } from "./secrets.ts";
import { Throttle } from "./throttle.ts";
import { TooManyWaiting } from "./turns.ts";
import { directWayIn, type WayInOf } from "./way-in.ts";

const LOGIN_LASTS_MS = 12 * 60 * 60 * 1000;
/** A login's end moves on at most this often: a page that asks every second must not write every second. */
const SEEN_EVERY_MS = 60_000;
const MAX_NAME_CHARS = 64;
const ADMIN_NAME = "admin";
/** Checked for unknown names, so that the time of an answer does not tell which names exist. No password gives it. */
const NOBODYS_HASH = `$argon2id$v=19$m=19456,t=2,p=1$${"A".repeat(22)}$${"A".repeat(43)}`;

export interface AuthOptions {
  store: Store;
  log: Log;
  /** where a request comes from; cookies are marked Secure when people come by https */
  wayInOf?: WayInOf;
  adminPassword?: string | undefined;
  adminToken?: string | undefined;
  now?: () => number;
  throttle?: Throttle;
  wait?: (ms: number) => Promise<void>;
}

export interface SignedIn {
  ok: true;
  /** value for the Set-Cookie header */
  cookie: string;
  actor: Actor;
}

export type SignIn = SignedIn | { ok: false; why: "wrong" } | { ok: false; why: "too-many"; retryAfterSec: number };
export type SetUp = SignedIn | { ok: false; why: "code" | "name" | "password"; message: string };

export interface AuthState {
  signedIn: boolean;
  name: string | null;
  role: Role | null;
  /** nobody can sign in yet: the set-up link is on the app's console */
  needsSetup: boolean;
}

type Request = Pick<IncomingMessage, "headers" | "socket">;

export interface Auth {
  /** Null: nobody we know. A wrong token never falls back to the cookie. */
  principal(req: Request): Promise<Actor | null>;
  signIn(req: Request, requestId: string, input: { name: string; password: string }): Promise<SignIn>;
  /** The Set-Cookie header that ends it in the browser, too. */
  signOut(req: Request, requestId: string): Promise<string>;
  setUp(
    req: Request,
    requestId: string,
    input: { code: string; name?: string | undefined; password: string },
  ): Promise<SetUp>;
  state(req: Request): Promise<AuthState>;
  /** The one-time link that makes the first admin; null when there are people already. */
  setupLink(baseUrl: string): string | null;
}

/** Makes the first admin when a password was given for it, else a set-up code that lives in memory only. */
export async function createAuth(options: AuthOptions): Promise<Auth> {
  const { store, log, adminToken, wayInOf = directWayIn } = options;
  const now = options.now ?? Date.now;
  const throttle = options.throttle ?? new Throttle();
  const wait = options.wait ?? ((ms) => new Promise<void>((resolve) => setTimeout(resolve, ms)));
  let setupCode: string | null = null;

  await store.logins.removeExpired(now());
  if (await store.people.isEmpty()) {
    if (options.adminPassword === undefined) setupCode = newSecret();
    else await addAdmin(ADMIN_NAME, options.adminPassword);
  }

  async function addAdmin(name: string, password: string): Promise<Actor | null> {
    const person = { id: newId(), name, role: "admin", disabledAt: null, createdAt: now() } as const;
    const added = await store.people.add({ ...person, passwordHash: await hashPassword(password) });
    return added ? actorOf({ personId: person.id, name, role: person.role }) : null;
  }

  async function record(
    req: Request,
    requestId: string,
    action: string,
    actor: Actor,
    outcome: AuditOutcome,
  ): Promise<void> {
    try {
      const remoteAddress = wayInOf(req).address;
      const facts = { at: now(), requestId, action, actor, via: "page", remoteAddress, outcome } as const;
      // Guessing must not fill the disk: what is refused is written up to a rate, then counted.
      await (outcome === "denied" ? store.audit.attempt(facts) : store.audit.event(facts));
    } catch (error) {
      // A full disk must not keep the team out; commands still refuse to run without their audit row.
      log.error({ err: error, requestId, action }, "audit row of a sign-in was not written");
    }
  }

  async function addLogin(req: Request, actor: Actor): Promise<SignedIn> {
    const value = newSecret();
    const at = now();
    await store.logins.add({
      hash: sha256(value),
      personId: actor.id,
      createdAt: at,
      expiresAt: at + LOGIN_LASTS_MS,
      lastSeenAt: at,
      userAgent: (req.headers["user-agent"] ?? "").slice(0, 200),
    });
    return { ok: true, cookie: setCookie(value, wayInOf(req).isHttps), actor };
  }

  async function byToken(token: string): Promise<Actor | null> {
    if (adminToken !== undefined && sameSecret(token, adminToken))
      return { kind: "token", id: "admin-token", name: "admin token", role: "admin", backends: null };
    const hash = sha256(token);
    const found = await store.tokens.active(hash, now());
    if (found === null) return null;
    await store.tokens.used(hash, now());
    return { kind: "token", id: found.id, name: found.name, role: found.role, backends: found.backends };
  }

  async function byCookie(value: string): Promise<Actor | null> {
    const hash = sha256(value);
    const at = now();
    const owner = await store.logins.owner(hash, at);
    if (owner === null) return null;
    if (at - owner.lastSeenAt >= SEEN_EVERY_MS)
      await store.logins.seen(hash, at, Math.min(at + LOGIN_LASTS_MS, owner.createdAt + LOGIN_AT_MOST_MS));
    return actorOf(owner);
  }

  async function principal(req: Request): Promise<Actor | null> {
    const token = bearerOf(req.headers);
    if (token !== null) return byToken(token);
    const value = readCookie(req.headers.cookie, wayInOf(req).isHttps);
    return value === null ? null : byCookie(value);
  }

  return {
    principal,

    async signIn(req, requestId, { name, password }) {
      const { address } = wayInOf(req);
      const attempt = throttle.begin(name, address, now());
      if (!attempt.ok) return { ok: false, why: "too-many", retryAfterSec: Math.ceil(attempt.retryAfterMs / 1000) };
      if (attempt.delayMs > 0) await wait(attempt.delayMs);
      const person = name.length <= MAX_NAME_CHARS ? await store.people.byName(name) : null;
      let isRight: boolean;
      try {
        isRight = await verifyPassword(password, person?.passwordHash ?? NOBODYS_HASH);
      } catch (error) {
        if (error instanceof TooManyWaiting) return { ok: false, why: "too-many", retryAfterSec: 2 };
        throw error;
      }
      if (person === null || person.passwordHash === null || person.disabledAt !== null || !isRight) {
        const stranger: Actor = {
          ...systemActor,
          kind: "person",
          id: person?.id ?? "",
          name: name.slice(0, MAX_NAME_CHARS),
        };
        await record(req, requestId, "auth:sign-in", stranger, "denied");
        return { ok: false, why: "wrong" };
      }
      throttle.succeeded(name, address);
      const actor = actorOf({ personId: person.id, name: person.name, role: person.role });
      const signedIn = await addLogin(req, actor);
      await record(req, requestId, "auth:sign-in", actor, "done");
      return signedIn;
    },

    async signOut(req, requestId) {
      const value = readCookie(req.headers.cookie, wayInOf(req).isHttps);
      const actor = value === null ? null : await byCookie(value);
      if (value !== null && actor !== null) {
        await store.logins.remove(sha256(value));
        await record(req, requestId, "auth:sign-out", actor, "done");
      }
      return clearCookie(wayInOf(req).isHttps);
    },

    async setUp(req, requestId, { code, name = ADMIN_NAME, password }) {
      const mistake = nameMistake(name);
      if (mistake !== null) return { ok: false, why: "name", message: mistake };
      const weak = passwordMistake(password);
      if (weak !== null) return { ok: false, why: "password", message: weak };
      const held = setupCode;
      if (held === null || !sameSecret(code, held)) return { ok: false, why: "code", message: SETUP_CODE_REFUSED };
      // Taken before the first await: the same link opened twice makes one admin.
      setupCode = null;
      try {
        const actor = (await store.people.isEmpty()) ? await addAdmin(name, password) : null;
        if (actor === null) return { ok: false, why: "code", message: SETUP_CODE_REFUSED };
        const signedIn = await addLogin(req, actor);
        await record(req, requestId, "auth:setup", actor, "done");
        return signedIn;
      } catch (error) {
        if (await store.people.isEmpty()) setupCode = held;
        throw error;
      }
    },

    async state(req) {
      const actor = await principal(req);
      return {
        signedIn: actor !== null,
        name: actor?.name ?? null,
        role: actor?.role ?? null,
        needsSetup: setupCode !== null,
      };
    },

    setupLink: (baseUrl) => (setupCode === null ? null : `${baseUrl}/setup?code=${setupCode}`),
  };
}

const SETUP_CODE_REFUSED =
  "This set-up link was used already or is from an earlier start. Restart Drainboard: while nobody can sign in, it prints a new link.";

function nameMistake(name: string): string | null {
  if (/^[\p{L}\p{N}][\p{L}\p{N} ._@+-]*$/u.test(name) && name.length <= MAX_NAME_CHARS && name === name.trim())
    return null;
  return `The name must start with a letter or digit, have at most ${MAX_NAME_CHARS} characters, and only letters, digits, spaces and . _ @ + - in it.`;
}

function actorOf(owner: { personId: string; name: string; role: Role }): Actor {
  return { kind: "person", id: owner.personId, name: owner.name, role: owner.role, backends: null };
}

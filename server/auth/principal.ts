// Who is asking: from the token or cookie of a request to the actor, as the store has it now. What was once good and is
// not any more is told apart from what nobody knows, so that the attempt can be audited under its name.
import type { IncomingMessage } from "node:http";
import { type Actor, ADMIN_TOKEN_NAME } from "#lib/auth/actor.ts";
import type { Person } from "#server/store/people.ts";
import type { Store } from "#server/store/store.ts";
import type { Token } from "#server/store/tokens.ts";
import { bearerOf } from "./bearer.ts";
import { LOGIN_AT_MOST_MS, readCookie } from "./cookie.ts";
import { sameSecret, sha256 } from "./secrets.ts";
import type { WayInOf } from "./way-in.ts";

export const LOGIN_LASTS_MS = 12 * 60 * 60 * 1000;
/** A login's end moves on at most this often: a page that asks every second must not write every second. */
export const SEEN_EVERY_MS = 60_000;

/** The token of DRAINBOARD_ADMIN_TOKEN, which is configured and not stored. */
const ADMIN_TOKEN_ID = "admin-token";

export type AuthRequest = Pick<IncomingMessage, "headers" | "socket"> & Partial<Pick<IncomingMessage, "rawHeaders">>;

/** `no-role` and `name`: vouched for by the proxy in front, and still nobody here. */
export type OverReason = "expired" | "revoked" | "disabled" | "no-role" | "name";

export type Credential =
  /** nothing was sent that could be one */
  | { kind: "none" }
  | { kind: "unknown" }
  | { kind: "over"; who: Pick<Actor, "kind" | "id" | "name">; why: OverReason }
  /** `login`: the hash of the cookie, when it is a person's */
  | { kind: "good"; actor: Actor; login: string | null };

/** For the audit: who it is, or was; null: nobody we ever knew. */
export function whoOf(credential: Credential): Pick<Actor, "kind" | "id" | "name"> | null {
  switch (credential.kind) {
    case "good":
      return credential.actor;
    case "over":
      return credential.who;
    case "none":
    case "unknown":
      return null;
  }
}

export interface PrincipalOptions {
  store: Store;
  wayInOf: WayInOf;
  adminToken: string | undefined;
  /** who a proxy in front vouches for; null: this request carries nothing of that kind */
  vouched: (req: AuthRequest) => Promise<Credential | null>;
  now: () => number;
}

export function createPrincipal({ store, wayInOf, adminToken, vouched, now }: PrincipalOptions) {
  async function byToken(token: string, from: string): Promise<Credential> {
    if (adminToken !== undefined && sameSecret(token, adminToken))
      return good({ kind: "token", id: ADMIN_TOKEN_ID, name: ADMIN_TOKEN_NAME, role: "admin", backends: null });
    const hash = sha256(token);
    const found = await store.tokens.find(hash);
    if (found === null) return byWallKey(hash, from);
    const { id, name } = found;
    const over = overOf(found, now());
    if (over !== null) return { kind: "over", who: { kind: "token", id, name }, why: over };
    await store.tokens.used(hash, now(), from);
    return good(tokenActor(found));
  }

  async function byWallKey(hash: string, from: string): Promise<Credential> {
    const found = await store.wallLinks.find(hash);
    if (found === null) return { kind: "unknown" };
    const { id, name } = found;
    const over = overOf(found, now());
    if (over !== null) return { kind: "over", who: { kind: "wall", id, name }, why: over };
    await store.wallLinks.seen(hash, now(), from);
    return good({ kind: "wall", id, name, role: "viewer", backends: [] });
  }

  async function byLogin(value: string, from: string): Promise<Credential> {
    const hash = sha256(value);
    const at = now();
    const owner = await store.logins.owner(hash);
    if (owner === null) return { kind: "unknown" };
    const { personId: id, name } = owner;
    const who = { kind: "person", id, name } as const;
    if (owner.isDisabled) return { kind: "over", who, why: "disabled" };
    if (owner.expiresAt <= at) return { kind: "over", who, why: "expired" };
    if (at - owner.lastSeenAt >= SEEN_EVERY_MS) {
      const atMostMs = owner.isExternal ? LOGIN_LASTS_MS : LOGIN_AT_MOST_MS;
      const expiresAt = Math.min(at + LOGIN_LASTS_MS, owner.createdAt + atMostMs);
      await store.logins.seen(hash, { lastSeenAt: at, expiresAt, remoteAddress: from });
      await store.people.seen(id, at);
    }
    return { kind: "good", actor: personActor({ ...owner, id }), login: hash };
  }

  /** Without the request that it came by: for what waited since. The app itself and the configured token always may. */
  async function actorNow(actor: Actor): Promise<Actor | null> {
    switch (actor.kind) {
      case "system":
        return actor;
      case "person": {
        const person = await store.people.byId(actor.id);
        return person === null || person.disabledAt !== null ? null : personActor(person);
      }
      case "token": {
        if (actor.id === ADMIN_TOKEN_ID) return actor;
        const token = await store.tokens.byId(actor.id);
        return token === null || overOf(token, now()) !== null ? null : tokenActor(token);
      }
      case "wall":
        // It does nothing that could wait.
        return actor;
    }
  }

  /** A token never falls back to a cookie, even when it is wrong; a person outranks the wall key of the same browser. */
  async function credential(req: AuthRequest): Promise<Credential> {
    const { address: from, isHttps } = wayInOf(req);
    const token = bearerOf(req.headers);
    if (token !== null) return byToken(token, from);
    // Before the cookie: behind such a proxy the browser may have changed hands since.
    const outside = await vouched(req);
    if (outside !== null) return outside;
    const value = readCookie(req.headers.cookie, isHttps);
    const login: Credential = value === null ? { kind: "none" } : await byLogin(value, from);
    if (login.kind === "good") return login;
    const key = readCookie(req.headers.cookie, isHttps, "wall");
    const wall: Credential = key === null ? { kind: "none" } : await byWallKey(sha256(key), from);
    return wall.kind === "none" || (wall.kind === "unknown" && login.kind === "over") ? login : wall;
  }

  return { credential, actorNow };
}

export function personActor({ id, name, role, backends }: Pick<Person, "id" | "name" | "role" | "backends">): Actor {
  return { kind: "person", id, name, role, backends };
}

function tokenActor({ id, name, role, backends }: Token): Actor {
  return { kind: "token", id, name, role, backends };
}

function good(actor: Actor): Credential {
  return { kind: "good", actor, login: null };
}

function overOf(
  { revokedAt, expiresAt }: { revokedAt: number | null; expiresAt: number | null },
  now: number,
): "revoked" | "expired" | null {
  if (revokedAt !== null) return "revoked";
  return expiresAt !== null && expiresAt <= now ? "expired" : null;
}

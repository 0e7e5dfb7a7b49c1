// Sign-in, tokens, wall links and people, put together. One `principal` for pages, REST and the socket's handshake; it
// reads the store every time, so that a removed login or a changed role counts from the next request on.
import type { Actor } from "#lib/auth/actor.ts";
import type { Role } from "#lib/auth/permissions.ts";
import type { ResetCheckBody } from "#lib/wire/people.ts";
import type { Log } from "#server/log.ts";
import type { Store } from "#server/store/store.ts";
import { AccessChanges } from "./changes.ts";
import { clearCookie, setCookie } from "./cookie.ts";
import { type ManagePeople, managePeople } from "./manage-people.ts";
import { type ManageTokens, type ManageWallLinks, manageTokens, manageWallLinks } from "./manage-tokens.ts";
import { type OwnAccount, ownAccount } from "./own-account.ts";
import { type AuthRequest, type Credential, createPrincipal } from "./principal.ts";
import { type ExternalPerson, type Reset, type SetUp, type SignIn, type SignInExternal, signIns } from "./sign-in.ts";
import { Throttle } from "./throttle.ts";
import { directWayIn, type WayInOf } from "./way-in.ts";

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

export interface AuthState {
  signedIn: boolean;
  kind: Actor["kind"] | null;
  name: string | null;
  role: Role | null;
  /** whose servers may be changed: names and patterns; null: all, or nobody is signed in */
  backends: readonly string[] | null;
  /** nobody can sign in yet: the set-up link is on the app's console */
  needsSetup: boolean;
}

export interface Auth {
  /** Null: nobody we know. A wrong token never falls back to the cookie. */
  principal(req: AuthRequest): Promise<Actor | null>;
  /** The same with what it is when it is nobody, and with the login when it is a person's. */
  credential(req: AuthRequest): Promise<Credential>;
  /** Somebody as the store knows them now; null: may not act any more. */
  actorNow(actor: Actor): Promise<Actor | null>;
  signIn(req: AuthRequest, requestId: string, input: { name: string; password: string }): Promise<SignIn>;
  /** For somebody whom OpenID Connect or a trusted proxy has authenticated: finds or adds the person and opens a login. */
  signInExternal(req: AuthRequest, requestId: string, person: ExternalPerson): Promise<SignInExternal>;
  /** The Set-Cookie headers that end it in the browser, too. */
  signOut(req: AuthRequest, requestId: string): Promise<string[]>;
  setUp(
    req: AuthRequest,
    requestId: string,
    input: { code: string; name?: string | undefined; password: string },
  ): Promise<SetUp>;
  /** Whose invitation or reset link it is; null: it does not work (any more). */
  checkReset(code: string): Promise<ResetCheckBody | null>;
  reset(req: AuthRequest, requestId: string, input: { code: string; password: string }): Promise<Reset>;
  /** The Set-Cookie header for the screen; null: the key does not work (any more). */
  openWall(req: AuthRequest, key: string): Promise<string | null>;
  state(req: AuthRequest): Promise<AuthState>;
  /** The one-time link that makes the first admin; null when there is one already. */
  setupLink(baseUrl: string): string | null;
  /** Told when somebody's access may have changed: ask again about whoever holds a connection open. */
  onChange(listener: () => void): () => void;
  readonly people: ManagePeople;
  readonly tokens: ManageTokens;
  readonly wallLinks: ManageWallLinks;
  readonly account: OwnAccount;
}

/** Makes the first admin when a password was given for it, else a set-up code that lives in memory only. */
export async function createAuth(options: AuthOptions): Promise<Auth> {
  const { store, log, adminToken, wayInOf = directWayIn, now = Date.now, throttle = new Throttle() } = options;
  const wait = options.wait ?? ((ms) => new Promise<void>((resolve) => setTimeout(resolve, ms)));
  const changes = new AccessChanges();
  const changed = changes.tell;
  const { credential, actorNow } = createPrincipal({ store, wayInOf, adminToken, now });
  const ways = signIns({ store, log, wayInOf, now, throttle, wait, changed });
  const manage = { store, context: { audit: store.audit, log, now, actorNow }, changed };

  await store.logins.removeExpired(now());
  await ways.prepare(options.adminPassword);

  async function principal(req: AuthRequest): Promise<Actor | null> {
    const found = await credential(req);
    return found.kind === "good" ? found.actor : null;
  }

  return {
    ...{ principal, credential, actorNow },
    signIn: (req, requestId, input) => ways.byPassword([req, requestId], input),
    signInExternal: (req, requestId, person) => ways.external([req, requestId], person),
    setUp: (req, requestId, input) => ways.setUp([req, requestId], input),
    checkReset: ways.checkReset,
    reset: (req, requestId, input) => ways.reset([req, requestId], input),

    async signOut(req, requestId) {
      const { authorization: _token, ...headers } = req.headers;
      const found = await credential({ headers, socket: req.socket });
      if (found.kind === "good" && found.login !== null) {
        await store.logins.remove(found.login);
        await ways.record([req, requestId], "auth:sign-out", found.actor, "done");
        changed();
      }
      const { isHttps } = wayInOf(req);
      return [clearCookie(isHttps), clearCookie(isHttps, "wall")];
    },

    async openWall(req, key) {
      const headers = { ...req.headers, authorization: `Bearer ${key}` };
      const found = await credential({ headers, socket: req.socket });
      const isWall = found.kind === "good" && found.actor.kind === "wall";
      return isWall ? setCookie(key, wayInOf(req).isHttps, "wall") : null;
    },

    async state(req) {
      const actor = await principal(req);
      const { kind = null, name = null, role = null, backends = null } = actor ?? {};
      return { signedIn: actor !== null, kind, name, role, backends, needsSetup: ways.setupCode() !== null };
    },

    setupLink(baseUrl) {
      const code = ways.setupCode();
      return code === null ? null : `${baseUrl}/setup?code=${code}`;
    },

    onChange: (listener) => changes.on(listener),
    people: managePeople(manage),
    tokens: manageTokens(manage),
    wallLinks: manageWallLinks(manage),
    account: ownAccount({ ...manage, throttle }),
  };
}

// Sign-in, tokens, wall links and people, put together. One `principal` for pages, REST and the socket's handshake; it
// reads the store every time, so that a removed login or a changed role counts from the next request on.
import type { Actor } from "#lib/auth/actor.ts";
import type { Role } from "#lib/auth/permissions.ts";
import type { SignInProblem } from "#lib/auth/sign-in-problems.ts";
import type { ResetCheckBody } from "#lib/wire/people.ts";
import type { Log } from "#server/log.ts";
import type { Store } from "#server/store/store.ts";
import { AccessChanges } from "./changes.ts";
import { clearCookie, ownCookies, setCookie } from "./cookie.ts";
import { type IdentityHeader, identityKey } from "./identity-header.ts";
import { type ManagePeople, managePeople } from "./manage-people.ts";
import { type ManageTokens, type ManageWallLinks, manageTokens, manageWallLinks } from "./manage-tokens.ts";
import { type ExternalPerson, outsiders, type SignInExternal } from "./outsiders.ts";
import { type OwnAccount, ownAccount } from "./own-account.ts";
import { type AuthRequest, type Credential, createPrincipal, type OverReason } from "./principal.ts";
import { type Reset, type SetUp, type SignIn, signIns, stranger } from "./sign-in.ts";
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
  /** null: no proxy in front says who somebody is */
  identityHeader?: IdentityHeader | null;
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
  /** why somebody whom the proxy in front knows is not let in; else null */
  problem: SignInProblem | null;
}

export interface Auth {
  /** Null: nobody we know. A wrong token never falls back to the cookie. */
  principal(req: AuthRequest): Promise<Actor | null>;
  /** Two requests with the same one come from the same person or token. */
  credentialKey(req: AuthRequest): string;
  /** What the browser itself shows of who it is: our cookies, a token, a proxy's header; not from where it comes. */
  presentedKey(req: AuthRequest): string;
  /** The same with what it is when it is nobody, and with the login when it is a person's. */
  credential(req: AuthRequest): Promise<Credential>;
  /** Somebody as the store knows them now; null: may not act any more. */
  actorNow(actor: Actor): Promise<Actor | null>;
  signIn(req: AuthRequest, requestId: string, input: { name: string; password: string }): Promise<SignIn>;
  /** For somebody whom an OpenID Connect provider has authenticated: finds or adds the person and opens a login. */
  signInExternal(req: AuthRequest, requestId: string, person: ExternalPerson): Promise<SignInExternal>;
  /** Notes in the audit that a sign-in elsewhere failed; `why` without anything that the other side said. */
  signInFailed(req: AuthRequest, requestId: string, why: string): Promise<void>;
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
  const { identityHeader = null } = options;
  const ways = signIns({ store, log, wayInOf, now, throttle, wait, changed });
  const outside = outsiders({ store, now, changed, record: ways.record, open: ways.open });
  const vouched = identityHeader === null ? async () => null : outside.byHeader(identityHeader);
  const { credential, actorNow } = createPrincipal({ store, wayInOf, adminToken, vouched, now });
  const manage = { store, context: { audit: store.audit, log, now, actorNow }, changed };

  await store.logins.removeExpired(now());
  await ways.prepare(options.adminPassword);

  async function principal(req: AuthRequest): Promise<Actor | null> {
    const found = await credential(req);
    return found.kind === "good" ? found.actor : null;
  }

  function presentedKey(req: AuthRequest): string {
    const { cookie, authorization = "" } = req.headers;
    const said = identityHeader === null ? "" : identityKey(identityHeader, req);
    return [...ownCookies(cookie), authorization, said].join("\n");
  }

  return {
    ...{ principal, credential, actorNow },
    presentedKey,
    credentialKey: (req) => [presentedKey(req), req.socket.remoteAddress, wayInOf(req).address].join("\n"),
    signIn: (req, requestId, input) => ways.byPassword([req, requestId], input),
    signInExternal: (req, requestId, person) => outside.signIn([req, requestId], person),
    signInFailed: (req, requestId, why) => ways.record([req, requestId], "auth:sign-in", stranger(""), "denied", why),
    setUp: (req, requestId, input) => ways.setUp([req, requestId], input),
    checkReset: ways.checkReset,
    reset: (req, requestId, input) => ways.reset([req, requestId], input),

    async signOut(req, requestId) {
      const { authorization: _token, ...headers } = req.headers;
      const found = await credential({ headers, rawHeaders: req.rawHeaders ?? [], socket: req.socket });
      if (found.kind === "good" && found.login !== null) {
        await store.logins.remove(found.login);
        await ways.record([req, requestId], "auth:sign-out", found.actor, "done");
        changed();
      }
      const { isHttps } = wayInOf(req);
      return [clearCookie(isHttps), clearCookie(isHttps, "wall")];
    },

    async openWall(req, key) {
      // Anything else is no key of ours, and would not stand as a token in a header or as a cookie.
      if (!/^[\w-]+$/.test(key)) return null;
      const headers = { ...req.headers, authorization: `Bearer ${key}` };
      const found = await credential({ headers, socket: req.socket });
      const isWall = found.kind === "good" && found.actor.kind === "wall";
      return isWall ? setCookie(key, wayInOf(req).isHttps, "wall") : null;
    },

    async state(req) {
      const found = await credential(req);
      const actor = found.kind === "good" ? found.actor : null;
      const problem = found.kind === "over" ? problemOf(found.why) : null;
      const { kind = null, name = null, role = null, backends = null } = actor ?? {};
      return { signedIn: actor !== null, kind, name, role, backends, needsSetup: ways.setupCode() !== null, problem };
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

/** An ended login is no news on the sign-in page; a person whom the proxy knows would not find out why it stands there. */
function problemOf(why: OverReason): SignInProblem | null {
  switch (why) {
    case "no-role":
    case "disabled":
      return why;
    case "name":
      return "name-taken";
    case "expired":
    case "revoked":
      return null;
  }
}

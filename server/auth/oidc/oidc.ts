// Sign-in at an OpenID Connect provider: out to it, back from it, and what the person may do here afterwards.
import type { IncomingMessage } from "node:http";
import { grantOf, type RoleRule } from "#lib/auth/role-rules.ts";
import { safeNext } from "#lib/auth/safe-next.ts";
import { type SignInProblem, signInSentence } from "#lib/auth/sign-in-problems.ts";
import type { Log } from "#server/log.ts";
import type { Store } from "#server/store/store.ts";
import type { Auth } from "../auth.ts";
import type { WayInOf } from "../way-in.ts";
import { OidcProvider, type OidcSettings } from "./provider.ts";
import { SignInFault } from "./sign-in-fault.ts";
import { Tickets } from "./ticket.ts";

export const OIDC_START_PATH = "/auth/oidc/start";
export const OIDC_CALLBACK_PATH = "/auth/oidc/callback";

export interface OidcConfig extends OidcSettings {
  /** text of the button on the sign-in page */
  readonly label: string;
  readonly roles: readonly RoleRule[];
  /** signing out here leads to the provider's own sign-out page, too */
  readonly signOutAtProvider: boolean;
}

type Request = Pick<IncomingMessage, "headers" | "socket">;

export interface OidcOptions {
  config: OidcConfig;
  auth: Pick<Auth, "signInExternal" | "signInFailed" | "principal">;
  store: Store;
  wayInOf: WayInOf;
  publicUrl: string | null;
  log: Log;
  now: () => number;
}

/** Where the browser goes next, with the cookies it gets (values of Set-Cookie). */
export interface Redirect {
  location: string;
  cookies: string[];
}

export interface Oidc {
  readonly label: string;
  /** Never throws for what the provider does: the way then leads back to the sign-in page. */
  start(req: Request, requestId: string, next: string | undefined): Promise<Redirect>;
  /** `query` with its question mark, as it came */
  finish(req: Request, requestId: string, query: string): Promise<Redirect>;
  /** The provider's sign-out page, which leads back to ours; null when this person's sign-out here is all. */
  signOutUrl(req: Request): Promise<string | null>;
}

export function createOidc(options: OidcOptions): Oidc {
  const { config, wayInOf, publicUrl, log } = options;
  const provider = new OidcProvider(config);
  const tickets = new Tickets(options.now);

  function ownUrl(req: Request, path: string): string {
    const { host, isHttps } = wayInOf(req);
    return `${publicUrl ?? `${isHttps ? "https" : "http"}://${host ?? "localhost"}`}${path}`;
  }

  async function back(error: unknown, req: Request, requestId: string, next: string): Promise<Redirect> {
    if (!(error instanceof SignInFault)) throw error;
    // The message alone: causes can carry what the provider said of the person.
    log.warn({ requestId, problem: error.code, why: error.message }, "a sign-in at the provider failed");
    // The audit gets our own sentence: the message has words of whoever wrote the address.
    await options.auth.signInFailed(req, requestId, signInSentence(error.code) ?? error.code);
    return backToSignIn(error.code, next);
  }

  return {
    label: config.label,

    async start(req, requestId, wanted) {
      const next = safeNext(wanted);
      try {
        const { url, ...begun } = await provider.begin(ownUrl(req, OIDC_CALLBACK_PATH));
        return { location: url, cookies: [tickets.give({ ...begun, next }, wayInOf(req).isHttps)] };
      } catch (error) {
        return back(error, req, requestId, next);
      }
    },

    async finish(req, requestId, query) {
      const { isHttps } = wayInOf(req);
      const ticket = tickets.take(req.headers.cookie, isHttps);
      const state = new URLSearchParams(query).get("state");
      const next = ticket?.next ?? "/";
      const cookies = [tickets.clear(isHttps)];
      try {
        if (ticket === null) throw new SignInFault("expired", "the browser came back without a valid ticket");
        if (state !== ticket.state) throw new SignInFault("expired", "the browser came back from another sign-in");
        const identity = await provider.finish(query, ticket);
        const grant = grantOf(config.roles, identity.groups);
        if (grant === null)
          log.warn({ requestId, person: identity.name, groups: identity.groups }, "no group of this person has a role");
        const { issuer, subject, name } = identity;
        const signedIn = await options.auth.signInExternal(req, requestId, { issuer, subject, name, grant });
        if (!signedIn.ok)
          return { ...backToSignIn(signedIn.why === "name" ? "name-taken" : signedIn.why, next), cookies };
        return { location: next, cookies: [...cookies, signedIn.cookie] };
      } catch (error) {
        return { ...(await back(error, req, requestId, next)), cookies };
      }
    },

    async signOutUrl(req) {
      if (!config.signOutAtProvider) return null;
      const actor = await options.auth.principal(req);
      const person = actor?.kind === "person" ? await options.store.people.byId(actor.id) : null;
      const issuer = person?.external?.issuer;
      return issuer === undefined ? null : provider.signOutUrl(issuer, ownUrl(req, "/sign-in"));
    },
  };
}

function backToSignIn(problem: SignInProblem, next: string): Redirect {
  const after = next === "/" ? "" : `&next=${encodeURIComponent(next)}`;
  return { location: `/sign-in?problem=${problem}${after}`, cookies: [] };
}

// The OpenID Connect provider, by the openid-client library: code flow with PKCE, state and nonce, signatures checked.
// What the provider publishes of itself is asked for when somebody first signs in, and again after a failure, so that one
// that is down neither stops the app nor keeps sign-in broken once it is back.
import type * as OpenidClient from "openid-client";
import { type Claims, claimAt, groupsAt, nameAt } from "./claims.ts";
import { faultOf } from "./provider-fault.ts";
import { SignInFault } from "./sign-in-fault.ts";
import type { Ticket } from "./ticket.ts";

/** Each request to the provider. */
const ANSWER_WITHIN_SEC = 5;
/** How far its clock and ours may differ. */
const CLOCK_TOLERANCE_SEC = 30;

export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  /** null: a public client, which PKCE alone protects */
  readonly clientSecret: string | null;
  /** separated by spaces, with `openid` */
  readonly scopes: string;
  /** null: preferred_username, email or name, whichever there is first */
  readonly nameClaim: string | null;
  readonly groupsClaim: string;
}

export interface Identity {
  readonly issuer: string;
  readonly subject: string;
  readonly name: string;
  readonly groups: readonly string[];
}

export type Begun = Omit<Ticket, "next" | "madeAt"> & { url: string };

export class OidcProvider {
  readonly #settings: OidcSettings;
  #found: Promise<OpenidClient.Configuration> | null = null;

  constructor(settings: OidcSettings) {
    this.#settings = settings;
  }

  /** Where to send the browser, and what to remember until it is back. Throws SignInFault. */
  async begin(redirectUri: string): Promise<Begun> {
    const client = await library();
    const configuration = await this.#configuration();
    const verifier = client.randomPKCECodeVerifier();
    const [state, nonce] = [client.randomState(), client.randomNonce()];
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope: this.#settings.scopes,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state,
      nonce,
    });
    return { url: url.href, state, nonce, verifier, redirectUri };
  }

  /** Who came back with `query`. Throws SignInFault. */
  async finish(query: string, ticket: Ticket): Promise<Identity> {
    const client = await library();
    const configuration = await this.#configuration();
    try {
      const tokens = await client.authorizationCodeGrant(configuration, new URL(`${ticket.redirectUri}${query}`), {
        expectedState: ticket.state,
        expectedNonce: ticket.nonce,
        pkceCodeVerifier: ticket.verifier,
        idTokenExpected: true,
      });
      const idToken = tokens.claims();
      if (idToken === undefined) throw new SignInFault("not-proved", "the provider sent no ID token");
      const claims = await this.#withUserInfo(configuration, tokens.access_token, { ...idToken }, idToken.sub);
      const { nameClaim, groupsClaim } = this.#settings;
      return {
        issuer: idToken.iss,
        subject: idToken.sub,
        name: nameAt(claims, nameClaim, idToken.sub),
        groups: groupsAt(claims, groupsClaim),
      };
    } catch (error) {
      throw error instanceof SignInFault ? error : faultOf(error);
    }
  }

  /** The page that ends the provider's own session; null when it has none, is another issuer, or cannot be asked. */
  async signOutUrl(issuer: string, returnTo: string): Promise<string | null> {
    try {
      const configuration = await this.#configuration();
      const metadata = configuration.serverMetadata();
      if (metadata.end_session_endpoint === undefined || metadata.issuer !== issuer) return null;
      const { buildEndSessionUrl } = await library();
      return buildEndSessionUrl(configuration, { post_logout_redirect_uri: returnTo }).href;
    } catch {
      return null;
    }
  }

  /** Many providers put names and groups there only. What the signed token says wins. */
  async #withUserInfo(
    configuration: OpenidClient.Configuration,
    accessToken: string,
    claims: Claims,
    subject: string,
  ): Promise<Claims> {
    const { nameClaim, groupsClaim } = this.#settings;
    const wanted = [groupsClaim, nameClaim ?? "preferred_username"];
    const isAllThere = wanted.every((path) => claimAt(claims, path) !== undefined);
    if (isAllThere || configuration.serverMetadata().userinfo_endpoint === undefined) return claims;
    const { fetchUserInfo } = await library();
    return { ...(await fetchUserInfo(configuration, accessToken, subject)), ...claims };
  }

  #configuration(): Promise<OpenidClient.Configuration> {
    this.#found ??= this.#discover().catch((error: unknown) => {
      this.#found = null;
      throw faultOf(error, "discovery");
    });
    return this.#found;
  }

  async #discover(): Promise<OpenidClient.Configuration> {
    const client = await library();
    const { issuer, clientId, clientSecret } = this.#settings;
    const server = new URL(issuer);
    return client.discovery(
      server,
      clientId,
      { [client.clockTolerance]: CLOCK_TOLERANCE_SEC },
      clientSecret === null ? client.None() : secretAuthentication(client, clientSecret),
      {
        timeout: ANSWER_WITHIN_SEC,
        // Without it the library trusts the connection to the provider and leaves the token's signature unchecked.
        execute: [
          client.enableNonRepudiationChecks,
          ...(server.protocol === "http:" ? [client.allowInsecureRequests] : []),
        ],
      },
    );
  }
}

/** By header unless the provider only takes it in the body: the default of OpenID Connect Discovery 1.0, section 3. */
function secretAuthentication(client: typeof OpenidClient, secret: string): OpenidClient.ClientAuth {
  const [basic, post] = [client.ClientSecretBasic(secret), client.ClientSecretPost(secret)];
  return (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
    return (methods.includes("client_secret_basic") ? basic : post)(server, ...rest);
  };
}

/** Loaded by whoever signs in this way first: most apps start without it. */
function library(): Promise<typeof OpenidClient> {
  return import("openid-client");
}

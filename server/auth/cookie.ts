// The cookies: a person's login, the key of a wall screen, and what is remembered while one is away at the OpenID Connect
// provider. `__Host-` (only with TLS) makes the browser refuse a cookie of that name from another host or path.

const names = { login: "drainboard", wall: "drainboard-wall", oidc: "drainboard-oidc" } as const;
export type CookieKind = keyof typeof names;

/** The login in the store decides; this only outlives it. */
export const LOGIN_AT_MOST_MS = 30 * 24 * 60 * 60 * 1000;
/** A screen is not signed in every month; browsers keep no cookie longer than this. */
const WALL_AT_MOST_MS = 400 * 24 * 60 * 60 * 1000;
/** Time enough to find the phone with the second factor. */
export const OIDC_AT_MOST_MS = 10 * 60_000;
const keptForMs: Record<CookieKind, number> = {
  login: LOGIN_AT_MOST_MS,
  wall: WALL_AT_MOST_MS,
  oidc: OIDC_AT_MOST_MS,
};

export function cookieName(isHttps: boolean, kind: CookieKind = "login"): string {
  return isHttps ? `__Host-${names[kind]}` : names[kind];
}

export function setCookie(value: string, isHttps: boolean, kind: CookieKind = "login"): string {
  return attributes(value, keptForMs[kind] / 1000, isHttps, kind);
}

export function clearCookie(isHttps: boolean, kind: CookieKind = "login"): string {
  return attributes("", 0, isHttps, kind);
}

function attributes(value: string, maxAgeSec: number, isHttps: boolean, kind: CookieKind): string {
  const secure = isHttps ? "; Secure" : "";
  return `${cookieName(isHttps, kind)}=${value}; Path=/; Max-Age=${maxAgeSec}; HttpOnly; SameSite=Lax${secure}`;
}

/** Those of this app, as they were sent. */
export function ownCookies(header: string | undefined): string[] {
  const pairs = (header ?? "").split(";").map((part) => part.trim());
  return pairs.filter((pair) => /^(__Host-)?drainboard(-[a-z]+)?=/.test(pair));
}

/** Null when the request carries none. */
export function readCookie(header: string | undefined, isHttps: boolean, kind: CookieKind = "login"): string | null {
  const prefix = `${cookieName(isHttps, kind)}=`;
  for (const part of (header ?? "").split(";")) {
    const pair = part.trim();
    if (pair.startsWith(prefix) && pair.length > prefix.length) return pair.slice(prefix.length);
  }
  return null;
}

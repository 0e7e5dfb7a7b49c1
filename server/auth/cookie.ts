// The sign-in cookie. `__Host-` (only with TLS) makes the browser refuse a cookie of that name from another host or path.

const NAME = "drainboard";
/** The login in the store decides; this only outlives it. */
export const LOGIN_AT_MOST_MS = 30 * 24 * 60 * 60 * 1000;

export function cookieName(isHttps: boolean): string {
  return isHttps ? `__Host-${NAME}` : NAME;
}

export function setCookie(value: string, isHttps: boolean): string {
  return attributes(value, LOGIN_AT_MOST_MS / 1000, isHttps);
}

export function clearCookie(isHttps: boolean): string {
  return attributes("", 0, isHttps);
}

function attributes(value: string, maxAgeSec: number, isHttps: boolean): string {
  const secure = isHttps ? "; Secure" : "";
  return `${cookieName(isHttps)}=${value}; Path=/; Max-Age=${maxAgeSec}; HttpOnly; SameSite=Lax${secure}`;
}

/** Null when the request carries none. */
export function readCookie(header: string | undefined, isHttps: boolean): string | null {
  const prefix = `${cookieName(isHttps)}=`;
  for (const part of (header ?? "").split(";")) {
    const pair = part.trim();
    if (pair.startsWith(prefix) && pair.length > prefix.length) return pair.slice(prefix.length);
  }
  return null;
}

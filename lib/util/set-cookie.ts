// One Set-Cookie line as browsers read it (RFC 6265, 5.2), and whether they would send it back to where it came from.

export interface SetCookie {
  name: string;
  value: string;
  /** without its leading dot; null: only the very host */
  domain: string | null;
  path: string | null;
  isSecure: boolean;
  isHttpOnly: boolean;
  sameSite: string | null;
  /** 0 or less: it is to be forgotten */
  maxAgeSec: number | null;
  expires: string | null;
}

/** null: a line without a name, which browsers drop. */
export function parseSetCookie(line: string): SetCookie | null {
  const [pair = "", ...attributes] = line.split(";");
  const equals = pair.indexOf("=");
  const name = pair.slice(0, Math.max(0, equals)).trim();
  if (name === "") return null;
  const values = new Map<string, string>();
  for (const attribute of attributes) {
    const at = attribute.indexOf("=");
    const key = (at < 0 ? attribute : attribute.slice(0, at)).trim().toLowerCase();
    values.set(key, at < 0 ? "" : attribute.slice(at + 1).trim());
  }
  const text = (key: string) => values.get(key) || null;
  const maxAge = values.get("max-age");
  return {
    ...{ name, value: pair.slice(equals + 1).trim() },
    domain: text("domain")?.replace(/^\./, "").toLowerCase() ?? null,
    path: text("path")?.startsWith("/") ? text("path") : null,
    isSecure: values.has("secure"),
    isHttpOnly: values.has("httponly"),
    sameSite: text("samesite"),
    maxAgeSec: maxAge !== undefined && /^-?\d+$/.test(maxAge) ? Number(maxAge) : null,
    expires: text("expires"),
  };
}

export interface Place {
  /** host name or address, without a port */
  host: string;
  path: string;
  isTls: boolean;
}

export const cookieLosses = ["domain", "path", "secure", "same-site", "deleted"] as const;
export type CookieLoss = (typeof cookieLosses)[number];

/** Why a browser would not send this cookie back to that place; null: it would. */
export function lossOf(cookie: SetCookie, { host, path, isTls }: Place): CookieLoss | null {
  if (cookie.maxAgeSec !== null && cookie.maxAgeSec <= 0) return "deleted";
  if (cookie.domain !== null && !isWithinDomain(host.toLowerCase(), cookie.domain)) return "domain";
  if (cookie.isSecure && !isTls) return "secure";
  if (cookie.sameSite?.toLowerCase() === "none" && !cookie.isSecure) return "same-site";
  if (cookie.path !== null && !isWithinPath(path.replace(/\?.*$/s, ""), cookie.path)) return "path";
  return null;
}

function isWithinDomain(host: string, domain: string): boolean {
  const isAddress = host.includes(":") || /^[\d.]+$/.test(host);
  return host === domain || (!isAddress && host.endsWith(`.${domain}`));
}

function isWithinPath(path: string, cookiePath: string): boolean {
  if (path === cookiePath) return true;
  return path.startsWith(cookiePath.endsWith("/") ? cookiePath : `${cookiePath}/`);
}

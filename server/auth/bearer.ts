import type { IncomingHttpHeaders } from "node:http";

/**
 * The token of `Authorization: Bearer TOKEN`; null without one. Other schemes are not ours: a proxy in front may ask
 * the browser for a password of its own, and the cookie must still count then.
 */
export function bearerOf(headers: IncomingHttpHeaders): string | null {
  const match = /^Bearer(?: +(.*))?$/i.exec(headers.authorization ?? "");
  return match === null ? null : (match[1] ?? "").trim();
}

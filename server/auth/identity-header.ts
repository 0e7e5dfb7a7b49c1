// Who a proxy in front says has signed in there. Believed from the named addresses only, as the peer of the connection
// itself: a forwarded address is something that others write.
import type { RoleRule } from "#lib/auth/role-rules.ts";
import { Networks } from "./networks.ts";
import type { AuthRequest } from "./principal.ts";
import { remoteAddressOf } from "./remote-address.ts";

export interface IdentityHeader {
  /** addresses and networks of the proxies that set it */
  readonly from: readonly string[];
  /** names of headers, in lower case */
  readonly user: string;
  /** separated by commas; null: everybody has the role of the rule `*` */
  readonly groups: string | null;
  readonly roles: readonly RoleRule[];
}

export interface ProxyIdentity {
  name: string;
  groups: string[];
}

/** Null: not from one of those proxies, or without the header. */
export function identityIn(config: IdentityHeader): (req: AuthRequest) => ProxyIdentity | null {
  const proxies = new Networks(config.from);
  return (req) => {
    if (!proxies.has(remoteAddressOf(req))) return null;
    const name = onlyOne(req, config.user)?.trim() ?? "";
    if (name === "") return null;
    const groups = config.groups === null ? "" : (onlyOne(req, config.groups) ?? "");
    return {
      name,
      groups: groups
        .split(",")
        .map((group) => group.trim())
        .filter((group) => group !== ""),
    };
  };
}

/** What of a request says who it is, for telling two requests apart. */
export function identityKey(config: IdentityHeader, req: AuthRequest): string {
  return JSON.stringify([config.user, config.groups].map((name) => (name === null ? null : req.headers[name])));
}

/**
 * A header that stands there twice counts as none: a proxy that adds its own and leaves the client's in place must not
 * let the client choose.
 */
function onlyOne({ headers, rawHeaders = [] }: AuthRequest, name: string): string | null {
  const count = rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === name).length;
  const value = headers[name];
  if (count > 1 || typeof value !== "string") return null;
  return utf8(value);
}

/** Node reads headers as Latin-1; proxies write UTF-8. */
function utf8(text: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(text, "latin1"));
  } catch {
    return text;
  }
}

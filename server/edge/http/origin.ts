// Cross-site requests. A browser sends its cookie along with requests that another site's page makes; what it cannot do
// is lie in the Origin header. Sec-Fetch-Site is no help: browsers leave it out on plain http, where this app often lives.
import type { IncomingMessage } from "node:http";
import { bearerOf } from "#server/auth/bearer.ts";
import { directWayIn, type WayInOf } from "#server/auth/way-in.ts";

export type OriginCheck = (req: Pick<IncomingMessage, "headers" | "method" | "socket">) => boolean;

/**
 * True when the request may act with the browser's cookie: it comes from a page of this app (`Host`, or the public URL),
 * or it carries a token, which no browser adds by itself. Without an Origin only a plain read passes: browsers leave it
 * out for reads of their own site (socket.io's polling handshake), and never for a WebSocket. A page that came in the
 * clear does not speak for one that came encrypted, though their hosts are the same.
 */
export function originCheck(publicUrl: string | null, wayInOf: WayInOf = directWayIn): OriginCheck {
  const publicOrigin = publicUrl === null ? null : new URL(publicUrl).origin;
  return (req) => {
    const { origin, upgrade } = req.headers;
    if (bearerOf(req.headers) !== null) return true;
    if (origin === undefined) return (req.method === "GET" || req.method === "HEAD") && upgrade === undefined;
    if (origin === publicOrigin) return true;
    const { host, isTls } = wayInOf(req);
    const parts = /^(https?):\/\/([^/]+)$/i.exec(origin);
    if (parts === null || host === undefined || (isTls && parts[1]?.toLowerCase() !== "https")) return false;
    return parts[2]?.toLowerCase() === withoutDefaultPort(host, isTls);
  };
}

/** Origins never carry 80 or 443; a proxy may write them into the host. */
function withoutDefaultPort(host: string, isTls: boolean): string {
  return host.toLowerCase().replace(isTls ? /:443$/ : /:80$/, "");
}

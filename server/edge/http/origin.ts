// Cross-site requests. A browser sends its cookie along with requests that another site's page makes; what it cannot do
// is lie in the Origin header. Sec-Fetch-Site is no help: browsers leave it out on plain http, where this app often lives.
import type { IncomingMessage } from "node:http";
import { bearerOf } from "#server/auth/bearer.ts";

export type OriginCheck = (req: Pick<IncomingMessage, "headers" | "method">) => boolean;

/**
 * True when the request may act with the browser's cookie: it comes from a page of this app (`Host`, or the public URL),
 * or it carries a token, which no browser adds by itself. Without an Origin only a plain read passes: browsers leave it
 * out for reads of their own site (socket.io's polling handshake), and never for a WebSocket.
 */
export function originCheck(publicUrl: string | null): OriginCheck {
  const publicOrigin = publicUrl === null ? null : new URL(publicUrl).origin;
  return (req) => {
    const { origin, host, upgrade } = req.headers;
    if (bearerOf(req.headers) !== null) return true;
    if (origin === undefined) return (req.method === "GET" || req.method === "HEAD") && upgrade === undefined;
    if (origin === publicOrigin) return true;
    const parts = /^https?:\/\/([^/]+)$/i.exec(origin);
    return parts !== null && host !== undefined && parts[1]?.toLowerCase() === host.toLowerCase();
  };
}

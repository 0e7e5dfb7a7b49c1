import type { IncomingMessage } from "node:http";

/** The peer of the connection. Headers that name another one are not believed until a proxy is named as trusted. */
export function remoteAddressOf(req: Pick<IncomingMessage, "socket">): string {
  return (req.socket.remoteAddress ?? "unknown").replace(/^::ffff:/, "");
}

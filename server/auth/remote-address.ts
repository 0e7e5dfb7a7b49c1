import type { IncomingMessage } from "node:http";
import { plainAddress } from "./networks.ts";

/** The peer of the connection, which may be a proxy: for the client's address ask way-in.ts. */
export function remoteAddressOf(req: Pick<IncomingMessage, "socket">): string {
  return plainAddress(req.socket.remoteAddress ?? "unknown");
}

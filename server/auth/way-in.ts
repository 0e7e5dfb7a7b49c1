// By which way a request came: directly, or through proxies that the configuration names. Everything that asks for the
// client's address, for https or for the host in the browser's address bar asks here, so that all of it is believed from
// the same few or not at all.
import type { IncomingMessage } from "node:http";
import { type ForwardedHeaders, readForwarded } from "./forwarded.ts";
import { Networks } from "./networks.ts";
import { remoteAddressOf } from "./remote-address.ts";

export interface WayIn {
  /** of the client: the nearest address that is not one of our proxies */
  address: string;
  /** what the browser has in its address bar, as far as can be told */
  host: string | undefined;
  /** this request left the browser encrypted */
  isTls: boolean;
  /** people come by https: this request did, or the public URL says so */
  isHttps: boolean;
}

export type WayInOf = (req: Pick<IncomingMessage, "headers" | "socket">) => WayIn;

export interface WayInOptions {
  /** null: from where it listens */
  publicUrl: string | null;
  /** addresses and networks of the proxies in front; empty: no header is believed */
  trustedProxies: readonly string[];
  forwardedHeaders: ForwardedHeaders;
}

export function wayInOf(options: WayInOptions): WayInOf {
  const proxies = new Networks(options.trustedProxies);
  const isPublicHttps = options.publicUrl?.startsWith("https:") ?? false;
  return (req) => {
    const peer = remoteAddressOf(req);
    const isEncrypted = "encrypted" in req.socket && req.socket.encrypted === true;
    const { host } = req.headers;
    if (!proxies.has(peer)) return { address: peer, host, isTls: isEncrypted, isHttps: isEncrypted || isPublicHttps };
    const said = readForwarded(req.headers, options.forwardedHeaders);
    const isTls = said.proto === null ? isEncrypted : said.proto === "https";
    return {
      address: nearestStranger(peer, said.hops, proxies),
      host: said.host ?? host,
      isTls,
      isHttps: isTls || isPublicHttps,
    };
  };
}

/** Without any proxy. */
export const directWayIn: WayInOf = wayInOf({ publicUrl: null, trustedProxies: [], forwardedHeaders: "x-forwarded" });

/**
 * From right to left, for each proxy writes its own peer at the end: the first address that is none of our proxies is the
 * client. What stands further left the client may have written itself.
 */
function nearestStranger(peer: string, hops: readonly (string | null)[], proxies: Networks): string {
  let nearest = peer;
  for (const hop of hops.toReversed()) {
    // no address (`unknown`, a name): the proxy before it is as near as can be told
    if (hop === null) return nearest;
    nearest = hop;
    if (!proxies.has(hop)) return nearest;
  }
  return nearest;
}

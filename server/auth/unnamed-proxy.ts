// A proxy in front that nobody named: all people behind it share its address, so a stranger's wrong passwords slow
// everybody's sign-in, and the audit says the same address for all. Told once a start.
import type { Log } from "#server/log.ts";
import { Networks } from "./networks.ts";
import { remoteAddressOf } from "./remote-address.ts";
import type { WayInOf } from "./way-in.ts";

/** Where a proxy of one's own may be. A stranger of the internet must not talk an admin into trusting his address. */
const OWN = new Networks(["127.0.0.0/8", "::1", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]);

export function tellOfUnnamedProxy(ways: WayInOf, named: readonly string[], log: Log): WayInOf {
  const proxies = new Networks(named);
  let isTold = false;
  return (req) => {
    const said = req.headers["x-forwarded-for"] ?? req.headers.forwarded;
    const peer = remoteAddressOf(req);
    if (!isTold && said !== undefined && OWN.has(peer) && !proxies.has(peer)) {
      isTold = true;
      log.warn(
        `Requests from ${peer} say that they were forwarded, but it is not named as a proxy, so everybody behind it counts as one address. If it is yours, start with --trusted-proxy ${peer}`,
      );
    }
    return ways(req);
  };
}

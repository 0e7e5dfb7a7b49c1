// Hosts: one address that several servers share, most likely the machine that is patched.
import type { ServerView } from "./merge.ts";

/** An address without its port: `10.0.0.1` of `10.0.0.1:80`, `fd00::1` of `[fd00::1]:80`. */
export function hostOf(address: string): string {
  const colon = address.lastIndexOf(":");
  const host = colon < 0 ? address : address.slice(0, colon);
  return host.replace(/^\[|\]$/g, "");
}

/**
 * Every host that the load balancers (null: all of them) show for a server: one, unless they reach the machine on
 * different addresses. Empty: not known. A unix socket has no host.
 */
export function hostsOf(server: ServerView, loadBalancers: readonly string[] | null): string[] {
  const cells = server.cells.filter((cell) => loadBalancers === null || loadBalancers.includes(cell.lb));
  const addresses = cells.map((cell) => cell.row.address).filter((address) => address.includes(":"));
  return [...new Set(addresses.map(hostOf))].filter((host) => host !== "");
}

// Where a probe may connect to. An admin names it; still, addresses that only hand out a machine's own secrets are refused,
// when they are saved and again when a name has been resolved.
import { lookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";

const refused = new BlockList();
for (const [net, prefix] of [
  ["0.0.0.0", 8],
  // link-local: cloud machines keep their credentials there
  ["169.254.0.0", 16],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const)
  refused.addSubnet(net, prefix, "ipv4");
refused.addAddress("100.100.100.200", "ipv4");
for (const [net, prefix] of [
  ["::", 128],
  ["fe80::", 10],
  ["ff00::", 8],
  ["fd00:ec2::", 32],
] as const)
  refused.addSubnet(net, prefix, "ipv6");

export function isRefusedAddress(ip: string): boolean {
  const family = isIP(ip);
  return family !== 0 && refused.check(ip, family === 4 ? "ipv4" : "ipv6");
}

export class RefusedAddress extends Error {
  readonly code = "refused-address";
  constructor(host: string) {
    super(`${host} is an address that no frontend has (link-local, multicast or reserved)`);
    this.name = "RefusedAddress";
  }
}

/** The host of `host:port`, without brackets. */
export function splitAddress(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(":");
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(address.slice(colon + 1)) };
}

/** A name is judged by what it resolves to, at the very moment of the connection. */
export const guardedLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, found) => {
    if (error !== null) return callback(error, []);
    if (found.some((one) => isRefusedAddress(one.address))) return callback(new RefusedAddress(hostname), []);
    const [first] = found;
    if (options.all === true || first === undefined) callback(null, found);
    else callback(null, first.address, first.family);
  });
};

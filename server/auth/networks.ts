// Addresses and networks that the configuration names: `10.0.0.5`, `10.0.0.0/8`, `fd00::/8`.
import { BlockList, isIP } from "node:net";

export class Networks {
  readonly #list = new BlockList();

  /** Items that networkMistake() has no word against. */
  constructor(items: readonly string[]) {
    for (const item of items) {
      const [address = "", bits] = item.split("/");
      const family = isIP(address) === 6 ? "ipv6" : "ipv4";
      if (bits === undefined) this.#list.addAddress(address, family);
      else this.#list.addSubnet(address, Number(bits), family);
    }
  }

  /** False for anything that is not an IP address. */
  has(address: string): boolean {
    const kind = isIP(address);
    return kind !== 0 && this.#list.check(address, kind === 6 ? "ipv6" : "ipv4");
  }
}

/** What is wrong with it and what to write instead, or null. */
export function networkMistake(item: string): string | null {
  const [address = "", bits, ...more] = item.split("/");
  const kind = isIP(address);
  if (kind === 0 || address.includes("%") || more.length > 0)
    return "is not an IP address or network; write 10.0.0.5, 10.0.0.0/8 or fd00::/8";
  const most = kind === 6 ? 128 : 32;
  if (bits !== undefined && (!/^\d{1,3}$/.test(bits) || Number(bits) > most))
    return `has no prefix length from 1 to ${most} after its slash`;
  if (bits !== undefined && Number(bits) === 0) return "names every address there is; name those of your proxies";
  return null;
}

/** An IPv4 address that came over an IPv6 socket, as itself. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "");
}

/** What one customer of a provider has: an IPv4 address, or the first 64 bits of an IPv6 one (each has 2^64 of those). */
export function customerOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = "", tail] = (address.split("%")[0] ?? "").toLowerCase().split("::");
  const groups = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const hidden = tail === undefined ? 0 : 8 - groups.length - after.length;
  const all = [...groups, ...Array<string>(Math.max(0, hidden)).fill("0"), ...after];
  return `${all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":")}::/64`;
}

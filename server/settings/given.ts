// What is named at the start, beside what the settings hold: who wins, and that nobody counts twice.
import type { LbSource } from "#lib/wire/settings.ts";
import { type NamedAddress, readNamedAddresses } from "#server/config/load-balancers.ts";
import { type Address, addressText, parseAddress } from "#server/runtime/address.ts";
import type { StoredLoadBalancer } from "#server/store/load-balancers.ts";

/** A load balancer that is polled, and where it is named. */
export interface KnownLoadBalancer {
  name: string;
  address: Address;
  master: Address | null;
  source: LbSource;
}

/** Those that can be used beside the given ones: a name or a socket that is given at the start wins. */
export function usableOf(
  given: readonly KnownLoadBalancer[],
  stored: readonly StoredLoadBalancer[],
): StoredLoadBalancer[] {
  const items = given.map(({ name, address }) => itemOf(name, addressText(address), name));
  const usable: StoredLoadBalancer[] = [];
  for (const lb of stored) {
    const item = itemOf(lb.name, lb.address, lb.name);
    if (readNamedAddresses([...items, item]).mistakes.length > 0) continue;
    items.push(item);
    usable.push(lb);
  }
  return usable;
}

/** Found sockets count only where nobody named them: names that an admin gave are kept. */
export function foundBeside(found: readonly NamedAddress[], stored: readonly StoredLoadBalancer[]): NamedAddress[] {
  const items = stored.map(({ name, address }) => itemOf(name, address, name));
  const kept: NamedAddress[] = [];
  let number = 1;
  for (const lb of found) {
    const taken = new Set([...stored, ...kept].map((one) => one.name));
    while (taken.has(`lb${number}`)) number++;
    const item = itemOf(`lb${number}`, addressText(lb.address), "");
    if (readNamedAddresses([...items, item]).mistakes.length === 0) kept.push({ ...lb, name: `lb${number}` });
  }
  return kept;
}

/** An address that was checked when it was stored. Null: a later version checks more strictly. */
export function addressOf(text: string): Address | null {
  const parsed = parseAddress(text);
  return parsed.ok ? parsed.address : null;
}

/** As the command line reads it. */
export function itemOf(name: string, address: string, where: string) {
  return { text: `${name}=${address}`, where };
}

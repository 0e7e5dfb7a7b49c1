import { isLoadBalancerName } from "#lib/haproxy/lb-name.ts";
import { type Address, addressKey, addressText, parseAddress } from "#server/runtime/address.ts";
import type { TlsSettings } from "#server/runtime/transport.ts";
import type { Given } from "./options.ts";

export interface NamedAddress {
  name: string;
  address: Address;
  /** only with tls:// and a configuration file that names files */
  tls?: TlsSettings;
}

/** `NAME=ADDRESS` items; one sentence per mistake. */
export function readNamedAddresses(items: readonly Given[]): { found: NamedAddress[]; mistakes: string[] } {
  const found: NamedAddress[] = [];
  const mistakes: string[] = [];
  const placeOf = new Map<string, string>();
  for (const { text, where } of items) {
    const equals = text.indexOf("=");
    if (equals < 0) {
      mistakes.push(
        `${where}: has no name; write NAME=ADDRESS, for example lb1=${text.startsWith("/") ? text : "/run/haproxy/admin.sock"}.`,
      );
      continue;
    }
    const name = text.slice(0, equals);
    const parsed = parseAddress(text.slice(equals + 1));
    if (!isLoadBalancerName(name))
      mistakes.push(
        `${where}: "${name}" is not a name; use letters, digits, - _ and . (at most 63, a letter or digit first).`,
      );
    if (!parsed.ok) mistakes.push(`${where}: ${parsed.message}.`);
    if (!isLoadBalancerName(name) || !parsed.ok) continue;
    const key = addressKey(parsed.address);
    const sameName = found.find((other) => other.name === name);
    const sameAddress = placeOf.get(key);
    if (sameName !== undefined)
      mistakes.push(`${where}: the name "${name}" is given twice; give each load balancer its own.`);
    else if (sameAddress !== undefined)
      mistakes.push(
        `${where}: is the same socket as "${sameAddress}" (${addressText(parsed.address)}); remove one, or its sessions would count twice.`,
      );
    else {
      placeOf.set(key, name);
      found.push({ name, address: parsed.address });
    }
  }
  return { found, mistakes };
}

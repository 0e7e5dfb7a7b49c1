// What a client of one socket is made with, and how each of its exchanges is asked: the same for HAProxy and its master.
import type { Address } from "./address.ts";
import type { Exchange, ExchangeLimits, ExchangeOptions, TlsSettings } from "./transport.ts";

export interface ClientOptions {
  /** of the load balancer */
  readonly name: string;
  readonly address: Address;
  readonly tls?: TlsSettings;
  readonly limits?: Partial<ExchangeLimits>;
  readonly exchange?: Exchange;
  readonly now?: () => number;
}

/** @param ended aborted when the client is closed */
export function exchangeOptions(
  { tls, limits, now }: ClientOptions,
  who: string,
  ended: AbortSignal,
  signal: AbortSignal | undefined,
): ExchangeOptions {
  return {
    who,
    signal: signal === undefined ? ended : AbortSignal.any([signal, ended]),
    ...(tls === undefined ? {} : { tls }),
    ...(limits === undefined ? {} : { limits }),
    ...(now === undefined ? {} : { now }),
  };
}

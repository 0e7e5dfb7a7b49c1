// A poller and what it stands on, for one load balancer, however it was named.
import { randomBytes } from "node:crypto";
import type { Log } from "#server/log.ts";
import type { Address } from "#server/runtime/address.ts";
import { RuntimeClient } from "#server/runtime/client.ts";
import { MasterClient } from "#server/runtime/master.ts";
import type { Exchange, ExchangeLimits, TlsSettings } from "#server/runtime/transport.ts";
import { OldWorkerWatch } from "./old-workers.ts";
import { Poller } from "./poller.ts";

export interface LoadBalancerParts {
  name: string;
  address: Address;
  master: Address | null;
  tls?: TlsSettings;
  /** default: the one that connects with `tls` */
  exchange?: Exchange;
}

export interface PollerParts {
  pollMs: number;
  log: Log;
  now: () => number;
  random: () => number;
  limits: Partial<ExchangeLimits>;
}

export function makePoller({ name, address, master, tls, exchange }: LoadBalancerParts, parts: PollerParts): Poller {
  const { log, now, random, limits, pollMs } = parts;
  const how = { ...(tls === undefined ? {} : { tls }), ...(exchange === undefined ? {} : { exchange }) };
  return new Poller({
    client: new RuntimeClient({ name, address, now, limits, ...how }),
    oldWorkers:
      master === null
        ? null
        : new OldWorkerWatch({ master: new MasterClient({ name, address: master, now, ...how }), log, now }),
    pollMs,
    // Of its own each time: a load balancer that is removed and added again begins with other epochs.
    bootId: randomBytes(6).toString("base64url"),
    ...{ log, now, random },
  });
}

// A fleet over real or scripted HAProxy for tests of fleet, ops and edge: the same parts as app.ts ties together.
import { silentLog } from "#server/log.ts";
import { parseAddress } from "#server/runtime/address.ts";
import { RuntimeClient } from "#server/runtime/client.ts";
import type { ClientOptions } from "#server/runtime/client-options.ts";
import { MasterClient } from "#server/runtime/master.ts";
import { Fleet } from "./fleet.ts";
import { OldWorkerWatch } from "./old-workers.ts";
import { Poller } from "./poller.ts";

export interface TestLoadBalancer {
  name: string;
  address: string;
  master?: string | null;
  limits?: ClientOptions["limits"];
}

export interface TestFleetOptions {
  loadBalancers: readonly TestLoadBalancer[];
  pollMs?: number;
  minimums?: Record<string, number>;
  now?: () => number;
}

export function makeFleet(options: TestFleetOptions): Fleet {
  const now = options.now ?? Date.now;
  const pollers = options.loadBalancers.map(({ name, address, master, limits }) => {
    const masterWatch =
      master === undefined || master === null
        ? null
        : new OldWorkerWatch({ master: new MasterClient({ name, address: addressOf(master) }), log: silentLog, now });
    return new Poller({
      client: new RuntimeClient({ name, address: addressOf(address), ...(limits === undefined ? {} : { limits }) }),
      oldWorkers: masterWatch,
      pollMs: options.pollMs ?? 100,
      bootId: "test",
      log: silentLog,
      now,
      random: () => 0,
    });
  });
  return new Fleet({ pollers, minimums: options.minimums ?? {}, now });
}

function addressOf(text: string) {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.address;
}

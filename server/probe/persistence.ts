// Gathers what lib/maintenance/persistence.ts judges: cookies and balance as last observed, stick tables read now.
import { countsAsLive } from "#lib/fleet/link.ts";
import type { Link } from "#lib/fleet/view.ts";
import { parseLongestLeft, parseTableHeads, type TableHead } from "#lib/haproxy/show-table.ts";
import { UnreadableReply } from "#lib/haproxy/unreadable.ts";
import { judgePersistence } from "#lib/maintenance/persistence.ts";
import type { BackendPersistence, LoadBalancerPersistence, StickTable } from "#lib/wire/persistence.ts";
import type { Fleet } from "#server/fleet/fleet.ts";
import type { Poller } from "#server/fleet/poller.ts";
import { RuntimeError } from "#server/runtime/errors.ts";

/** Reading entries costs HAProxy about 10 microseconds each (haproxy.md section 6); above this only whether it keeps servers. */
const READ_ENTRIES_MAX = 1_000;

/** null: no load balancer has that backend */
export type ReadPersistence = (backend: string) => Promise<Omit<BackendPersistence, "probeUrl"> | null>;

export function persistenceReader({ fleet, now }: { fleet: Fleet; now: () => number }): ReadPersistence {
  return async (backend) => {
    const { loadBalancers } = fleet.view();
    const carrying = loadBalancers.filter(({ view }) => view.backends.some((row) => row.backend === backend));
    if (carrying.length === 0) return null;
    const lbs = await Promise.all(
      carrying.flatMap(({ name, link }) => {
        const poller = fleet.poller(name);
        return poller === undefined ? [] : [readOne(poller, link, backend)];
      }),
    );
    return { at: now(), backend, ...judgePersistence(backend, lbs), loadBalancers: lbs };
  };
}

async function readOne(poller: Poller, link: Link, backend: string): Promise<LoadBalancerPersistence> {
  const { backends, servers, head } = poller.view;
  const row = backends.find((one) => one.backend === backend);
  const isLive = countsAsLive(link);
  const values = servers
    .filter((one) => one.backend === backend)
    .map(({ id, cookie }) => ({ server: id, value: cookie }));
  const isHidden = head.level === "user";
  return {
    lb: poller.name,
    isLive,
    mode: row?.mode ?? "",
    balance: row?.algo ?? "",
    cookie: row === undefined || row.cookie === "" ? null : { name: row.cookie, values },
    stickTables: isLive && !isHidden ? await tablesOf(poller, backend) : null,
  };
}

/** Its own, and those of no backend with servers, which any may use; null: they cannot be read now. */
async function tablesOf(poller: Poller, backend: string): Promise<StickTable[] | null> {
  const withServers = new Set(poller.view.servers.map((row) => row.backend));
  try {
    const heads = parseTableHeads(await poller.client.send({ kind: "show-tables" }));
    const found: StickTable[] = [];
    for (const head of heads.filter(({ name }) => name === backend || !withServers.has(name))) {
      const table = await tableOf(poller, head, head.name !== backend);
      if (table !== null) found.push(table);
    }
    return found;
  } catch (error) {
    if (error instanceof RuntimeError || error instanceof UnreadableReply) return null;
    throw error;
  }
}

/** null: it keeps no servers, it only counts */
async function tableOf(poller: Poller, head: TableHead, isShared: boolean): Promise<StickTable | null> {
  const isEmpty = head.used > READ_ENTRIES_MAX;
  const reply = await poller.client.send({ kind: "show-table-servers", table: head.name, isEmpty });
  const { keepsServers, longestLeftSec } = parseLongestLeft(reply);
  const { name, type, size, used } = head;
  return keepsServers ? { name, type, size, used, isShared, longestLeftSec } : null;
}

import { countsAsLive } from "#lib/fleet/link.ts";
import type { ServerView } from "#lib/fleet/merge.ts";

/** Share of its weight that a server in slowstart gets now, where it gets least. */
export function rampPercent(server: ServerView): number {
  const throttles = server.cells.flatMap(({ link, row }) =>
    countsAsLive(link) && row.throttle !== null ? [row.throttle] : [],
  );
  return throttles.length === 0 ? 100 : Math.min(...throttles);
}

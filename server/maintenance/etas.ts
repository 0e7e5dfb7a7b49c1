// When a draining server will be empty: one sample a second since its drain began, in memory only. After a restart it
// measures again; a forecast that is missing for a minute is better than one that pretends.
import type { ServerId } from "#lib/haproxy/names.ts";
import { type CountSample, type Eta, estimateEta, type ShownEta, settleEta } from "#lib/maintenance/eta.ts";
import type { Maintenance } from "#lib/maintenance/job.ts";
import { countOf, type Seen, type SeenRow, sightOf, tunnelsOf } from "#lib/maintenance/sight.ts";

const EVERY_MS = 1_000;
/** Four hours; older samples weigh nothing by then. */
const MAX_SAMPLES = 14_400;

interface Measured {
  drainStartedAtMs: number;
  samples: CountSample[];
  shown: ShownEta | null;
}

export class Etas {
  readonly #measured = new Map<ServerId, Measured>();

  take(job: Maintenance, seen: Seen, nowMs: number): void {
    for (const server of job.servers) {
      if (server.phase !== "draining" || server.drainStartedAtMs === null) {
        this.#measured.delete(server.id);
        continue;
      }
      let one = this.#measured.get(server.id);
      if (one === undefined || one.drainStartedAtMs !== server.drainStartedAtMs) {
        one = { drainStartedAtMs: server.drainStartedAtMs, samples: [], shown: null };
        this.#measured.set(server.id, one);
      }
      const last = one.samples.at(-1);
      if (last !== undefined && nowMs - last.atMs < EVERY_MS) continue;
      one.samples.push(sampleOver(server.id, Object.keys(server.cells), seen, nowMs));
      if (one.samples.length > MAX_SAMPLES) one.samples.shift();
      one.shown = settleEta(one.shown, estimateEta(one.samples, server.deadlineAtMs, nowMs), nowMs);
    }
  }

  shown(): ReadonlyMap<ServerId, Eta> {
    const etas = new Map<ServerId, Eta>();
    for (const [id, { shown }] of this.#measured) if (shown !== null) etas.set(id, shown.shown);
    return etas;
  }
}

/** Without a number: not every load balancer was seen, so nobody knows. */
function sampleOver(id: ServerId, lbs: readonly string[], seen: Seen, nowMs: number): CountSample {
  const rows: SeenRow[] = [];
  for (const lb of lbs) {
    const sight = sightOf(
      seen.views.find((view) => view.head.name === lb),
      id,
      nowMs,
    );
    if (sight.kind === "fresh") rows.push(sight.row);
  }
  if (rows.length === 0 || rows.length < lbs.length) return { atMs: nowMs, sessions: null, tunnels: null };
  return {
    atMs: nowMs,
    sessions: rows.reduce((sum, row) => sum + countOf(row), 0),
    tunnels: tunnelsOf(rows.map((row) => row.tunnels)),
  };
}

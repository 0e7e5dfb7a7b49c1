// What a change of several servers did, in words, and how to take it back.
import type { AdminState } from "#lib/haproxy/admin-state.ts";
import { showsRequest } from "#lib/haproxy/admin-state.ts";
import { type ServerId, splitServerId } from "#lib/haproxy/names.ts";
import { listOf, plural } from "#lib/util/format.ts";
import type { ServerOutcome, SetStatesInput } from "#lib/wire/commands.ts";
import { outcomeSentence, stateWords } from "./change-words.ts";
import { countsAsLive } from "./link.ts";
import type { FleetView } from "./merge.ts";

const NAMED_MAX = 3;

/** "SRV3 and SRV4 are in drain on lb1, lb2." Of many, their number. */
export function manyDoneSentence(adminState: AdminState, outcomes: readonly ServerOutcome[]): string {
  const servers = [...new Set(outcomes.map((one) => one.server))];
  const lbs = [...new Set(outcomes.map((one) => one.lb))];
  const names = servers.map((id) => splitServerId(id)?.server ?? id);
  const isNamed = servers.length <= NAMED_MAX && new Set(names).size === names.length;
  const who = isNamed ? listOf(names) : plural(servers.length, "server");
  return `${who} ${servers.length === 1 ? "is" : "are"} ${stateWords(adminState)} on ${lbs.join(", ")}.`;
}

export interface FailedServer {
  readonly server: ServerId;
  readonly reasons: readonly { lb: string; outcome: "refused" | "unknown"; text: string }[];
}

/** Those that did not go through everywhere, each with what its load balancers said. */
export function failedServers(outcomes: readonly ServerOutcome[]): FailedServer[] {
  const failed = outcomes.filter((one) => one.outcome !== "done");
  return [...Map.groupBy(failed, (one) => one.server)].map(([server, own]) => ({
    server,
    reasons: own.flatMap((one) =>
      one.outcome === "done" ? [] : [{ lb: one.lb, outcome: one.outcome, text: outcomeSentence(one) }],
    ),
  }));
}

/** Each gives the servers that had the same state on the same load balancers their state back, if nobody changed it since. */
export function undoMany(outcomes: readonly ServerOutcome[]): SetStatesInput[] {
  const steps = new Map<string, { before: AdminState; after: AdminState; lbs: string[]; servers: ServerId[] }>();
  const changed = outcomes.filter((one) => one.outcome === "done" && one.after !== null && one.after !== one.before);
  for (const [server, own] of Map.groupBy(changed, (one) => one.server)) {
    for (const [before, same] of Map.groupBy(own, (one) => one.before)) {
      const [first] = same;
      if (first === undefined || first.after === null) continue;
      const lbs = same.map((one) => one.lb);
      const key = `${before} ${first.after} ${lbs.join(" ")}`;
      const step = steps.get(key) ?? { before, after: first.after, lbs, servers: [] };
      step.servers.push(server);
      steps.set(key, step);
    }
  }
  return [...steps.values()].map(({ before, after, lbs, servers }) => ({
    ...{ servers, adminState: before, loadBalancers: lbs },
    expected: Object.fromEntries(servers.map((id) => [id, after])),
  }));
}

/** How many show what was asked on every load balancer that answers. */
export function countShowing(
  fleet: FleetView,
  servers: readonly ServerId[],
  adminState: AdminState,
  lb: string | null,
): number {
  return servers.filter((id) => {
    const cells = fleet.servers.get(id)?.cells.filter((cell) => countsAsLive(cell.link)) ?? [];
    const asked = lb === null ? cells : cells.filter((cell) => cell.lb === lb);
    return asked.length > 0 && asked.every((cell) => showsRequest(cell.row.adminBits, adminState));
  }).length;
}

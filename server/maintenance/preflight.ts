// What a start needs to know of the fleet: the options with their defaults, the plan, and what stands against it.
import type { FleetView } from "#lib/fleet/merge.ts";
import { type ServerId, splitServerId } from "#lib/haproxy/names.ts";
import { serversAt } from "#lib/maintenance/hosts.ts";
import { isFinal, type Maintenance, type MaintenanceOptions, type NewMaintenance } from "#lib/maintenance/job.ts";
import { makePlan, type Plan, type PlanInput, type PlanWarning, type RunUnit } from "#lib/maintenance/plan.ts";
import { defaultQuietWindow, longestWindow, persistenceOf, type QuietWindow } from "#lib/maintenance/window.ts";
import { SERVERS_MAX } from "#lib/wire/commands.ts";
import { optionsOf, type StartMaintenance } from "#lib/wire/maintenance.ts";
import { type Finding, findingCodes } from "#lib/wire/problem.ts";
import type { Fleet } from "#server/fleet/fleet.ts";
import { ProblemError } from "#server/ops/problem-error.ts";
import { leavingServers } from "./seen.ts";

/** What somebody set for the quiet window of a backend, and where. */
export type QuietOf = (backend: string) => { quietMs: number; from: "config file" | "settings" } | null;

const MINUTE_SEC = 60;
const DAY_MINUTES = 24 * 60;

export interface Preflight {
  options: MaintenanceOptions;
  plan: Plan;
}

/** What to start with its servers by name: hosts are looked up in what the load balancers show now. */
export interface NamedStart extends StartMaintenance {
  servers: ServerId[];
  by: RunUnit;
}

/** Throws ProblemError. */
export function nameServers(fleet: FleetView, body: StartMaintenance): NamedStart {
  const { hosts } = body;
  if (hosts === undefined) return { ...body, servers: body.servers ?? [], by: body.by ?? "server" };
  const found = serversAt(fleet, hosts, body.loadBalancers ?? null);
  if (found.kind === "unknown-name")
    throw new ProblemError("unknown-name", `${found.problems.map(capital).join(". ")}.`);
  const { servers } = found;
  if (servers.length > SERVERS_MAX) {
    const words = `hosts: ${hosts.length} hosts carry ${servers.length} servers, at most ${SERVERS_MAX} fit into one maintenance`;
    throw new ProblemError("malformed", `${words}; name fewer hosts.`);
  }
  return { ...body, servers, by: body.by ?? "host" };
}

/** The servers in the order of the run, and where each one stands. */
export function runOrder(body: NamedStart, plan: Plan): Pick<NewMaintenance, "servers" | "hosts"> {
  if (plan.hosts.length === 0) return { servers: body.servers };
  const pairs = plan.hosts.flatMap(({ host, servers }) => servers.map((id) => [id, host] as const));
  return { servers: pairs.map(([id]) => id), hosts: new Map(pairs) };
}

/** Synchronous, so that a start can look and enter in one block. Throws ProblemError. */
export function preflight(
  parts: {
    fleet: Fleet;
    quietOf: QuietOf;
    nowMs: number;
    taken: ReadonlyMap<ServerId, Taken>;
  },
  jobs: readonly Maintenance[],
  body: NamedStart,
  who: string,
): Preflight {
  const { fleet, nowMs } = parts;
  const names = backendsOf(body.servers);
  const options = optionsOf(body, windowOf(parts, names), who);
  if (options.kind === "malformed") throw new ProblemError("malformed", options.problems.join(" "));
  const input: PlanInput = {
    servers: body.servers,
    by: body.by,
    options: options.value,
    fleet: fleet.view(),
    minimums: fleet.minimums,
    leaving: leavingServers(null, jobs),
    peaks: new Map(names.map((backend) => [backend, peaksOf(fleet, backend, nowMs)])),
    taken: parts.taken,
  };
  const result = makePlan(input, nowMs);
  if (result.kind === "refused")
    throw new ProblemError(result.code, `${result.problems.map(capital).join(". ")}.`.replace(/\.\.$/, "."));
  return { options: options.value, plan: result.plan };
}

export function backendsOf(servers: readonly ServerId[]): string[] {
  return [...new Set(servers.flatMap((id) => splitServerId(id)?.backend ?? []))];
}

export interface Taken {
  maintenanceId: string;
  who: string;
  /** left out of a maintenance that an earlier release began */
  whoId?: string;
  sinceMs: number;
  reason: string;
}

/** Servers of open maintenances, and whose: a second one is refused, the board shows the claim. */
export function takenBy(jobs: readonly Maintenance[]): Map<ServerId, Taken> {
  const taken = new Map<ServerId, Taken>();
  for (const { id, startedBy, startedById, createdAtMs, reason, servers } of jobs)
    for (const server of servers)
      if (!isFinal(server.phase))
        taken.set(server.id, {
          ...{ maintenanceId: id, who: startedBy, sinceMs: createdAtMs, reason },
          ...(startedById === undefined ? {} : { whoId: startedById }),
        });
  return taken;
}

function windowOf(parts: { fleet: Fleet; quietOf: QuietOf }, names: readonly string[]): QuietWindow {
  return longestWindow(names.map((backend) => quietWindowOf(parts, backend)));
}

/** What a maintenance of this backend begins with when nobody chooses. */
export function quietWindowOf({ fleet, quietOf }: { fleet: Fleet; quietOf: QuietOf }, backend: string): QuietWindow {
  const set = quietOf(backend);
  if (set !== null) {
    const who = set.from === "config file" ? "The configuration file says" : "The settings say";
    return { quietMs: set.quietMs, why: `${who} so for ${backend}.` };
  }
  const rows = fleet.views().flatMap((view) => view.backends.filter((row) => row.backend === backend));
  return defaultQuietWindow(persistenceOf(rows, fleet.hasStickTable(backend)));
}

/** The busiest minute of the last day on each load balancer: the mean sessions of that minute. */
function peaksOf(fleet: Fleet, backend: string, nowMs: number): Map<string, { sessions: number; atMs: number }> {
  const fromSec = (Math.floor(nowMs / 1_000 / MINUTE_SEC) - DAY_MINUTES + 1) * MINUTE_SEC;
  const peaks = new Map<string, { sessions: number; atMs: number }>();
  for (const poller of fleet.pollers) {
    const sums = new Float64Array(DAY_MINUTES);
    for (const row of poller.view.servers) {
      if (row.backend !== backend) continue;
      const { sessions } = poller.model.history.series(row.id, fromSec, MINUTE_SEC, DAY_MINUTES);
      sessions.forEach((count, i) => {
        sums[i] = (sums[i] ?? 0) + (count ?? 0);
      });
    }
    const most = Math.max(...sums);
    if (most > 0)
      peaks.set(poller.name, { sessions: Math.round(most), atMs: (fromSec + sums.indexOf(most) * MINUTE_SEC) * 1_000 });
  }
  return peaks;
}

export function findingsOf(warnings: readonly PlanWarning[]): Finding[] {
  return warnings.flatMap(({ code, severity, lb, message }) => {
    const known = findingCodes.find((one) => one === code);
    return known === undefined ? [] : [{ code: known, severity, lb, message }];
  });
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

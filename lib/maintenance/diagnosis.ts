// Why a server is not empty yet. Pure: evidence of each load balancer in, causes with their counts out. Counts of sessions
// are disjoint (an old worker's session is not also a tunnel), so that they add up to what `show sess` lists; what cannot
// be seen from the socket is a check by hand, with its command.
import type { ServerId } from "#lib/haproxy/names.ts";
import type { Diagnosis } from "#lib/wire/diagnosis.ts";
import { type CellEvidence, cause, type Evidence } from "./evidence.ts";
import { handChecks } from "./hand-checks.ts";
import { returningCauses } from "./returning-causes.ts";
import { sessionCauses } from "./session-causes.ts";
import { settingCauses } from "./setting-causes.ts";

export function diagnose(evidence: Evidence): Diagnosis[] {
  const { server, cells } = evidence;
  const live = cells.filter((cell) => cell.isLive);
  const causes = [
    ...stateCauses(server, cells, live),
    ...sessionCauses(server, live),
    ...returningCauses(server, live),
    ...settingCauses(server, live),
  ].filter((cause): cause is Diagnosis => cause !== null);
  return [...causes, ...handChecks(evidence)];
}

function stateCauses(server: ServerId, cells: readonly CellEvidence[], live: readonly CellEvidence[]) {
  const ready = live.filter((cell) => cell.adminState === "ready");
  const isOutSomewhere = live.some((cell) => cell.adminState !== "ready");
  const one = () => 1;
  return [
    cause(isOutSomewhere ? "split-state" : "not-draining", ready, one, (_n, lbs) => ({
      title: `It is ready on ${lbs}`,
      detail: isOutSomewhere
        ? `Users still enter through ${lbs}, while it is out of service on the others.`
        : `New users are still sent to ${server}.`,
      next: `Set it to drain on ${lbs}.`,
      action: { kind: "set-state", adminState: "drain" },
    })),
    cause(
      "stale-load-balancer",
      cells.filter((cell) => !cell.isLive),
      one,
      (n, lbs) => ({
        title: `${lbs} ${n === 1 ? "does" : "do"} not answer`,
        detail: `What ${lbs} still ${n === 1 ? "sends" : "send"} to ${server} is not known, so it is never called empty.`,
        next: `Bring ${lbs} back, or make sure by another way that no users come through it.`,
      }),
    ),
  ];
}

// What stands against setting several servers at once: of each what stands against it alone, and the price of all of them
// together. One that cannot be set at all is left out and named; it does not keep the others from being set.
import type { FleetView, MergedAdminState, ServerCell } from "#lib/fleet/merge.ts";
import type { AdminState } from "#lib/haproxy/admin-state.ts";
import { type ServerId, splitServerId } from "#lib/haproxy/names.ts";
import { listOf } from "#lib/util/format.ts";
import type { Finding } from "#lib/wire/problem.ts";
import { guardSetState } from "./guard.ts";

export interface GroupRequest {
  servers: readonly ServerId[];
  adminState: AdminState;
  /** null: every load balancer that carries a server */
  loadBalancers: readonly string[] | null;
  /** servers that other people's maintenances are taking out */
  leaving?: readonly ServerId[];
}

export interface GuardedPart {
  readonly id: ServerId;
  readonly targets: readonly ServerCell[];
  /** nothing is sent for these, and why */
  readonly left: readonly { cell: ServerCell; why: string }[];
  /** over the targets, for compare-and-set */
  readonly current: MergedAdminState;
}

export type GroupGuardResult =
  | { kind: "unknown-name"; message: string }
  | { kind: "checked"; parts: readonly GuardedPart[]; findings: readonly Finding[] };

/** They concern one server alone: the others can be set without it. */
const OF_ONE_SERVER: readonly Finding["code"][] = ["tracking", "unresolved"];

export function guardSetStates(fleet: FleetView, request: GroupRequest): GroupGuardResult {
  const { servers, adminState, loadBalancers } = request;
  const unknownLb = loadBalancers?.find((name) => !fleet.loadBalancers.some((lb) => lb.name === name));
  if (unknownLb !== undefined) {
    const known = listOf(fleet.loadBalancers.map((lb) => lb.name));
    return { kind: "unknown-name", message: `there is no load balancer "${unknownLb}"; there are ${known}` };
  }
  const leaving = adminState === "ready" ? request.leaving : [...(request.leaving ?? []), ...servers];
  const parts: GuardedPart[] = [];
  const told: { id: ServerId; finding: Finding }[] = [];
  for (const id of servers) {
    const carriers = fleet.servers.get(id)?.cells.map((cell) => cell.lb) ?? [];
    const chosen = loadBalancers === null ? null : loadBalancers.filter((name) => carriers.includes(name));
    if (chosen?.length === 0 && carriers.length > 0) continue;
    const guarded = guardSetState(fleet, {
      ...{ id, adminState, loadBalancers: chosen },
      ...(leaving === undefined ? {} : { leaving }),
    });
    if (guarded.kind === "unknown-name") return guarded;
    const findings = guarded.findings.filter((finding) => !isWithinGroup(finding, id, fleet, request));
    const alone = findings.filter((one) => one.severity === "block" && OF_ONE_SERVER.includes(one.code));
    const whyNot = alone.map((one) => one.message).join(" ");
    parts.push({
      id,
      targets: whyNot === "" ? guarded.targets : [],
      left: [
        ...(whyNot === "" ? [] : guarded.targets.map((cell) => ({ cell, why: whyNot }))),
        ...guarded.unreachable.map((cell) => ({ cell, why: `${cell.lb} does not answer.` })),
      ],
      current: guarded.current,
    });
    const kept = whyNot === "" ? findings : alone;
    told.push(...kept.map((finding) => ({ id, finding })));
  }
  if (parts.length === 0)
    return { kind: "unknown-name", message: `none of these servers is on ${listOf(loadBalancers ?? [])}` };
  const isAnything = parts.some((part) => part.targets.length > 0);
  const findings = joined(told.map(({ id, finding }) => ({ id, finding: softened(finding, isAnything) })));
  return { kind: "checked", parts, findings };
}

/** What one of them cannot have does not stand against the rest. */
function softened(finding: Finding, isAnything: boolean): Finding {
  const isOfPart = OF_ONE_SERVER.includes(finding.code) || finding.code === "not-live";
  return isAnything && isOfPart ? { ...finding, severity: "note" } : finding;
}

/** A server that follows another one of the group goes where the person wants it: both are set. */
function isWithinGroup(
  { code, lb }: Finding,
  id: ServerId,
  fleet: FleetView,
  { servers, adminState }: GroupRequest,
): boolean {
  const rows = fleet.loadBalancers.find((one) => one.name === lb)?.view.servers ?? [];
  if (code === "trackers") return rows.every((row) => row.tracked !== id || servers.includes(row.id));
  if (code !== "tracking" || adminState !== "ready") return false;
  const tracked = rows.find((row) => row.id === id)?.tracked ?? null;
  return tracked !== null && servers.includes(tracked);
}

/** The same sentence once; "the last server" of several that go together as one sentence about all of them. */
function joined(told: readonly { id: ServerId; finding: Finding }[]): Finding[] {
  const findings = new Map<string, Finding>();
  const last = new Map<string, { finding: Finding; names: string[] }>();
  for (const { id, finding } of told) {
    const names = splitServerId(id);
    if (finding.code === "last-server" && names !== null && !/\(backup\)/.test(finding.message)) {
      const key = `${names.backend} ${finding.lb}`;
      const known = last.get(key) ?? { finding, names: [] };
      last.set(key, { finding: known.finding, names: [...known.names, names.server] });
      const what = `${names.backend} on ${finding.lb}`;
      findings.set(`last-server ${key}`, together(known.finding, last.get(key)?.names ?? [], what));
    } else {
      findings.set(`${finding.code} ${finding.severity} ${finding.lb} ${finding.message}`, finding);
    }
  }
  return [...findings.values()];
}

function together(finding: Finding, names: readonly string[], what: string): Finding {
  if (names.length < 2) return finding;
  return {
    ...finding,
    message: `${listOf(names)} are the last servers of ${what} that take new users. After this new users get an error (503), until another server is ready.`,
  };
}

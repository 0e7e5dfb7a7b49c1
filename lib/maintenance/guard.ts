// What stands against setting an admin state, said before anything is sent (haproxy.md section 11). Pure: it looks at
// the last observation only; the verb polls first, so that observation is fresh.
//
// `block`: would not do what was asked. `confirm`: would, at a price that must be seen first. `note`: worth knowing.

import { countsAsLive } from "#lib/fleet/link.ts";
import type {
  BackendView,
  FleetView,
  LoadBalancerStatus,
  MergedAdminState,
  ServerCell,
  ServerView,
} from "#lib/fleet/merge.ts";
import { isRamping, takesNewUsers } from "#lib/fleet/taking.ts";
import { AdminBit, type AdminState, adminStateOf } from "#lib/haproxy/admin-state.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import type { Finding } from "#lib/wire/problem.ts";

export interface StateRequest {
  id: ServerId;
  adminState: AdminState;
  /** null: every load balancer that carries the server */
  loadBalancers: readonly string[] | null;
  /** servers that other people's maintenances are taking out: they do not count as staying */
  leaving?: readonly ServerId[];
}

export type GuardResult =
  | { kind: "unknown-name"; message: string }
  | {
      kind: "checked";
      server: ServerView;
      /** where the command would go; those that cannot be reached are left out and named in a finding */
      targets: readonly ServerCell[];
      /** asked for, but not live: nothing can be sent there */
      unreachable: readonly ServerCell[];
      /** state over the targets, for compare-and-set */
      current: MergedAdminState;
      findings: readonly Finding[];
    };

export function guardSetState(fleet: FleetView, request: StateRequest): GuardResult {
  const server = fleet.servers.get(request.id);
  if (server === undefined) return { kind: "unknown-name", message: unknownServer(fleet, request.id) };
  const chosen = request.loadBalancers;
  for (const name of chosen ?? []) {
    if (!fleet.loadBalancers.some((lb) => lb.name === name)) {
      return {
        kind: "unknown-name",
        message: `there is no load balancer "${name}"; there are ${names(fleet.loadBalancers.map((lb) => lb.name))}`,
      };
    }
    if (!server.cells.some((cell) => cell.lb === name)) {
      return {
        kind: "unknown-name",
        message: `load balancer "${name}" has no server ${request.id}; ${names(server.cells.map((cell) => cell.lb))} has it`,
      };
    }
  }
  const cells = server.cells.filter((cell) => chosen === null || chosen.includes(cell.lb));
  // The verb polled just now: a load balancer that failed at it would only fail again, with the outcome unknown.
  const answers = (cell: ServerCell) =>
    countsAsLive(cell.link) && fleet.loadBalancers.some((lb) => lb.name === cell.lb && lb.view.head.error === null);
  const targets = cells.filter(answers);
  const unreachable = cells.filter((cell) => !answers(cell));
  const findings: Finding[] = [];
  for (const cell of unreachable) findings.push(notLive(cell, targets.length === 0 || chosen !== null));
  const backend = fleet.backends.find((one) => one.backend === server.backend);
  for (const cell of targets) {
    const lb = fleet.loadBalancers.find((one) => one.name === cell.lb);
    if (lb === undefined || backend === undefined) continue;
    findings.push(...socketFindings(lb));
    if (request.adminState === "ready") findings.push(...readyFindings(cell));
    else findings.push(...outFindings(request, cell, lb, backend));
    findings.push(...agentFindings(request, cell));
  }
  return {
    kind: "checked",
    server,
    targets,
    unreachable,
    current: stateOver(targets.length > 0 ? targets : cells),
    findings,
  };
}

function unknownServer(fleet: FleetView, id: ServerId): string {
  const backend = id.slice(0, id.indexOf("/"));
  const known = fleet.backends.find((one) => one.backend === backend);
  if (known === undefined)
    return `no load balancer has a backend "${backend}"; there are ${names(fleet.backends.map((one) => one.backend))}`;
  return `backend "${backend}" has no server of that name; it has ${names(known.servers.map((one) => one.server))}`;
}

function notLive(cell: ServerCell, isFatal: boolean): Finding {
  return {
    code: "not-live",
    severity: isFatal ? "block" : "note",
    lb: cell.lb,
    message: `${cell.lb} does not answer: nothing can be set there. It keeps the state it has.`,
  };
}

/** Why nothing can be set through this socket, whatever it is. */
export function socketFindings(lb: Pick<LoadBalancerStatus, "name" | "view">): Finding[] {
  const { level, nbproc } = lb.view.head;
  const findings: Finding[] = [];
  if (level !== null && level !== "admin") {
    findings.push({
      code: "read-only",
      severity: "block",
      lb: lb.name,
      message: `The socket of ${lb.name} has level ${level}: it shows but cannot change. In haproxy.cfg, section global, write "level admin" on its "stats socket" line and reload.`,
    });
  }
  if (nbproc !== null && nbproc > 1) {
    findings.push({
      code: "several-processes",
      severity: "block",
      lb: lb.name,
      message: `${lb.name} runs ${nbproc} processes (nbproc), each with its own states: a change would reach one of them. Use nbthread instead, or name one socket for each process as a load balancer of its own.`,
    });
  }
  return findings;
}

function readyFindings(cell: ServerCell): Finding[] {
  const { row, lb } = cell;
  const findings: Finding[] = [];
  const inherited = row.adminBits & (AdminBit.inheritedMaint | AdminBit.inheritedDrain);
  if (inherited !== 0) {
    const from = row.tracked ?? "another server";
    findings.push({
      code: "tracking",
      severity: "block",
      lb,
      message: `${row.id} follows ${from} on ${lb} and cannot be set ready by itself. Set ${from} ready instead.`,
    });
  }
  if (row.adminBits & AdminBit.resolutionMaint) {
    findings.push({
      code: "unresolved",
      severity: "block",
      lb,
      message: `${row.id} is in maint on ${lb} because its name does not resolve. It returns by itself once DNS answers.`,
    });
  }
  if (row.uweight === 0) {
    findings.push({
      code: "weight-zero",
      severity: "note",
      lb,
      message: `${row.id} has weight 0 on ${lb}: ready alone brings it no new users.`,
    });
  }
  if (cell.adminState === "maint" && inherited === 0 && row.srvOpState === 0) {
    findings.push({
      code: "unproven-health",
      severity: "note",
      lb,
      message: `${row.id} takes users on ${lb} at once, before its first health check: checks were off in maint.`,
    });
  }
  return findings;
}

function outFindings(request: StateRequest, cell: ServerCell, lb: LoadBalancerStatus, backend: BackendView): Finding[] {
  const { row } = cell;
  const findings: Finding[] = [];
  if (takesNewUsers(row)) {
    const capacity = capacityAfter(cell, lb, backend, request.leaving ?? []);
    if (capacity !== null) findings.push(capacity);
  }
  const sessions = row.scur + row.oldScur;
  if (request.adminState === "maint" && cell.adminState !== "maint" && sessions > 0) {
    findings.push({
      code: "sessions-left",
      severity: "confirm",
      lb: cell.lb,
      message: `${row.server} has ${count(sessions, "session")} on ${cell.lb}. Maint moves its cookie users to other servers now, where sessions kept on its disk are lost, and may end open sessions.`,
    });
  }
  if (row.qcur > 0 && cell.adminState !== request.adminState) {
    findings.push({
      code: "queue",
      severity: "confirm",
      lb: cell.lb,
      message: `${count(row.qcur, "request")} ${row.qcur === 1 ? "waits" : "wait"} in the queue of ${row.server} on ${cell.lb} (maxconn ${row.slim ?? "none"}). Taking it out now sends what waits on at once, or lets it wait on a server that is leaving.`,
    });
  }
  const trackers = lb.view.servers.filter((other) => other.tracked === row.id).map((other) => other.id);
  if (trackers.length > 0 && cell.adminState !== request.adminState) {
    findings.push({
      code: "trackers",
      severity: "confirm",
      lb: cell.lb,
      message: `${names(trackers)} ${trackers.length === 1 ? "tracks" : "track"} ${row.id} on ${cell.lb} and will be in ${request.adminState} too.`,
    });
  }
  return findings;
}

/** How many servers still take new users on this load balancer afterwards; a ramp is not full capacity. */
function capacityAfter(
  cell: ServerCell,
  lb: LoadBalancerStatus,
  backend: BackendView,
  leaving: readonly ServerId[],
): Finding | null {
  const others = lb.view.servers.filter(
    (other) =>
      other.backend === cell.row.backend &&
      other.id !== cell.row.id &&
      takesNewUsers(other) &&
      !leaving.includes(other.id),
  );
  const active = others.filter((other) => !other.isBackup);
  const backups = others.filter((other) => other.isBackup);
  const full = active.filter((other) => !isRamping(other));
  const what = `${cell.row.backend} on ${cell.lb}`;
  if (cell.row.isBackup && active.length > 0) return null;
  if (others.length === 0) {
    return {
      code: "last-server",
      severity: "confirm",
      lb: cell.lb,
      message: `${cell.row.server} is the last server of ${what} that takes new users. After this new users get an error (503), until another server is ready.`,
    };
  }
  if (active.length === 0) {
    return {
      code: "last-server",
      severity: "confirm",
      lb: cell.lb,
      message: `After this only ${names(backups.map((other) => other.server))} (backup) takes new users of ${what}.`,
    };
  }
  if (full.length >= backend.minimum) return null;
  const ramping = active.length - full.length;
  const ramp = ramping === 0 ? "" : ` (${ramping} more still ramping)`;
  return {
    code: "below-minimum",
    severity: "confirm",
    lb: cell.lb,
    message: `This leaves ${what} with ${full.length} of ${backend.capacity} taking new users${ramp}, below its minimum of ${backend.minimum}.`,
  };
}

function agentFindings(request: StateRequest, cell: ServerCell): Finding[] {
  if (cell.row.agentStatus === "" || cell.adminState === request.adminState) return [];
  return [
    {
      code: "agent",
      severity: "confirm",
      lb: cell.lb,
      message: `${cell.row.id} has an agent check on ${cell.lb}; if the agent reports an admin state of its own, it sets ${request.adminState} back within one interval.`,
    },
  ];
}

function stateOver(cells: readonly ServerCell[]): MergedAdminState {
  const first = cells[0];
  if (first === undefined) return "split";
  const state = adminStateOf(first.row.adminBits);
  return cells.every((cell) => cell.adminState === state) ? state : "split";
}

function names(list: readonly string[]): string {
  if (list.length === 0) return "none";
  if (list.length > 6) return `${list.slice(0, 5).join(", ")} and ${list.length - 5} more`;
  return list.length === 1 ? (list[0] ?? "") : `${list.slice(0, -1).join(", ")} and ${list.at(-1)}`;
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

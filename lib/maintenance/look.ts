// The first half of a step, the same in every phase: look at each load balancer of a server, take the sample, notice a
// new process, judge the state. Nothing is sent here.
import { count, plural } from "#lib/util/format.ts";
import { type CellVerdict, type Context, judge, noticeProcess } from "./cell-step.ts";
import { isCheckClean } from "./health.ts";
import { type Cell, cellsOf, newcomersOf, type ServerJob } from "./job.ts";
import { type QuietProof, quietProof, takeSample } from "./quiet.ts";
import { forcedStateOf, type Sight, sightOf, tunnelsOf } from "./sight.ts";

export interface Look {
  cell: Cell;
  sight: Sight;
  /** null: not fresh, so nothing was judged */
  verdict: CellVerdict | null;
  quiet: QuietProof;
  arrivedAtMs: number | null;
  isClockMove: boolean;
  isNewProcess: boolean;
}

/** What the job wants this load balancer to show now. */
export function wishOf(server: ServerJob, cell: Cell) {
  const { before } = cell;
  switch (server.goal) {
    case "none":
      return before.adminState;
    case "drain":
      if (newcomersOf(server).length > 0) return cell.isNewcomer === true ? "drain" : "maint";
      // A server that was maint before stays so: drain would let users in again. Opened by a reload, they are in.
      return before.adminState === "maint" && cell.isOpened !== true ? "maint" : "drain";
    case "maint":
      return "maint";
    case "return":
      if (before.adminState === "maint" && cell.isOpened === true) return "drain";
      if (before.adminState !== "ready") return before.adminState;
      return cell.provenAtMs === null && mustProve(server, cell) ? "drain" : "ready";
  }
}

/** After maint a plain ready sends users to the server before any check has run (haproxy.md 3.6). */
export function mustProve(server: ServerJob, cell: Cell): boolean {
  return cell.wasMaint && cell.before.hasCheck && server.return?.isDirect !== true;
}

export type Looked =
  | { kind: "ok"; looks: Look[] }
  | { kind: "ended"; phase: "overridden" | "failed"; text: string; lb: string };

export function lookAt(ctx: Context, server: ServerJob): Looked {
  const looks: Look[] = [];
  for (const cell of cellsOf(server)) {
    const view = ctx.seen.views.find((one) => one.head.name === cell.lb);
    const sight = sightOf(view, server.id, ctx.nowMs);
    if (sight.kind === "gone") {
      return {
        kind: "ended",
        phase: "failed",
        lb: cell.lb,
        text: `${cell.lb} no longer lists ${server.id}. Nothing more is sent.`,
      };
    }
    const look: Look = {
      cell,
      sight,
      verdict: null,
      quiet: { kind: "unseen" },
      arrivedAtMs: null,
      isClockMove: false,
      isNewProcess: false,
    };
    looks.push(look);
    if (sight.kind !== "fresh") continue;
    const moved = addressChange(cell, sight);
    if (moved !== null) return { kind: "ended", phase: "failed", lb: cell.lb, text: moved };
    look.isNewProcess = noticeProcess(ctx, server, cell, sight);
    const isOpen = forcedStateOf(sight.row.adminBits) === "ready";
    if (look.isNewProcess && isOpen && cell.before.adminState === "maint") cell.isOpened = true;
    const { arrivedAtMs, isClockMove } = takeSample(cell, sight);
    Object.assign(look, { arrivedAtMs, isClockMove });
    if (server.goal === "return" && look.isNewProcess && isOpen) {
      // The reload made it ready and its own checks pass: draining it again would help nobody.
      if (isCheckClean(sight.row)) cell.provenAtMs = ctx.nowMs;
    }
    look.verdict = judge(ctx, server, cell, sight, wishOf(server, cell));
    if (look.verdict.kind === "overridden" || look.verdict.kind === "failed") {
      return { kind: "ended", phase: look.verdict.kind, lb: cell.lb, text: look.verdict.text };
    }
    look.quiet = quietProof(cell, sight, ctx.job.options.quietMs);
  }
  return { kind: "ok", looks };
}

/** The goal changed in this step: what is due now follows the new wish. */
export function judgeAgain(ctx: Context, server: ServerJob, looks: readonly Look[]): void {
  for (const look of looks) {
    if (look.sight.kind === "fresh")
      look.verdict = judge(ctx, server, look.cell, look.sight, wishOf(server, look.cell));
  }
}

/** The admin state belongs to the slot, not to the machine: DNS may put another machine into it (haproxy.md section 9). */
function addressChange(cell: Cell, sight: Sight & { kind: "fresh" }): string | null {
  const { address } = sight.row;
  const was = cell.before.address;
  if (was === "" || address === "" || address === was) return null;
  return `On ${cell.lb} ${sight.row.id} stands for ${address} now, it was ${was} when the maintenance began. Look where ${was} is before going on.`;
}

export function sessionsOf(look: Look): number {
  return look.sight.kind === "fresh" ? look.cell.watch.count : 0;
}

export function isAllFresh(looks: readonly Look[]): boolean {
  return looks.every((look) => look.sight.kind === "fresh");
}

/** HAProxy showed maint, and this very sample was taken after that. */
export function isShut(look: Look): boolean {
  const { cell, sight } = look;
  return (
    sight.kind === "fresh" &&
    look.verdict?.kind === "shows" &&
    cell.confirmed?.adminState === "maint" &&
    sight.observedAtMs > cell.confirmed.atMs
  );
}

/** Shut, and in this very sample nobody is there, old workers included. */
export function isFree(look: Look): boolean {
  return isShut(look) && sessionsOf(look) === 0 && !isOldUnsure(look);
}

/** After a reload the master CLI has not told yet what the old workers hold. */
export function isOldUnsure({ sight }: Look): boolean {
  return sight.kind === "fresh" && sight.row.isOldUnsure === true;
}

/**
 * The count over all load balancers goes to the record, when it is whole and changed, not more often than this, and after
 * hours not more often than is seen on the trace: a drain that lasts for weeks must not fill the disk.
 */
const COUNT_EVERY_MS = 5_000;
const COUNTS_ON_A_TRACE = 720;

export function recordCount(ctx: Context, server: ServerJob, looks: readonly Look[]): void {
  if (looks.length === 0 || !isAllFresh(looks)) return;
  const sessions = looks.reduce((sum, look) => sum + sessionsOf(look), 0);
  const tunnels = tunnelsOf(looks.map(({ sight }) => (sight.kind === "fresh" ? sight.row.tunnels : null)));
  const { counted } = server;
  const lastsMs = ctx.nowMs - (server.drainStartedAtMs ?? ctx.nowMs);
  const everyMs = Math.max(COUNT_EVERY_MS, lastsMs / COUNTS_ON_A_TRACE);
  if (counted !== null) {
    // Not known now is no news; the last known number stays the one to compare with.
    const isSame = counted.sessions === sessions && (tunnels === null || tunnels === (counted.tunnels ?? 0));
    if (isSame || ctx.nowMs - counted.atMs < everyMs) return;
  }
  server.counted = { atMs: ctx.nowMs, sessions, tunnels: tunnels ?? counted?.tunnels ?? null };
  const data: Record<string, number> = { sessions };
  if (tunnels !== null) data.tunnels = tunnels;
  for (const look of looks) data[look.cell.lb] = sessionsOf(look);
  const among =
    tunnels === null || tunnels === 0 ? "" : `, ${count(tunnels)} of them ${tunnels === 1 ? "a tunnel" : "tunnels"}`;
  ctx.log.say("count", `${plural(sessions, "session")} on ${server.id}${among}.`, { server: server.id, data });
}

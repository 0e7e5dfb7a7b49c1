// The health column: HAProxy's own words, and on which load balancer when they differ.
import { shortCount } from "#lib/util/format.ts";
import { countsAsLive } from "./link.ts";
import type { ServerCell, ServerView } from "./merge.ts";
import type { OpState } from "./op-state.ts";

export interface HealthWords {
  readonly kind: "up" | "falling" | "rising" | "down" | "nolb" | "no-check" | "maint" | "split" | "unknown";
  readonly word: string;
  readonly detail: string;
  /** epoch seconds; shown as an age after the detail; null: not shown */
  readonly sinceSec: number | null;
  /** each load balancer in full */
  readonly title: string;
}

export function healthWords(server: ServerView): HealthWords {
  const live = server.cells.filter((cell) => countsAsLive(cell.link));
  const title = server.cells.map((cell) => `${cell.lb}: ${cellWords(cell)}`).join("\n");
  if (live.length === 0) return { kind: "unknown", word: "not known", detail: "", sinceSec: null, title };
  const worst = live.find((cell) => cell.opState === server.opState) ?? (live[0] as ServerCell);
  const only = liveOnly(live, server.opState);
  const base = { word: wordOf(worst), sinceSec: null, title };
  switch (server.opState) {
    case "down":
      return { ...base, kind: "down", detail: join(resultOf(worst), only), sinceSec: worst.row.lastChangeAt };
    case "going-up":
      return { ...base, kind: "rising", detail: join(checkOf(worst), only) };
    default:
  }
  if (server.adminState === "split") {
    return { ...base, kind: "split", word: "SPLIT", detail: differing(server) };
  }
  switch (server.opState) {
    case "up":
      return { ...base, kind: "up", detail: checkOf(worst) };
    case "going-down":
      return { ...base, kind: "falling", detail: join(resultOf(worst), only) };
    case "nolb":
      return { ...base, kind: "nolb", detail: join(checkOf(worst), only) };
    case "no-check":
      return { ...base, kind: "no-check", detail: "" };
    case "maint":
      return { ...base, kind: "maint", detail: "checks off" };
    case "unknown":
      return { ...base, kind: "unknown", detail: worst.row.status };
  }
}

function wordOf({ opState, row }: ServerCell): string {
  switch (opState) {
    case "no-check":
      return "no check";
    case "maint":
      return "MAINT";
    case "nolb":
      return "NOLB";
    case "unknown":
      return "not known";
    case "up":
      return "UP";
    default:
      // In drain, `show stat` says DRAIN, which is the admin state and stands in its own column.
      return /^(UP|DOWN)/.test(row.status) ? row.status : opState === "going-down" ? fallingOf(row) : "DOWN";
  }
}

function fallingOf(row: ServerCell["row"]): string {
  const { checkHealth, checkRise, checkFall } = row;
  if (checkHealth === null || checkRise === null || checkFall === null) return "UP";
  return `UP ${checkHealth - checkRise + 1}/${checkFall}`;
}

/** `L7OK/200 3 ms` */
function checkOf(cell: ServerCell): string {
  const { checkMs } = cell.row;
  return checkMs === null ? resultOf(cell) : `${resultOf(cell)} ${shortCount(checkMs)} ms`.trim();
}

/** `L7STS/503` */
function resultOf({ row }: ServerCell): string {
  return row.checkCode === null ? row.checkStatus : `${row.checkStatus}/${row.checkCode}`;
}

function liveOnly(live: readonly ServerCell[], opState: OpState): string {
  const same = live.filter((cell) => cell.opState === opState);
  if (same.length === live.length) return "";
  return same.length === 1 ? `${same[0]?.lb} only` : `${same.length} of ${live.length}`;
}

/** Which load balancer stands apart: "lb2 differs". */
function differing(server: ServerView): string {
  const states = [...new Set(server.cells.map((cell) => cell.adminState))];
  const groups = states.map((state) => server.cells.filter((cell) => cell.adminState === state));
  const alone = groups.filter((group) => group.length === 1);
  if (groups.length === 2 && alone.length === 1) return `${alone[0]?.[0]?.lb} differs`;
  return groups
    .map((group) =>
      group.length === 1 ? `${group[0]?.lb} ${group[0]?.adminState}` : `${group.length} ${group[0]?.adminState}`,
    )
    .join(", ");
}

function cellWords(cell: ServerCell): string {
  if (!countsAsLive(cell.link)) return "does not answer";
  const { row } = cell;
  const text = row.checkText === "" ? "" : `, ${row.checkText}`;
  return `${cell.adminState}, ${join(wordOf(cell), checkOf(cell))}${text}`;
}

function join(a: string, b: string): string {
  return a === "" || b === "" ? a + b : `${a}, ${b}`;
}

// What the check says about coming back. Right after maint HAProxy shows the old result and a health of `rise`: the
// fraction in `UP 1/3` or `DRAIN 1/3` means "not proved yet" (haproxy.md 3.3, 3.6).

import { isRamping } from "#lib/fleet/taking.ts";
import type { ServerRow } from "#lib/fleet/view.ts";

export function hasCheck(row: ServerRow): boolean {
  return row.checkRise !== null && row.checkFall !== null && row.checkHealth !== null;
}

/** Fully up: all `fall` failures still to go. `DRAIN (agent)` hides the fraction, so the numbers decide, then the text. */
export function isCheckClean(row: ServerRow): boolean {
  const { checkRise, checkFall, checkHealth } = row;
  if (checkRise === null || checkFall === null || checkHealth === null)
    return row.status === "DRAIN" || row.status === "UP";
  if (row.status.startsWith("DOWN") || row.status.startsWith("NOLB")) return false;
  return checkHealth >= checkRise + checkFall - 1;
}

/** With `fall 1` health is full at once, so only a check that ran later proves anything. */
export function canFractionProve(row: ServerRow): boolean {
  return row.checkFall !== null && row.checkFall > 1;
}

export function checkWords(row: ServerRow): string {
  const result = [row.checkStatus, row.checkText].filter((part) => part !== "").join(" ");
  return result === "" ? row.status : `${row.status}, ${result}`;
}

/** Takes its whole share: no ramp, and the effective weight is what is wanted. */
export function isAtFullWeight(row: ServerRow): boolean {
  if (isRamping(row)) return false;
  return row.uweight === null || row.weight >= row.uweight;
}

// Maintenances that somebody ended by setting the server by hand: the app let go of them, so a person should hear it.
import type { StatusLine } from "#lib/fleet/status-line.ts";
import type { MaintenanceSummary } from "#lib/maintenance/summary.ts";
import { plural } from "#lib/util/format.ts";
import { shortNames } from "./words.ts";

/** Long enough to be found after a break, short enough not to be yesterday's news. */
export const TAKEN_OVER_SHOWN_MS = 30 * 60_000;

/** Closed as overridden not long ago and not dismissed here, the newest first. */
export function takenOver(
  all: readonly MaintenanceSummary[],
  dismissed: ReadonlySet<string>,
  nowMs: number,
): readonly MaintenanceSummary[] {
  return all
    .filter(
      (one) =>
        one.phase === "overridden" &&
        one.closedAt !== null &&
        nowMs - one.closedAt < TAKEN_OVER_SHOWN_MS &&
        !dismissed.has(one.id),
    )
    .sort((a, b) => (b.closedAt ?? 0) - (a.closedAt ?? 0));
}

/** "web03 was taken over." and why, as the app noted it. */
export function takenOverWords(maintenance: MaintenanceSummary): { lead: string; note: string } {
  const servers = maintenance.servers.filter((one) => one.phase === "overridden");
  const names = shortNames(servers.map((one) => one.server));
  const notes = new Set(servers.map((one) => one.note).filter((note) => note !== ""));
  return { lead: `${names} ${servers.length === 1 ? "was" : "were"} taken over.`, note: [...notes].join(" ") };
}

/** Said after everything else, but never beside what is not known. */
export function withTakenOver(line: StatusLine, taken: number): StatusLine {
  if (taken === 0 || line.tone === "stale") return line;
  const words = `${plural(taken, "maintenance")} ${taken === 1 ? "was" : "were"} taken over.`;
  return { ...line, text: line.text === "" ? words : `${line.text} ${words}` };
}

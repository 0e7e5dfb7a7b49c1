// Which of a person's own maintenances wait for that person, and how that is said. Pure: time is an argument.
import { foremost, needOf, needOfAll } from "#components/maintenance/tray-order.ts";
import { heldOf, isRolling, phaseMark, shortNames } from "#components/maintenance/words.ts";
import { isFinal } from "#lib/maintenance/job.ts";
import type { MaintenanceSummary } from "#lib/maintenance/summary.ts";
import { plural, span } from "#lib/util/format.ts";
import type { Me } from "#lib/wire/events.ts";

export interface OwnNeed {
  /** the same for as long as it is the same need */
  readonly key: string;
  readonly maintenanceId: string;
  readonly title: string;
  readonly text: string;
}

/** A reload or a slow answer holds a maintenance for some seconds: nobody has to come for that. */
export const HELD_FOR_MS = 10_000;

/** Who looks, as far as it says whose a maintenance is. */
export type Owner = Pick<Me, "kind" | "id" | "name">;

/** By id: two may have one name. One that an earlier release began has a name only, and then a person's. */
function isOwn({ startedBy, startedById }: MaintenanceSummary, me: Owner): boolean {
  if (startedById !== undefined && me.id !== undefined) return startedById === me.id;
  return me.kind === "person" && startedBy === me.name;
}

/** Your turn, past its deadline, or held: one for each maintenance, of its most urgent server. */
export function ownNeeds(all: readonly MaintenanceSummary[], me: Owner, nowMs: number): readonly OwnNeed[] {
  return all.flatMap((one) => {
    if (one.closedAt !== null || one.unreadable !== undefined || !isOwn(one, me)) return [];
    const server = foremost(one, nowMs);
    if (server === undefined) return [];
    const shared = { key: `${one.id} ${server.server}`, maintenanceId: one.id };
    const name = server.server;
    switch (needOf(one, server, nowMs)) {
      case "your-turn":
        return [
          {
            ...{ ...shared, key: `${shared.key} your-turn`, title: `Your turn: ${name}` },
            text: "In maint: do your work, then set ready.",
          },
        ];
      case "past-deadline":
        return [
          {
            ...{ ...shared, key: `${shared.key} past-deadline`, title: `Past its deadline: ${name}` },
            text: `${server.sessions === null ? "Sessions not known" : `${plural(server.sessions, "session")} left`}${server.deadlineAt === null ? "" : `, ${span(Math.max(0, nowMs - server.deadlineAt))} after the deadline`}.`,
          },
        ];
      case "held": {
        if (one.paused?.by === "run" && nowMs - one.paused.atMs >= HELD_FOR_MS)
          return [{ ...shared, key: `${one.id} paused`, title: `Paused by itself: ${name}`, text: one.paused.why }];
        const hold = heldOf(server);
        if (hold === null || nowMs - hold.sinceMs < HELD_FOR_MS) return [];
        return [{ ...shared, key: `${shared.key} held`, title: `Held: ${name}`, text: hold.text }];
      }
      default:
        return [];
    }
  });
}

/** `(2) Board. Drainboard`; without a need, the title as it was. */
export function titleWith(title: string, needs: number): string {
  const plain = title.replace(/^\(\d+\) /, "");
  return needs === 0 ? plain : `(${needs}) ${plain}`;
}

/** Where each of one's own stands, in words that change with its phase and never with a count. */
export function ownPhases(all: readonly MaintenanceSummary[], me: Owner, nowMs: number): ReadonlyMap<string, string> {
  const own = all.filter((one) => isOwn(one, me) && one.unreadable === undefined);
  return new Map(
    own.map((one) => {
      const server = foremost(one, nowMs);
      const names = isRolling(one) ? "Rolling maintenance" : shortNames(one.servers.map((each) => each.server));
      if (server === undefined || one.servers.every((each) => isFinal(each.phase))) return [one.id, `${names}: over`];
      if (needOfAll(one, nowMs) === "past-deadline") return [one.id, `${names}: past its deadline`];
      // "Quiet 4/30 s" counts seconds
      const word = server.phase === "quiet" ? "Quiet" : phaseMark(server, null).word;
      return [one.id, `${names}: ${isRolling(one) ? `${shortNames([server.server])} ` : ""}${word.toLowerCase()}`];
    }),
  );
}

// What is said about a maintenance, in the words of ui.md section 5. Pure: time is an argument.
import type { DeadlineAction, HoldCode, Phase } from "#lib/maintenance/job.ts";
import { isFinal } from "#lib/maintenance/job.ts";
import type { MaintenanceSummary, ServerSummary } from "#lib/maintenance/summary.ts";
import { clockMinute, count, listOf, plural, span } from "#lib/util/format.ts";
import { isByHost, unitsOf } from "./units.ts";

export type MarkTone = "drain" | "maint" | "ready" | "down" | "plain";
export type MarkGlyph = "drain" | "quiet" | "hand" | "ramp" | "waits" | "stale" | "warn" | "down" | "done" | "maint";

/** A phase in one or two words, for the 118 px of a row. */
export interface PhaseMark {
  readonly glyph: MarkGlyph;
  readonly word: string;
  readonly tone: MarkTone;
  /** the whole sentence */
  readonly title: string;
}

const NORMAL_HOLDS: ReadonlySet<HoldCode> = new Set(["ramp", "first-session", "check", "host"]);

/**
 * Why it waits, when that is a reason a person should see: a ramp or a running check is part of a normal return, the
 * others of its host are part of a normal run.
 */
export function heldOf(server: ServerSummary): ServerSummary["heldBecause"] {
  const hold = server.heldBecause;
  if (hold === null || isFinal(server.phase)) return null;
  return NORMAL_HOLDS.has(hold.code) ? null : hold;
}

/** @param rampPercent share of its weight the server gets while its slowstart runs; null: no ramp is seen */
export function phaseMark(server: ServerSummary, rampPercent: number | null): PhaseMark {
  const held = heldOf(server);
  if (held !== null && server.phase !== "maint" && server.phase !== "queued") {
    const isSilent = (held.code === "stale" || held.code === "never-seen") && held.lb !== null;
    return {
      glyph: isSilent ? "stale" : "waits",
      word: isSilent ? `Held, ${held.lb}?` : "Held",
      tone: toneOf(server.phase),
      title: held.text,
    };
  }
  const title = phaseSentence(server);
  switch (server.phase) {
    case "queued":
      return { glyph: "waits", word: "Queued", tone: "plain", title: held?.text ?? title };
    case "draining":
      return { glyph: "drain", word: "Draining", tone: "drain", title };
    case "quiet":
      return { glyph: "quiet", word: `Quiet ${quietOf(server, "/")} s`, tone: "drain", title };
    case "maint":
      return server.yourTurnAt === null
        ? { glyph: "maint", word: "Maint", tone: "maint", title }
        : { glyph: "hand", word: "Your turn", tone: "maint", title };
    case "returning":
      return rampPercent === null
        ? { glyph: "ramp", word: "Returning", tone: "ready", title }
        : { glyph: "ramp", word: `Ramp ${rampPercent}%`, tone: "ready", title };
    case "done":
      return { glyph: "done", word: "Done", tone: "ready", title };
    case "stopped":
      return { glyph: "done", word: "Stopped", tone: "plain", title };
    case "overridden":
      return { glyph: "warn", word: "Taken over", tone: "plain", title };
    case "failed":
      return { glyph: "down", word: "Failed", tone: "down", title };
  }
}

/** What was last known of a job when the app does not speak: never shown as if it were so now. */
export function lostMark(server: ServerSummary): PhaseMark {
  return {
    glyph: "stale",
    word: "Not known",
    tone: "plain",
    title: `Last known: ${phaseMark(server, null).word}. No connection to Drainboard now; the maintenance itself goes on there.`,
  };
}

export function toneOf(phase: Phase): MarkTone {
  switch (phase) {
    case "draining":
    case "quiet":
      return "drain";
    case "maint":
      return "maint";
    case "returning":
    case "done":
      return "ready";
    case "failed":
      return "down";
    case "queued":
    case "stopped":
    case "overridden":
      return "plain";
  }
}

function quietOf(server: ServerSummary, between: string): string {
  return `${Math.min(server.quietForSec, server.quietSec)}${between}${server.quietSec}`;
}

/** The quiet bar of a glass in a maintenance: what the job proved of its own window. null: nothing is counted, no bar. */
export function quietBarOf(server: ServerSummary): { readonly sec: number; readonly of: number } | null {
  if (server.quietSec === 0 || server.phase !== "quiet") return null;
  return { sec: server.quietForSec, of: server.quietSec };
}

export function quietWords(server: ServerSummary): string {
  return `quiet ${quietOf(server, " of ")} s`;
}

function phaseSentence(server: ServerSummary): string {
  switch (server.phase) {
    case "queued":
      return "Waits for its place.";
    case "draining":
      if (server.sessions === null) return `Not known how many of ${plural(server.reference, "session")} are left.`;
      return `${plural(server.sessions, "session")} left of ${count(server.reference)}.${stayWords(server)}`;
    case "quiet":
      return `No session; ${quietWords(server)}. Every arrival starts it again.`;
    case "maint":
      return server.yourTurnAt === null
        ? (server.heldBecause?.text ?? "Maint is set; not yet confirmed everywhere.")
        : "In maint: do your work, then set ready.";
    case "returning":
      return server.note === "" ? "On its way back." : server.note;
    case "done":
    case "stopped":
    case "overridden":
    case "failed":
      return server.note;
  }
}

export interface EtaWords {
  readonly text: string;
  /** the part that stands out */
  readonly strong: string;
  readonly asksWhy: boolean;
}

/** " 4 tunnels may stay.", or nothing while none is known. */
export function stayWords({ tunnels }: ServerSummary): string {
  return tunnels === null || tunnels === 0 ? "" : ` ${plural(tunnels, "tunnel")} may stay.`;
}

/**
 * The part of the count that the forecast does not go below. Where tunnels are all there is and have an ETA all the same,
 * they are seen leaving: then they are no floor.
 */
export function floorOf({ tunnels, sessions, etaAt }: ServerSummary): number {
  return tunnels === null || sessions === null || (etaAt !== null && tunnels >= sessions) ? 0 : tunnels;
}

/** "measuring", "about 14:12", "after the deadline, about 14:35", "not falling", "not by itself": these and no others. */
export function etaWords(server: ServerSummary): EtaWords {
  const at = server.etaAt === null ? "" : clockMinute(server.etaAt);
  switch (server.eta) {
    case "about":
      return { text: "about ", strong: at, asksWhy: false };
    case "after-deadline":
      return { text: "after the deadline, about ", strong: at, asksWhy: false };
    case "not-falling":
      return { text: "", strong: "not falling", asksWhy: true };
    case "only-tunnels":
      return { text: "", strong: "not by itself", asksWhy: false };
    case "empty":
      return { text: "", strong: "now", asksWhy: false };
    case "measuring":
    case null:
      return { text: "measuring", strong: "", asksWhy: false };
  }
}

const thenWords: Record<DeadlineAction, string> = {
  wait: "then keep waiting",
  "end-sessions": "then end sessions",
  return: "then back to ready",
};

export function isPastDeadline(server: ServerSummary, nowMs: number): boolean {
  const isGoingOut = server.phase === "draining" || server.phase === "quiet";
  return isGoingOut && server.deadlineAt !== null && (server.deadlineReachedAt !== null || nowMs >= server.deadlineAt);
}

/** null: no deadline, or it does not matter any more. */
export function deadlineWords(
  maintenance: MaintenanceSummary,
  server: ServerSummary,
  nowMs: number,
): { at: string; next: string; isPast: boolean } | null {
  if (server.deadlineAt === null || (server.phase !== "draining" && server.phase !== "quiet")) return null;
  const at = clockMinute(server.deadlineAt);
  if (isPastDeadline(server, nowMs)) {
    const ago = `${span(nowMs - server.deadlineAt)} ago`;
    return { at, next: heldOf(server) === null ? ago : `${ago}, held too`, isPast: true };
  }
  const next = heldOf(server) === null ? thenWords[maintenance.options.atDeadline] : "held too";
  return { at, next, isPast: false };
}

export const STEPS = ["Drain", "Quiet", "Maint", "Ramp", "Healthy"] as const;

/** Which of STEPS is under way; STEPS.length: all are behind it. */
export function stepOf(server: ServerSummary, isRamping: boolean): number {
  switch (server.phase) {
    case "queued":
      return -1;
    case "draining":
      return 0;
    case "quiet":
      return 1;
    case "maint":
      return 2;
    case "returning":
      return isRamping || server.heldBecause?.code === "ramp" ? 3 : 4;
    case "done":
      return STEPS.length;
    case "stopped":
    case "overridden":
    case "failed":
      return -1;
  }
}

export function isRolling(maintenance: MaintenanceSummary): boolean {
  return maintenance.servers.length > 1;
}

/** "2 of 8 done", and what else ended. */
export function doneWords(maintenance: MaintenanceSummary): string {
  const of = (phase: Phase) => maintenance.servers.filter((one) => one.phase === phase).length;
  const units = unitsOf(maintenance);
  const done = units.filter((unit) => unit.servers.every((one) => one.phase === "done")).length;
  const parts = [`${done} of ${isByHost(maintenance) ? plural(units.length, "host") : units.length} done`];
  if (of("failed") > 0) parts.push(`${of("failed")} failed`);
  if (of("overridden") > 0) parts.push(`${of("overridden")} taken over`);
  if (of("stopped") > 0) parts.push(`${of("stopped")} stopped`);
  return parts.join(", ");
}

/** "APP1" or "APP1, API": whose servers these are. */
export function backendsOf(maintenance: MaintenanceSummary): string {
  const names = maintenance.servers.map((one) => one.server.slice(0, one.server.indexOf("/")));
  return [...new Set(names)].join(", ");
}

/** How a closed one ended, for "Finished today". */
export function endWords(maintenance: MaintenanceSummary): string {
  const took = maintenance.closedAt === null ? "" : span(maintenance.closedAt - maintenance.createdAt);
  switch (maintenance.phase) {
    case "done":
      return `took ${took}`;
    case "stopped":
      return `stopped after ${took}`;
    case "overridden":
      return `taken over after ${took}`;
    case "failed":
      return `failed after ${took}`;
    case "queued":
    case "draining":
    case "quiet":
    case "maint":
    case "returning":
      return "";
  }
}

export function shortNames(ids: readonly string[]): string {
  return listOf(ids.map((id) => id.slice(id.indexOf("/") + 1)));
}

// What came of an effect goes into the job as plain data; decide() draws the conclusions from what it sees next.
import type { ProcessIdentity } from "#lib/fleet/view.ts";
import type { Effect } from "./effect.ts";
import type { Maintenance } from "./job.ts";

export interface EffectOutcome {
  /**
   * done: HAProxy took it AND was seen to show it; unknown: sent, no whole reply; unsent: certainly never sent (no longer
   * wanted, or no connection), which counts as no attempt
   */
  outcome: "done" | "refused" | "unknown" | "unsent";
  /** the process that answered; null: not known */
  process: ProcessIdentity | null;
  /** HAProxy's own words, or one sentence */
  message: string;
}

/** An old worker that still answers says this to every command: the next process will be asked, nothing was refused. */
const OLD_PROCESS_WORDS = "Proxy is disabled";

/** The job with the outcome in it; the same job when the effect is not the last one of its cell any more. */
export function recordOutcome(job: Maintenance, effect: Effect, result: EffectOutcome, nowMs: number): Maintenance {
  const next = structuredClone(job);
  const cell = next.servers.find((one) => one.id === effect.server)?.cells[effect.lb];
  if (cell === undefined) return job;
  const outcome =
    result.outcome === "refused" && result.message.includes(OLD_PROCESS_WORDS) ? "unknown" : result.outcome;
  if (effect.kind === "end-sessions") {
    if (cell.endRound === null || cell.endRound.seq !== effect.seq) return job;
    if (outcome === "unsent") {
      const round = cell.endRound.round - 1;
      cell.endRound = round === 0 ? null : { ...cell.endRound, round, which: "all" };
      return next;
    }
    cell.endRound.outcome = outcome;
    cell.endRound.message = result.message;
    return next;
  }
  const { command } = cell;
  if (command === null || command.seq !== effect.seq || command.outcome !== null) return job;
  if (outcome === "unsent") {
    cell.command =
      command.attempt === 1
        ? null
        : { ...command, attempt: command.attempt - 1, outcome: "unknown", outcomeAtMs: nowMs, message: result.message };
    return next;
  }
  command.outcome = outcome;
  command.outcomeAtMs = nowMs;
  command.message = result.message;
  if (outcome === "done") {
    const process = result.process ?? command.process;
    // One more: an observation of this very millisecond may still be from before.
    cell.confirmed = { adminState: effect.adminState, process: { ...process }, atMs: nowMs + 1 };
    if (effect.adminState === "maint") cell.wasMaint = true;
  }
  return next;
}

/**
 * Called once for each stored job when the app starts: nothing can be in flight then, so a command without outcome is
 * looked up with the next observation instead of after ten seconds. It counts as no attempt.
 */
export function forgetInFlight(job: Maintenance, nowMs: number): Maintenance {
  const next = structuredClone(job);
  for (const server of next.servers) {
    for (const { command } of Object.values(server.cells)) {
      if (command === null || command.outcome !== null) continue;
      command.outcome = "unknown";
      command.outcomeAtMs = nowMs;
      command.attempt = Math.max(0, command.attempt - 1);
      command.message = "the app stopped before it knew";
    }
  }
  return next;
}

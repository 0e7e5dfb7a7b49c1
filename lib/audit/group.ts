// Rows of one request are one event: what somebody did, on each load balancer. Intents give way to their outcomes.
import type { AuditEntry } from "#lib/wire/audit.ts";

export interface AuditEvent {
  readonly key: string;
  /** the row it began with: an event keeps its place when its outcome comes */
  readonly seq: number;
  /** the newest row of each load balancer, in the order they were written; most events have one */
  readonly parts: readonly AuditEntry[];
}

/** Newest first. The rows may come in any order and more than once. */
export function eventsOf(entries: readonly AuditEntry[]): AuditEvent[] {
  const groups = new Map<string, { seq: number; parts: Map<string, AuditEntry> }>();
  for (const entry of entries) {
    const key = `${entry.requestId} ${entry.action} ${entry.target ?? ""}`;
    const began = entry.intentSeq ?? entry.seq;
    const group = groups.get(key) ?? { seq: began, parts: new Map<string, AuditEntry>() };
    group.seq = Math.min(group.seq, began);
    const known = group.parts.get(entry.lb ?? "");
    if (known === undefined || known.seq < entry.seq) group.parts.set(entry.lb ?? "", entry);
    groups.set(key, group);
  }
  return [...groups]
    .map(([key, { seq, parts }]) => ({ key, seq, parts: [...parts.values()].sort((a, b) => began(a) - began(b)) }))
    .sort((a, b) => b.seq - a.seq);
}

function began(entry: AuditEntry): number {
  return entry.intentSeq ?? entry.seq;
}

export type EventOutcome = "done" | "refused" | "unknown" | "denied" | "open" | "note" | "asked";

const byWeight = ["unknown", "refused", "denied", "asked", "open", "done", "note"] as const;

/** The one that matters most of its parts. `open`: sent or about to be, no outcome yet. */
export function outcomeOf({ parts }: AuditEvent): EventOutcome {
  const outcomes = parts.map(partOutcome);
  return byWeight.find((outcome) => outcomes.includes(outcome)) ?? "note";
}

export function partOutcome({ kind, outcome, detail }: AuditEntry): EventOutcome {
  if (outcome === "denied" && isQuestion(detail)) return "asked";
  if (kind === "intent") return "open";
  return outcome ?? "note";
}

/** Nothing was forbidden: the guard wanted to know first whether it is meant, and nothing was sent. */
function isQuestion(detail: unknown): boolean {
  const { code, findings } = (detail ?? {}) as { code?: unknown; findings?: unknown };
  if (code !== "guard" || !Array.isArray(findings)) return false;
  const severities = findings.map((one: unknown) => ((one ?? {}) as { severity?: unknown }).severity);
  return severities.includes("confirm") && !severities.includes("block");
}

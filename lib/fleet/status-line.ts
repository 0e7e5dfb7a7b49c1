// The status line: one true sentence about the fleet, the most serious thing first. What we do not know (stale) outranks
// what we know and is bad, because nothing below it can be believed while it stands.
import { clockTime, listOf, plural, span } from "#lib/util/format.ts";
import type { CategoryCounts } from "./category.ts";
import { countsAsLive } from "./link.ts";
import type { LoadBalancerStatus } from "./merge.ts";

export type StatusTone = "live" | "attention" | "stale";

export interface StatusLine {
  readonly tone: StatusTone;
  /** what stands out, ends with a full stop */
  readonly lead: string;
  readonly text: string;
  /** the part that ticks: shown after `text`, never announced */
  readonly age: string;
  /** what can be done about it: stays true while the age ticks */
  readonly advice: string;
  /** the cause for whoever asks "Why?"; empty: there is no more to say */
  readonly why: readonly string[];
}

export interface StatusFacts {
  readonly connection: { kind: "connecting" | "open" } | { kind: "lost"; sinceMs: number; reason: string | null };
  /** at least one: without any, there is no board */
  readonly loadBalancers: readonly LoadBalancerStatus[];
  readonly counts: CategoryCounts;
  readonly isOutdated: boolean;
  readonly nowMs: number;
}

const PLAIN = { text: "", age: "", advice: "", why: [] } as const;

export function statusLine(facts: StatusFacts): StatusLine {
  const { connection, loadBalancers, counts, nowMs } = facts;
  if (connection.kind === "lost") return connectionLost(connection, nowMs);
  const silent = loadBalancers.filter((lb) => !countsAsLive(lb.link));
  if (silent.length > 0) return lbSilent(silent, loadBalancers, nowMs);
  if (facts.isOutdated) {
    return {
      ...PLAIN,
      tone: "attention",
      lead: "Drainboard was updated.",
      text: "Reload this page to get the new version.",
    };
  }
  return notice(loadBalancers) ?? live(loadBalancers.length, counts);
}

function connectionLost(lost: { sinceMs: number; reason: string | null }, nowMs: number): StatusLine {
  const reasons: Record<string, string> = {
    "too-slow": "This page could not keep up with the updates and was disconnected.",
    "signed-out": "You were signed out.",
    "shutting-down": "Drainboard is shutting down or restarting.",
    "too-many-messages": "This page sent too many messages and was disconnected.",
  };
  const known = lost.reason === null ? undefined : reasons[lost.reason];
  return {
    tone: "stale",
    lead: "No connection to Drainboard.",
    text: `The numbers stopped at ${clockTime(lost.sinceMs)}`,
    age: `${span(nowMs - lost.sinceMs)} ago`,
    advice: known ?? "No change can be sent. Trying again.",
    why: [],
  };
}

function lbSilent(
  silent: readonly LoadBalancerStatus[],
  all: readonly LoadBalancerStatus[],
  nowMs: number,
): StatusLine {
  const answering = all.filter((lb) => !silent.includes(lb)).map((lb) => lb.name);
  const seen = silent.map((lb) => lb.view.head.observedAtMs).filter((at) => at !== null);
  const stoppedAt = seen.length === 0 ? null : Math.min(...seen);
  const one = silent.length === 1;
  return {
    tone: "stale",
    lead: silentLead(silent, answering.length),
    text:
      stoppedAt === null
        ? `${one ? "It" : "They"} never did since Drainboard started.`
        : `${one ? "Its" : "Their"} numbers stopped at ${clockTime(stoppedAt)}`,
    age: stoppedAt === null ? "" : `${span(nowMs - stoppedAt)} ago`,
    advice: answering.length === 0 ? "No change reaches HAProxy." : `Changes reach ${listOf(answering)} only.`,
    why: silent.flatMap((lb) => (lb.view.head.error === null ? [] : [lb.view.head.error.message])),
  };
}

function silentLead(silent: readonly LoadBalancerStatus[], answering: number): string {
  if (answering === 0 && silent.length > 1) return "No load balancer answers.";
  if (silent.length > 3) return `${silent.length} load balancers do not answer.`;
  return `${listOf(silent.map((lb) => lb.name))} ${silent.length === 1 ? "does" : "do"} not answer.`;
}

function notice(loadBalancers: readonly LoadBalancerStatus[]): StatusLine | null {
  const readOnly = loadBalancers.filter((lb) => isReadOnly(lb));
  if (readOnly.length > 0) {
    const names = listOf(readOnly.map((lb) => lb.name));
    return {
      ...PLAIN,
      tone: "attention",
      lead: `${names} can be read only.`,
      text: "Changes are refused there.",
      why: readOnly.map((lb) => readOnlyWhy(lb)),
    };
  }
  const unclear = loadBalancers.filter((lb) => lb.view.head.problems.length > 0);
  if (unclear.length > 0) {
    return {
      ...PLAIN,
      tone: "attention",
      lead: `${listOf(unclear.map((lb) => lb.name))} sent rows that Drainboard does not understand.`,
      text: "They are not shown.",
      why: unclear.flatMap((lb) => lb.view.head.problems.map((problem) => `${lb.name}: ${problem}`)),
    };
  }
  return null;
}

export function isReadOnly(lb: LoadBalancerStatus): boolean {
  const { level } = lb.view.head;
  return level !== null && level !== "admin";
}

export function readOnlyWhy(lb: LoadBalancerStatus): string {
  const { level } = lb.view.head;
  return `${lb.name}: its socket has level ${level}. In haproxy.cfg, end its "stats socket" line with "level admin" and reload.`;
}

function live(answering: number, counts: CategoryCounts): StatusLine {
  const troubles = [
    ...(counts.split > 0 ? [`${plural(counts.split, "server")} ${counts.split === 1 ? "is" : "are"} split`] : []),
    ...(counts.down > 0 ? [downWords(counts.down, counts.split > 0)] : []),
  ];
  const who = answering === 1 ? "1 load balancer answers." : `${answering} load balancers answer.`;
  const quiet = answering === 1 ? "" : " States agree.";
  return {
    ...PLAIN,
    tone: "live",
    lead: "Live.",
    text: troubles.length === 0 ? `${who}${quiet}` : `${who} ${troubles.join(", ")}.`,
  };
}

function downWords(down: number, isSecond: boolean): string {
  const who = isSecond ? String(down) : plural(down, "server");
  return `${who} ${down === 1 ? "is" : "are"} down`;
}

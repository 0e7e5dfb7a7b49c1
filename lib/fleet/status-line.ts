// The status line: one true sentence about the fleet, the most serious thing first. What we do not know (stale) outranks
// what we know and is bad, because nothing below it can be believed while it stands.
import { clockMinute, clockTime, count, listOf, plural, span } from "#lib/util/format.ts";
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
  /** said aloud when it begins: what is not known, or a deadline that passed. Empty: nothing */
  readonly alert: string;
}

/** Open maintenances that need a person. */
export interface JobFacts {
  /** for the one who reads it */
  readonly waits: number;
  /** for somebody else: this one may not act on them */
  readonly waitsForOthers?: number;
  readonly held: number;
  readonly pastDeadline: readonly {
    readonly server: string;
    readonly deadlineAt: number | null;
    /** null: not known */
    readonly sessions: number | null;
  }[];
}

const NO_JOBS: JobFacts = { waits: 0, held: 0, pastDeadline: [] };

export interface StatusFacts {
  readonly connection: { kind: "connecting" | "open" } | { kind: "lost"; sinceMs: number; reason: string | null };
  /** at least one: without any, there is no board */
  readonly loadBalancers: readonly LoadBalancerStatus[];
  readonly counts: CategoryCounts;
  readonly isOutdated: boolean;
  readonly jobs?: JobFacts;
  /** states that a reload took and nobody answered yet */
  readonly lost?: readonly {
    readonly lb: string;
    readonly server: string;
    readonly was: string;
    readonly now: string;
  }[];
  readonly nowMs: number;
}

const PLAIN = { text: "", age: "", advice: "", why: [], alert: "" } as const;

export function statusLine(facts: StatusFacts): StatusLine {
  const { connection, loadBalancers, counts, nowMs } = facts;
  if (connection.kind === "lost") return connectionLost(connection, nowMs);
  const silent = loadBalancers.filter((lb) => !countsAsLive(lb.link));
  if (silent.length > 0) return lbSilent(silent, loadBalancers, nowMs);
  const jobs = facts.jobs ?? NO_JOBS;
  if (jobs.pastDeadline.length > 0) return pastDeadline(jobs);
  const lost = facts.lost ?? [];
  if (lost.length > 0) return lostStates(lost);
  if (facts.isOutdated) {
    return {
      ...PLAIN,
      tone: "attention",
      lead: "Drainboard was updated.",
      text: "Reload this page to get the new version.",
    };
  }
  return notice(loadBalancers) ?? live(loadBalancers, counts, jobs);
}

function leftWords(sessions: number | null): string {
  return sessions === null ? "How many sessions are left is not known." : `${plural(sessions, "session")} left.`;
}

function pastDeadline(jobs: JobFacts): StatusLine {
  const { pastDeadline: late } = jobs;
  const waiting = waitWords(jobs);
  const names = late.map((one) => one.server);
  const [first] = late;
  const one = late.length === 1;
  const when = one && first?.deadlineAt != null ? ` of ${clockMinute(first.deadlineAt)}` : "";
  const who = late.length > 3 ? `${late.length} servers` : listOf(names);
  const lead = `${who} ${one ? "is past its" : "are past their"} deadline${when}.`;
  const left = one && first != null ? leftWords(first.sessions) : "Sessions are left.";
  return {
    ...PLAIN,
    tone: "attention",
    lead,
    text: [left, ...sentenceOf(waiting)].join(" "),
    alert: lead,
  };
}

function lostStates(lost: NonNullable<StatusFacts["lost"]>): StatusLine {
  const lbs = [...new Set(lost.map((one) => one.lb))];
  const [first] = lost;
  return {
    ...PLAIN,
    tone: "attention",
    lead: `${listOf(lbs)} lost ${plural(lost.length, "admin state")} in a restart or reload.`,
    text:
      lost.length === 1 && first !== undefined
        ? `${first.server} was ${first.was} and is ${first.now} on ${first.lb} now.`
        : "They take new users now.",
  };
}

function waitWords({ waits, waitsForOthers = 0 }: JobFacts): string[] {
  const others = count(waitsForOthers);
  if (waits === 0) return waitsForOthers === 0 ? [] : [`${others} ${waitsForOthers === 1 ? "waits" : "wait"}`];
  const own = `${count(waits)} ${waits === 1 ? "waits" : "wait"} for you`;
  return waitsForOthers === 0 ? [own] : [own, `${others} for others`];
}

function connectionLost(lost: { sinceMs: number; reason: string | null }, nowMs: number): StatusLine {
  const reasons: Record<string, string> = {
    "too-slow": "This page could not keep up with the updates and was disconnected.",
    "signed-out": "You were signed out.",
    "access-changed": "What you may do here was changed. Connecting again.",
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
    alert: `No connection to Drainboard. ${known ?? "No change can be sent. Trying again."}`,
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
  const lead = silentLead(silent, answering.length);
  const advice = answering.length === 0 ? "No change reaches HAProxy." : `Changes reach ${listOf(answering)} only.`;
  return {
    tone: "stale",
    lead,
    text:
      stoppedAt === null
        ? `${one ? "It" : "They"} never did since Drainboard started.`
        : `${one ? "Its" : "Their"} numbers stopped at ${clockTime(stoppedAt)}`,
    age: stoppedAt === null ? "" : `${span(nowMs - stoppedAt)} ago`,
    advice,
    alert: `${lead} ${advice}`,
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
  const deaf = loadBalancers.filter((lb) => lb.view.head.oldWorkersSource === "silent").map((lb) => lb.name);
  if (deaf.length > 0) {
    return {
      ...PLAIN,
      tone: "attention",
      lead: `The master CLI of ${listOf(deaf)} does not answer.`,
      text: "Sessions that old workers still hold there after a reload cannot be seen.",
      advice: "Check the address that --master gives, or leave it out.",
    };
  }
  const unclear = loadBalancers.filter((lb) => lb.view.head.problems.length > 0);
  if (unclear.length > 0) {
    return {
      ...PLAIN,
      tone: "attention",
      lead: `${listOf(unclear.map((lb) => lb.name))} ${unclear.length === 1 ? "needs" : "need"} a look.`,
      text: unclear[0]?.view.head.problems[0] ?? "",
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

function live(loadBalancers: readonly LoadBalancerStatus[], counts: CategoryCounts, jobs: JobFacts): StatusLine {
  const answering = loadBalancers.length;
  const late = loadBalancers.filter((lb) => lb.link === "late").map((lb) => lb.name);
  const troubles = [
    ...(counts.split > 0 ? [`${plural(counts.split, "server")} ${counts.split === 1 ? "is" : "are"} split`] : []),
    ...(counts.down > 0 ? [downWords(counts.down, counts.split > 0)] : []),
    ...(jobs.held > 0 ? [`${plural(jobs.held, "maintenance")} ${jobs.held === 1 ? "is" : "are"} held`] : []),
    ...waitWords(jobs),
  ];
  const who = answering === 1 ? "1 load balancer answers." : `${answering} load balancers answer.`;
  const quiet = answering === 1 ? "" : " States agree.";
  if (late.length > 0) {
    const [isOne, names] = [late.length === 1, listOf(late)];
    return {
      ...PLAIN,
      tone: "attention",
      lead: `${names} ${isOne ? "is" : "are"} late.`,
      text: [`${isOne ? "Its" : "Their"} numbers are some seconds old.`, ...sentenceOf(troubles)].join(" "),
    };
  }
  return {
    ...PLAIN,
    tone: "live",
    lead: "Live.",
    text: troubles.length === 0 ? `${who}${quiet}` : `${who} ${troubles.join(", ")}.`,
  };
}

function sentenceOf(parts: readonly string[]): string[] {
  return parts.length === 0 ? [] : [`${parts.join(", ")}.`];
}

function downWords(down: number, isSecond: boolean): string {
  const who = isSecond ? String(down) : plural(down, "server");
  return `${who} ${down === 1 ? "is" : "are"} down`;
}

// When two answers come from one HAProxy process: the same pid and the same start.
import type { ProcessIdentity } from "./view.ts";

/** 2.2 has no Start_time_sec; computed from the uptime it may differ by a second or two between polls (haproxy.md 7.2). */
export const START_SLACK_SEC = 2;

export function isSameProcess(a: ProcessIdentity, b: ProcessIdentity): boolean {
  return a.pid === b.pid && Math.abs(a.startedAt - b.startedAt) <= START_SLACK_SEC;
}

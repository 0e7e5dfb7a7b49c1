// How much a load balancer's numbers may be believed. Age is measured from when HAProxy answered, not from when anyone
// received it. Up to three polls are live, then late; from ten seconds, or once the socket refuses, they are stale.
import type { Link, LoadBalancerHead } from "./view.ts";

/** Older than this is stale whatever the poll interval: a person's patience, not a protocol's. */
export const STALE_AFTER_MS = 10_000;
/** Three missed polls, but never less than this: a loaded machine delays a 250 ms poll easily. */
const LATE_AFTER_MIN_MS = 3_000;
/** Errors that say nobody is there (as opposed to slow or unclear): stale at once. */
const REFUSING = new Set(["refused", "not-found", "not-a-socket", "permission", "not-haproxy", "unresolved", "tls"]);

export function ageMs(head: Pick<LoadBalancerHead, "observedAtMs">, nowMs: number): number | null {
  return head.observedAtMs === null ? null : Math.max(0, nowMs - head.observedAtMs);
}

export function linkOf(head: Pick<LoadBalancerHead, "observedAtMs" | "error" | "pollMs">, nowMs: number): Link {
  const age = ageMs(head, nowMs);
  if (age === null) return "unreachable";
  if (head.error !== null && REFUSING.has(head.error.code)) return "stale";
  if (age >= STALE_AFTER_MS) return "stale";
  return age > Math.max(3 * head.pollMs, LATE_AFTER_MIN_MS) ? "late" : "live";
}

/** Late numbers still count (and say so); stale and unreachable ones never do. */
export function countsAsLive(link: Link): boolean {
  return link === "live" || link === "late";
}

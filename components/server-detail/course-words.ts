import type { Point } from "#components/maintenance/fine-points.ts";
import { clockMinute, count } from "#lib/util/format.ts";

/** The chart in one sentence: from where to where, and the highest on the way. `isLive`: its end is now. */
export function courseWords(name: string, points: readonly Point[], words: string, isLive: boolean): string {
  const seen = points.flatMap(([atMs, sessions], at) => (sessions === null ? [] : [{ atMs, sessions, at }]));
  const [first] = seen;
  const last = seen.at(-1);
  if (first === undefined || last === undefined) return `Nothing was observed of ${name} in the last ${words}.`;
  const peak = seen.reduce((a, b) => (b.sessions > a.sessions ? b : a));
  const since = first.at > 1 ? ` Observed since ${clockMinute(first.atMs)}.` : "";
  const gap = seen.length < last.at - first.at + 1 ? " Some of it was not observed." : "";
  const end = isLive ? "now" : `at ${clockMinute(last.atMs)}`;
  return `Sessions on ${name}, last ${words}: ${count(first.sessions)} at ${clockMinute(first.atMs)}, at most ${count(peak.sessions)} at ${clockMinute(peak.atMs)}, ${count(last.sessions)} ${end}.${since}${gap}`;
}

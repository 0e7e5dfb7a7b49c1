"use client";
// The only parts of a row that change with time alone. Tiny, so that a tick costs one text node each.
import { appNow, useAppNow } from "#components/live/hooks.ts";
import { clockTime, shortSpan, span } from "#lib/util/format.ts";

const SEC_MS = 1_000;

/** The app's clock to compute an age with: the ticking value makes it re-render, the exact one is what counts. */
export function useExactNow(): number {
  return Math.max(useAppNow(), appNow());
}

/** Whole seconds since an epoch second; null stays null. Never negative: HAProxy's own resolution is a second. */
export function useSecondsSince(atSec: number | null): number | null {
  const nowMs = useExactNow();
  return atSec === null ? null : Math.max(0, Math.floor(nowMs / SEC_MS) - atSec);
}

export function Since({ atSec, isLong = false }: { atSec: number; isLong?: boolean }) {
  const seconds = useSecondsSince(atSec) ?? 0;
  return <>{isLong ? span(seconds * SEC_MS) : shortSpan(seconds * SEC_MS)}</>;
}

export function Clock() {
  const nowMs = useAppNow();
  return <time className="clock">{nowMs === 0 ? "" : clockTime(nowMs)}</time>;
}

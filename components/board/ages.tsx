"use client";
// The only parts of a row that change with time alone. Tiny, so that a tick costs one text node each.
import { useLayoutEffect, useRef } from "react";
import { appNow, useAppNow, useEachSecond } from "#components/live/hooks.ts";
import { clockTime, shortSpan, span } from "#lib/util/format.ts";

const SEC_MS = 1_000;

/** The app's clock to compute an age with: the ticking value makes it re-render, the exact one is what counts. */
export function useExactNow(): number {
  return Math.max(useAppNow(), appNow());
}

/** An age that ticks. There are two in every row, so it writes its text itself instead of rendering every second. */
export function Since({ atSec, isLong = false }: { atSec: number; isLong?: boolean }) {
  const element = useRef<HTMLSpanElement>(null);
  const paint = () => {
    if (element.current !== null) setText(element.current, ageText(atSec, isLong));
  };
  useLayoutEffect(paint);
  useEachSecond(paint);
  return <span ref={element} />;
}

/** "2 min ago". An arrival is no proof of quiet: whoever came before it may still be inside. */
export function LastArrival({ atSec }: { atSec: number | null }) {
  if (atSec === null) return "none yet";
  return (
    <>
      <Since atSec={atSec} isLong /> ago
    </>
  );
}

/** Of an epoch second, now. For what paints itself; what is rendered takes `Since`. */
export function ageText(atSec: number, isLong = false): string {
  const ageMs = Math.max(0, Math.floor(appNow() / SEC_MS) - atSec) * SEC_MS;
  return isLong ? span(ageMs) : shortSpan(ageMs);
}

/** Writes only what is new, for an unchanged text must not lay out anything. False: it stood there already. */
export function setText(element: Element, text: string): boolean {
  const { firstChild } = element;
  if (firstChild === null) element.textContent = text;
  else if (firstChild.nodeValue === text) return false;
  else firstChild.nodeValue = text;
  return true;
}

export function Clock() {
  const nowMs = useAppNow();
  return <time className="clock">{nowMs === 0 ? "" : clockTime(nowMs)}</time>;
}

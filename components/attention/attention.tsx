"use client";
// Calls a person back to a maintenance of their own: the window's title and icon count what waits, a notification says it
// once where the person asked for that, and a screen reader hears of each new phase.
import { useRouter } from "next/navigation";
import { useEffect, useRef, useState } from "react";
import { useAppNow, useLive, useMaintenances } from "#components/live/hooks.ts";
import { maintenancePath } from "#components/maintenance/job-card.tsx";
import { type OwnNeed, ownNeeds, ownPhases, titleWith } from "./needs.ts";
import { readNotify } from "./notify.ts";

const SAID_AT_MOST_EVERY_MS = 10_000;
const ICON_WAITING = "/icon-waiting.svg";
const NOTHING: readonly OwnNeed[] = [];

export function Attention() {
  const me = useLive((live) => live.me);
  const isOpen = useLive((live) => live.connection.kind === "open" && live.fleet !== null);
  const all = useMaintenances();
  const nowMs = useAppNow();
  const isKnown = isOpen && me !== null;
  const needs = isKnown ? ownNeeds(all, me, nowMs) : NOTHING;
  useWindowMark(needs.length);
  useNotifications(needs, isKnown);
  const said = useSaid(isKnown ? ownPhases(all, me, nowMs) : null, nowMs);
  return (
    <div role="status" aria-label="Your maintenances" className="sr-only">
      {said}
    </div>
  );
}

/** Next writes title and icon anew at every page: each time the count is put back. */
function useWindowMark(needs: number): void {
  useEffect(() => {
    const mark = () => {
      const title = titleWith(document.title, needs);
      if (document.title !== title) document.title = title;
      for (const link of document.querySelectorAll<HTMLLinkElement>('link[rel="icon"]')) {
        link.dataset.usual ??= link.getAttribute("href") ?? "";
        const href = needs === 0 ? link.dataset.usual : ICON_WAITING;
        if (link.getAttribute("href") !== href) link.setAttribute("href", href);
      }
    };
    mark();
    const observer = new MutationObserver(mark);
    observer.observe(document.head, { childList: true, subtree: true, characterData: true });
    return () => observer.disconnect();
  }, [needs]);
}

function useNotifications(needs: readonly OwnNeed[], isKnown: boolean): void {
  const router = useRouter();
  // null: what waited when the page was opened is no news
  const told = useRef<ReadonlySet<string> | null>(null);
  useEffect(() => {
    if (!isKnown) return;
    const before = told.current;
    told.current = new Set(needs.map(({ key }) => key));
    if (before === null || readNotify() !== "on" || document.hasFocus()) return;
    for (const { key, maintenanceId, title, text } of needs) {
      if (before.has(key)) continue;
      const notification = new Notification(title, { body: text, tag: key, icon: ICON_WAITING });
      notification.onclick = () => {
        window.focus();
        notification.close();
        router.push(maintenancePath(maintenanceId));
      };
    }
  });
}

/** What changed, at most once in ten seconds; what changes in between is said together. */
function useSaid(phases: ReadonlyMap<string, string> | null, nowMs: number): string {
  const [said, setSaid] = useState({ text: "", atMs: 0 });
  const heard = useRef<ReadonlyMap<string, string> | null>(null);
  useEffect(() => {
    if (phases === null) return;
    if (heard.current === null) heard.current = phases;
    if (nowMs - said.atMs < SAID_AT_MOST_EVERY_MS) return;
    const before = heard.current;
    const changed = [...phases].filter(([id, words]) => before.get(id) !== words).map(([, words]) => words);
    heard.current = phases;
    if (changed.length > 0) setSaid({ text: `${changed.join(". ")}.`, atMs: nowMs });
  });
  return said.text;
}

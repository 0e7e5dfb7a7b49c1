"use client";
// What moves at every poll in a host's row: it paints itself (see view-feed.ts).
import { useCallback, useContext, useLayoutEffect, useRef } from "react";
import { setText } from "#components/board/ages.tsx";
import { ViewFeedContext } from "#components/board/view-feed.ts";
import { countsAsLive } from "#lib/fleet/link.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import { count } from "#lib/util/format.ts";

/** Of all its servers, over the load balancers that answer. */
export function HostSessions({ ids, isComplete }: { ids: readonly ServerId[]; isComplete: boolean }) {
  const { servers } = useContext(ViewFeedContext);
  const element = useRef<HTMLSpanElement>(null);
  const repaint = useCallback(() => {
    if (element.current === null) return;
    const views = ids.flatMap((id) => servers.get(id) ?? []);
    const isKnown = views.some((view) => view.cells.some((cell) => countsAsLive(cell.link)));
    const sum = views.reduce((total, view) => total + view.sessions, 0);
    if (setText(element.current, isKnown ? count(sum) : "?")) element.current.classList.toggle("is-zero", sum === 0);
  }, [ids, servers]);
  useLayoutEffect(repaint);
  useLayoutEffect(() => {
    const stops = ids.map((id) => servers.watch(id, repaint));
    return () => {
      for (const stop of stops) stop();
    };
  }, [ids, servers, repaint]);
  return (
    <span className="session-count">
      <span ref={element} />
      {!isComplete && <i className="unknown-part">+?</i>}
    </span>
  );
}

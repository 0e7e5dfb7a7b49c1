"use client";

import { useLive } from "../live/hooks.ts";
import { TopBar } from "./top-bar.tsx";

/** The board's own measures without a single number: nothing is shown that was not observed, and nothing jumps later. */
export function BoardLoading() {
  const isLost = useLive(({ connection }) => connection.kind === "lost");
  return (
    <div className="flex min-h-dvh flex-col bg-canvas">
      <TopBar />
      <div
        role="status"
        aria-label="Fleet status"
        className="flex h-9 shrink-0 items-center border-b border-line bg-surface px-4 text-sm text-ink-2"
      >
        {isLost ? "The app does not answer. This page keeps trying." : "Reading the load balancers."}
      </div>
      <div className="h-11 shrink-0 border-b border-line bg-surface" />
      <div className="h-7 shrink-0 border-b border-line bg-surface" />
      <div className="flex-1 bg-surface" />
    </div>
  );
}

"use client";

import { useLive } from "../live/hooks.ts";
import { TopBar } from "./top-bar.tsx";

/** The board's own measures without a single number: nothing is shown that was not observed, and nothing jumps later. */
export function BoardLoading() {
  const isLost = useLive(({ connection }) => connection.kind === "lost");
  return (
    <div className="grid h-dvh grid-rows-[48px_36px_minmax(0,1fr)] bg-surface">
      <TopBar />
      <div
        role="status"
        aria-label="Fleet status"
        className="flex items-center border-b border-line bg-canvas px-4 text-sm text-ink-2"
      >
        {isLost ? "The app does not answer. This page keeps trying." : "Reading the load balancers."}
      </div>
      <main className="grid grid-cols-1 min-[1180px]:grid-cols-[minmax(0,1fr)_56px] min-[1440px]:grid-cols-[minmax(0,1fr)_328px]">
        <div>
          <h1 className="sr-only">Board</h1>
          <div className="h-11 border-b border-line" />
          <div className="hidden h-7 border-b border-line min-[900px]:block" />
        </div>
        <div className="hidden border-l border-line bg-canvas min-[1180px]:block">
          <div className="h-11 border-b border-line" />
        </div>
      </main>
    </div>
  );
}

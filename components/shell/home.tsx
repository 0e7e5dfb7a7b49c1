"use client";

import { Board } from "../board/board.tsx";
import { FirstRun } from "../first-run/first-run.tsx";
import { useLive } from "../live/hooks.ts";
import { BoardLoading } from "./board-loading.tsx";

/** The board, or what leads to it. */
export function Home() {
  const stage = useLive(({ fleet, scope }) => {
    if (fleet === null || scope.kind !== "fleet") return "loading";
    return fleet.loadBalancers.length === 0 ? "first-run" : "board";
  });
  switch (stage) {
    case "loading":
      return <BoardLoading />;
    case "first-run":
      return <FirstRun />;
    case "board":
      return <Board />;
  }
}

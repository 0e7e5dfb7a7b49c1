"use client";
// The course of one server without a forecast: ten minutes by seconds, or a day by minutes. The burn-down's own drawing:
// a few hundred points need no chart library, and hatch, tokens, forced colours and the table come with it.
import { useState } from "react";
import { useExactNow } from "#components/board/ages.tsx";
import { Burndown } from "#components/maintenance/burndown.tsx";
import { PointsTable } from "#components/maintenance/burndown-panel.tsx";
import type { Point } from "#components/maintenance/fine-points.ts";
import { useIsLost } from "#components/maintenance/permission.ts";
import { marksOf } from "#components/maintenance/record.ts";
import { useSeries } from "#components/maintenance/use-series.ts";
import { useWidth } from "#components/maintenance/use-width.ts";
import type { Chamber } from "#lib/fleet/chambers.ts";
import type { ServerView } from "#lib/fleet/merge.ts";
import type { MaintenanceEvent } from "#lib/maintenance/effect.ts";

import { Arrivals } from "./arrivals.tsx";
import { courseWords } from "./course-words.ts";

export const historyRanges = ["10 min", "24 h"] as const;
export type HistoryRange = (typeof historyRanges)[number];

/** The app keeps seconds for ten minutes and minutes for a day. */
const spans: Record<HistoryRange, { spanMs: number; stepMs: number; words: string }> = {
  "10 min": { spanMs: 600_000, stepMs: 5_000, words: "10 minutes" },
  "24 h": { spanMs: 86_400_000, stepMs: 300_000, words: "24 hours" },
};

interface HistoryChartProps {
  view: ServerView;
  range: HistoryRange;
  /** of its maintenance */
  events?: readonly MaintenanceEvent[];
}

const NO_EVENTS: readonly MaintenanceEvent[] = [];
/** Its levels are shares of one hour, and would not meet a line of a day. */
const NO_GLASS: readonly Chamber[] = [];

export function HistoryChart({ view, range, events = NO_EVENTS }: HistoryChartProps) {
  const nowMs = useExactNow();
  const isLost = useIsLost();
  const [box, width] = useWidth();
  const [showsTable, setShowsTable] = useState(false);
  const { spanMs, stepMs, words } = spans[range];
  const { sessions, arrivals } = useSeries(view.id, spanMs, stepMs, nowMs > 0 && !isLost);
  const fromMs = nowMs - spanMs;
  const past = sessions.filter(([atMs]) => atMs > fromMs && atMs <= nowMs);
  const points: readonly Point[] = isLost
    ? [...past, [(past.at(-1)?.[0] ?? fromMs) + 1, null]]
    : [...past, [nowMs, view.isComplete ? view.sessions : null]];
  const label = courseWords(view.id, isLost ? past : points, words, !isLost && view.isComplete);
  const peak = Math.max(1, ...past.map(([, n]) => n ?? 0), view.sessions);
  return (
    <div ref={box} className="burn-box">
      {width > 0 && nowMs > 0 && (
        <>
          <Burndown
            width={width}
            height={width < 500 ? 190 : 250}
            fromMs={fromMs}
            nowMs={nowMs}
            points={points}
            reference={peak}
            sessions={view.sessions}
            chambers={NO_GLASS}
            state={view.adminState === "split" ? "ready" : view.adminState}
            etaAtMs={null}
            deadline={null}
            floor={0}
            quiet={null}
            marks={marksOf(events, view.id, fromMs)}
            isComplete={view.isComplete && !isLost}
            isPast
            label={label}
          />
          <Arrivals width={width} fromMs={fromMs} toMs={nowMs} stepMs={stepMs} points={arrivals} />
        </>
      )}
      <p className="burn-summary">
        {label}{" "}
        <button
          type="button"
          className="link-btn"
          aria-expanded={showsTable}
          onClick={() => setShowsTable(!showsTable)}
        >
          {showsTable ? "Hide table" : "Show as table"}
        </button>
      </p>
      {showsTable && <PointsTable points={past} />}
    </div>
  );
}

"use client";
import Link from "next/link";
// The number, its facts, and the course of the sessions: the burn-down of a maintenance, or the history.
import { useState } from "react";
import { LastArrival, useExactNow } from "#components/board/ages.tsx";
import { categoryWords } from "#components/board/category-words.ts";
import { rampPercent } from "#components/board/ramp.ts";
import { Glyph } from "#components/glass/glyph.tsx";
import { SessionCount } from "#components/glass/session-count.tsx";
import { type MaintenanceOf, useMaintenances } from "#components/live/hooks.ts";
import { BurndownChart, BurndownPanel } from "#components/maintenance/burndown-panel.tsx";
import { maintenancePath } from "#components/maintenance/job-card.tsx";
import { useIsLost } from "#components/maintenance/permission.ts";
import { useRecord } from "#components/maintenance/use-record.ts";
import { endWords } from "#components/maintenance/words.ts";
import { categoryOf, isKnown } from "#lib/fleet/category.ts";
import type { ServerView } from "#lib/fleet/merge.ts";
import { causeText } from "#lib/haproxy/admin-state.ts";
import { clockMinute, count, rate, span } from "#lib/util/format.ts";
import { HistoryChart, type HistoryRange, historyRanges } from "./history-chart.tsx";

type Range = "burn-down" | HistoryRange;

export function ServerHero({ view, job }: { view: ServerView; job: MaintenanceOf | null }) {
  const [chosen, setChosen] = useState<Range | null>(null);
  const ranges: readonly Range[] = job === null ? historyRanges : ["burn-down", ...historyRanges];
  const range = chosen !== null && ranges.includes(chosen) ? chosen : (ranges[0] ?? "10 min");
  const choice = <RangeChoice ranges={ranges} range={range} onRange={setChosen} />;
  if (job !== null) return <JobHero job={job} view={view} range={range} choice={choice} />;
  return (
    <section className="hero server-hero" aria-label={`Course of ${view.id}`}>
      <PlainWords view={view} />
      <div className="hero-chart">
        {choice}
        <HistoryChart view={view} range={range === "burn-down" ? "10 min" : range} />
      </div>
    </section>
  );
}

interface JobHeroProps {
  job: MaintenanceOf;
  view: ServerView;
  range: Range;
  choice: React.ReactNode;
}

function JobHero({ job: { maintenance, server }, view, range, choice }: JobHeroProps) {
  const { events, course } = useRecord(maintenance);
  return (
    <BurndownPanel maintenance={maintenance} server={server} events={events} course={course}>
      <div className="hero-chart">
        {choice}
        {range === "burn-down" ? (
          <BurndownChart maintenance={maintenance} server={server} events={events} course={course} />
        ) : (
          <HistoryChart view={view} range={range} events={events} />
        )}
      </div>
    </BurndownPanel>
  );
}

interface RangeChoiceProps {
  ranges: readonly Range[];
  range: Range;
  onRange(range: Range): void;
}

const rangeWords: Record<Range, string> = { "burn-down": "Burn-down", "10 min": "10 minutes", "24 h": "24 hours" };

function RangeChoice({ ranges, range, onRange }: RangeChoiceProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset brings a legend and a frame
    <div className="range-choice" role="group" aria-label="Time shown">
      {ranges.map((one) => (
        <button
          key={one}
          type="button"
          className={`chip ${one === range ? "is-on" : ""}`}
          aria-pressed={one === range}
          onClick={() => onRange(one)}
        >
          {rangeWords[one]}
        </button>
      ))}
    </div>
  );
}

/** Without a maintenance: what HAProxy says now. */
function PlainWords({ view }: { view: ServerView }) {
  const isLost = useIsLost();
  const category = categoryOf(view);
  const { glyph, word } = categoryWords[category];
  const { sessions, isComplete } = view;
  const reference = view.cells.reduce((sum, { row }) => sum + row.reference, 0);
  const isGoingOut = view.adminState === "drain" || view.adminState === "maint";
  const why = causeText(view.cause);
  if (isLost) {
    return (
      <div className="hero-words">
        <div className="hero-phase">
          <Glyph name="stale" size={15} />
          Not known
        </div>
        <p className="strip-text">{`No connection to Drainboard. It was ${view.adminState} when last seen.`}</p>
      </div>
    );
  }
  const noun = sessions === 1 && isComplete ? "session" : "sessions";
  return (
    <div className="hero-words">
      <div className={`hero-phase c-${category}`}>
        <Glyph name={glyph} size={15} />
        {category === "ramp" ? `${word} ${rampPercent(view)}%` : word}
      </div>
      <div className={`hero-number c-${isGoingOut ? view.adminState : "plain"}`}>
        <SessionCount sessions={sessions} isComplete={isComplete} isUnknown={!isKnown(view)} />
      </div>
      <div className="hero-of">
        {isGoingOut && isComplete && reference >= sessions && reference > 0
          ? `${noun} left of ${count(reference)}`
          : noun}
      </div>
      <dl className="hero-facts">
        <dt>New</dt>
        <dd>
          <b>{rate(view.arrivalsPerSec)}</b> a second
        </dd>
        <dt>Last arrival</dt>
        <dd>
          <b>
            <LastArrival atSec={view.lastArrivalAt} />
          </b>
        </dd>
        {view.queue > 0 && (
          <>
            <dt>Queue</dt>
            <dd>
              <b>{count(view.queue)}</b> wait
            </dd>
          </>
        )}
        {why !== "" && (
          <>
            <dt>Cause</dt>
            <dd>{why}</dd>
          </>
        )}
      </dl>
      <LastMaintenance view={view} />
    </div>
  );
}

/** The one that closed last, for as long as the app tells of it without being asked. */
function LastMaintenance({ view }: { view: ServerView }) {
  const last = useMaintenances().findLast(
    (one) => one.closedAt !== null && one.servers.some((server) => server.server === view.id),
  );
  const nowMs = useExactNow();
  if (last?.closedAt == null) return null;
  return (
    <p className="strip-text">
      <Link href={maintenancePath(last.id)} prefetch={false}>
        Maintenance of {last.startedBy}
      </Link>
      {`: ${endWords(last)}, over at ${clockMinute(last.closedAt)}, ${span(nowMs - last.closedAt)} ago.`}
    </p>
  );
}

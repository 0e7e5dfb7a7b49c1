"use client";
// The focused server of a maintenance: its number, its facts, and the burn-down that flows into its glass.
import { type ReactNode, useMemo, useState } from "react";
import { LastArrival, useExactNow } from "#components/board/ages.tsx";
import { rampPercent } from "#components/board/ramp.ts";
import { Glyph } from "#components/glass/glyph.tsx";
import { SessionCount } from "#components/glass/session-count.tsx";
import { useServerView } from "#components/live/hooks.ts";
import { chambersOf } from "#lib/fleet/chambers.ts";
import type { MaintenanceEvent } from "#lib/maintenance/effect.ts";
import { isFinal } from "#lib/maintenance/job.ts";
import type { MaintenanceSummary, ServerSummary } from "#lib/maintenance/summary.ts";
import { clockMinute, clockTime, count, plural } from "#lib/util/format.ts";
import { useMaintenanceActions } from "./actions.tsx";
import { Burndown } from "./burndown.tsx";
import { finePoints, type Point, type RecordedCourse } from "./fine-points.ts";
import { GoingOutFacts, PhaseText } from "./job-facts.tsx";
import { useIsLost } from "./permission.ts";
import { drainStartOf, marksOf } from "./record.ts";
import { RequestButton, SetReadyButton, StopButton, serversOf } from "./request-buttons.tsx";
import { leftWords, sessionsLeft } from "./sessions-left.ts";
import { Steps } from "./steps.tsx";
import { canSetReady } from "./units.ts";
import { useSeries } from "./use-series.ts";
import { useWidth } from "./use-width.ts";
import {
  deadlineWords,
  etaWords,
  floorOf,
  heldOf,
  lostMark,
  phaseMark,
  quietWords,
  stayWords,
  stepOf,
  toneOf,
} from "./words.ts";

/** Points of the line: one a few pixels. */
const POINTS = 180;
const SEC_MS = 1_000;
/** What led to the drain, left of it. */
const BEFORE_MS = 15_000;
const MIN_SPAN_MS = 60_000;
const MAX_SPAN_MS = 24 * 3_600_000;

interface BurndownPanelProps {
  maintenance: MaintenanceSummary;
  server: ServerSummary;
  events: readonly MaintenanceEvent[];
  /** what the flight recorder counted */
  course: RecordedCourse;
  /** beside the words, in the place of the burn-down */
  children?: ReactNode;
}

export function BurndownPanel({ maintenance, server, events, course, children }: BurndownPanelProps) {
  const view = useServerView(server.server);
  const isLost = useIsLost();
  const actions = useMaintenanceActions();
  const isRamping = view?.isRamping === true;
  const mark = isLost
    ? lostMark(server)
    : phaseMark(server, isRamping && view !== undefined ? rampPercent(view) : null);
  const left = sessionsLeft(server, view);
  const isGoingOut = server.phase === "draining" || server.phase === "quiet";
  return (
    <section className="hero" aria-label={`Course of ${server.server}`}>
      <div className="hero-words">
        <div className={`hero-phase c-${mark.tone}`}>
          <Glyph name={mark.glyph} size={15} />
          {mark.word}
        </div>
        {isLost ? (
          <p className="strip-text">{mark.title}</p>
        ) : (
          <>
            {!isFinal(server.phase) && (
              <>
                <div className={`hero-number c-${mark.tone}`}>
                  <SessionCount {...left} />
                </div>
                <div className="hero-of">
                  {server.phase === "quiet"
                    ? `sessions, ${quietWords(server)}`
                    : isGoingOut
                      ? leftWords(left, server.reference)
                      : "sessions"}
                </div>
              </>
            )}
            {isGoingOut ? (
              <dl className="hero-facts">
                <GoingOutFacts maintenance={maintenance} server={server} />
                <dt>Quiet</dt>
                <dd>
                  <QuietFact server={server} />
                </dd>
                {view !== undefined && (
                  <>
                    <dt>Last arrival</dt>
                    <dd>
                      <LastArrival atSec={view.lastArrivalAt} />
                    </dd>
                  </>
                )}
              </dl>
            ) : (
              <p className="strip-text">
                <PhaseText maintenance={maintenance} server={server} />
              </p>
            )}
          </>
        )}
        {!isFinal(server.phase) && (
          <div className="strip-actions">
            {(server.phase === "returning" || canSetReady(maintenance, server)) && (
              <SetReadyButton maintenance={maintenance} server={server} className="btn-sm" />
            )}
            {isGoingOut && (
              <RequestButton
                servers={serversOf(maintenance)}
                className="btn-sm"
                onClick={() => actions.change(maintenance)}
              >
                Change deadline…
              </RequestButton>
            )}
            {maintenance.servers.length > 1 && server.phase !== "returning" && (
              <StopButton maintenance={maintenance} server={server} className="btn-sm" />
            )}
          </div>
        )}
        <Steps current={stepOf(server, isRamping)} tone={toneOf(server.phase)} />
      </div>
      {children ?? <BurndownChart maintenance={maintenance} server={server} events={events} course={course} />}
    </section>
  );
}

/** What the maintenance has proved, never the time since an arrival: with sessions inside that says nothing. */
function QuietFact({ server }: { server: ServerSummary }) {
  if (server.phase === "quiet") return <b>{`${server.quietForSec} of ${server.quietSec} s`}</b>;
  return <>{`not yet: needs ${server.quietSec} s without a session or an arrival`}</>;
}

export function BurndownChart({ maintenance, server, events, course }: Omit<BurndownPanelProps, "children">) {
  const isLost = useIsLost();
  const exactMs = useExactNow();
  const nowMs = server.phase === "queued" ? exactMs : Math.min(exactMs, maintenance.closedAt ?? exactMs);
  const view = useServerView(server.server);
  const [box, width] = useWidth();
  const [showsTable, setShowsTable] = useState(false);
  const deadlineMs = maintenance.options.deadlineMs;
  const startMs =
    drainStartOf(events, server.server) ??
    (server.deadlineAt !== null && deadlineMs !== null ? server.deadlineAt - deadlineMs : maintenance.createdAt);
  const fromMs = Math.min(startMs - BEFORE_MS, nowMs - MIN_SPAN_MS);
  const kept = usePoints(server.server, exactMs, exactMs - fromMs, isLost);
  const { closedAt } = maintenance;
  const points = useMemo(
    () => finePoints(kept, course, server.server, closedAt ?? Number.POSITIVE_INFINITY),
    [kept, course, server.server, closedAt],
  );
  if (view === undefined || nowMs === 0) return <div ref={box} className="burn-box" />;
  // when it is over the glass would show another day's sessions
  const chambers = maintenance.closedAt === null ? chambersOf(view).chambers : [];
  const deadline = deadlineWords(maintenance, server, nowMs);
  const reference = Math.max(server.reference, 1, ...points.map(([, sessions]) => sessions ?? 0));
  const isGoingOut = server.phase === "draining" || server.phase === "quiet";
  const label = summaryOf(server, startMs, deadline?.at ?? null);
  return (
    <div ref={box} className="burn-box">
      {width > 0 && (
        <Burndown
          width={width}
          height={width < 500 ? 210 : 306}
          fromMs={fromMs}
          nowMs={nowMs}
          points={[
            ...points.filter(([atMs]) => atMs <= nowMs),
            ...(isLost || server.phase === "queued" || maintenance.closedAt !== null
              ? []
              : [[nowMs, view.isComplete ? view.sessions : null] as const]),
          ]}
          reference={reference}
          sessions={view.sessions}
          chambers={chambers}
          state={view.adminState === "maint" ? "maint" : view.adminState === "ready" ? "ready" : "drain"}
          etaAtMs={server.etaAt}
          deadline={
            deadline === null || server.deadlineAt === null ? null : { atMs: server.deadlineAt, next: deadline.next }
          }
          floor={isGoingOut && !isLost ? floorOf(server) : 0}
          quiet={isGoingOut && !isLost ? server.quietForSec / server.quietSec : null}
          marks={marksOf(events, server.server, fromMs)}
          isComplete={view.isComplete && !isLost && heldOf(server) === null}
          label={label}
        />
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
      {showsTable && <PointsTable points={points} />}
    </div>
  );
}

export function PointsTable({ points }: { points: readonly (readonly [number, number | null])[] }) {
  const step = Math.max(1, Math.ceil(points.length / 24));
  return (
    <table className="burn-table">
      <thead>
        <tr>
          <th scope="col">Time</th>
          <th scope="col" className="num">
            Sessions
          </th>
        </tr>
      </thead>
      <tbody>
        {points
          .filter((_, at) => at % step === 0 || at === points.length - 1)
          .map(([atMs, sessions]) => (
            <tr key={atMs}>
              <td>{clockTime(atMs)}</td>
              <td className="num">{sessions === null ? "not observed" : count(sessions)}</td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}

/** The chart in one sentence. */
function summaryOf(server: ServerSummary, startMs: number, deadline: string | null): string {
  const name = server.server;
  if (server.phase === "queued") return `${name} has not begun.`;
  if (server.phase === "draining") {
    const eta = etaWords(server);
    const empty = server.eta === null ? "" : ` Empty: ${eta.text}${eta.strong}.`;
    return `Sessions on ${name} went from ${count(server.reference)} at ${clockMinute(startMs)} to ${knownWords(server)} now.${empty}${stayWords(server)}${deadline === null ? "" : ` Deadline ${deadline}.`}`;
  }
  if (server.phase === "quiet") return `${name} is empty, ${quietWords(server)}.`;
  return `${name}: ${phaseMark(server, null).word.toLowerCase()}, ${server.sessions === null ? "sessions not known" : plural(server.sessions, "session")}.`;
}

function knownWords({ sessions, sessionsComplete }: ServerSummary): string {
  if (sessions === null) return "an unknown number";
  return `${count(sessions)}${sessionsComplete ? "" : " known"}`;
}

/** Asked for again every few seconds; between two answers the live count is the newest point. */
function usePoints(server: string, nowMs: number, spanMs: number, isLost: boolean): readonly Point[] {
  const clamped = Math.min(MAX_SPAN_MS, Math.max(MIN_SPAN_MS, spanMs));
  return useSeries(server, clamped, stepFor(clamped), nowMs > 0 && !isLost).sessions;
}

/** The app keeps seconds for ten minutes and minutes for a day. */
function stepFor(spanMs: number): number {
  if (spanMs > 590_000) return 60_000 * Math.max(1, Math.round(spanMs / 60_000 / POINTS));
  return Math.max(1, Math.round(spanMs / SEC_MS / POINTS)) * SEC_MS;
}

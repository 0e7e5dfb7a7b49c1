"use client";
// Who is still there. Listed by HAProxy again and again while it is looked at, and not otherwise.
import { type RefObject, useRef, useState } from "react";
import { useExactNow } from "#components/board/ages.tsx";
import { Glyph } from "#components/glass/glyph.tsx";
import { useReadSessions, useSessions } from "#components/live/hooks.ts";
import { useIsLost } from "#components/maintenance/permission.ts";
import type { ServerView } from "#lib/fleet/merge.ts";
import { clockTime, count } from "#lib/util/format.ts";
import { type ListedLoadBalancer, type SessionsReport, sessionKinds } from "#lib/wire/sessions.ts";
import { useAskEnd } from "./end-sessions.tsx";
import {
  countOf,
  EVERY_SESSION,
  endLabel,
  kindWords,
  OLDEST_FIRST,
  type SessionFilter,
  shownSessions,
} from "./session-list.ts";
import { SessionTable } from "./session-table.tsx";
import { useIsLookedAt } from "./use-is-looked-at.ts";

interface SessionsPanelProps {
  view: ServerView;
  blockedWhy: string | null;
  /** what scrolls the page */
  scroller: RefObject<HTMLElement | null>;
  isPhone: boolean;
}

const AGES_SEC = [60, 600, 3_600, 86_400];
const ageWords: Record<number, string> = { 60: "1 min", 600: "10 min", 3600: "1 h", 86400: "1 day" };

export function SessionsPanel({ view, blockedWhy, scroller, isPhone }: SessionsPanelProps) {
  const section = useRef<HTMLElement>(null);
  const isLost = useIsLost();
  const isOn = useIsLookedAt(section);
  const { report, problem } = useSessions(view.id, isOn);
  const isReady = view.adminState === "ready";
  return (
    <section className="sessions" aria-label="Remaining sessions" ref={section}>
      {isLost || report === null ? (
        <>
          <div className="sessions-head">
            <h2>{isReady ? "Sessions" : "Remaining sessions"}</h2>
          </div>
          <p className="sessions-none">
            {isLost
              ? "No connection to Drainboard: who is there now is not known."
              : (problem?.detail ?? "Reading the sessions.")}
          </p>
        </>
      ) : (
        <Listed
          view={view}
          report={report}
          problem={problem?.detail ?? null}
          blockedWhy={blockedWhy}
          scroller={scroller}
          isPhone={isPhone}
        />
      )}
    </section>
  );
}

interface ListedProps extends SessionsPanelProps {
  report: SessionsReport;
  problem: string | null;
}

function Listed({ view, report, problem, blockedWhy, scroller, isPhone }: ListedProps) {
  const [filter, setFilter] = useState<SessionFilter>(EVERY_SESSION);
  const [sort, setSort] = useState(OLDEST_FIRST);
  const ask = useAskEnd();
  const shown = shownSessions(report.sessions, filter, sort);
  // All of them have their button at the top; what waits for a button here are those that do not leave by themselves.
  const isAll = filter.kind === "all" && filter.olderThanSec === null;
  const wanted: SessionFilter = isAll ? { ...filter, kind: "tunnel" } : filter;
  const target = { by: "rule", filter: wanted } as const;
  const meant = countOf(report, target);
  const kinds = sessionKinds.filter((kind) => report.counts[kind] > 0 || filter.kind === kind);
  return (
    <>
      <div className="sessions-head">
        <h2>{view.adminState === "ready" ? "Sessions" : "Remaining sessions"}</h2>
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset brings a legend and a frame */}
        <div className="chips" role="group" aria-label="Filter by kind">
          {(["all", ...kinds] as const).map((kind) => (
            <button
              key={kind}
              type="button"
              className={`chip ${filter.kind === kind ? "is-on" : ""}`}
              aria-pressed={filter.kind === kind}
              onClick={() => setFilter({ ...filter, kind })}
            >
              {kind === "all" ? "All" : kindWords[kind].chip}
              <b>{count(kind === "all" ? report.total : report.counts[kind])}</b>
            </button>
          ))}
        </div>
        <select
          className="field-input sessions-age"
          aria-label="Age of sessions"
          value={filter.olderThanSec ?? ""}
          onChange={({ target: { value } }) =>
            setFilter({ ...filter, olderThanSec: value === "" ? null : Number(value) })
          }
        >
          <option value="">Any age</option>
          {AGES_SEC.map((sec) => (
            <option key={sec} value={sec}>{`Older than ${ageWords[sec]}`}</option>
          ))}
        </select>
        <span className="grow" />
        {blockedWhy === null && meant !== 0 && (
          <button type="button" className="btn btn-sm btn-outline-danger" onClick={() => ask(target)}>
            {endLabel(wanted, meant ?? shown.length)}
          </button>
        )}
      </div>
      <Missing server={view.id} report={report} problem={problem} />
      {shown.length === 0 ? (
        <p className="sessions-none">{emptyWords(report, filter)}</p>
      ) : (
        <SessionTable
          rows={shown}
          sort={sort}
          onSort={setSort}
          onEnd={blockedWhy === null ? (row) => ask({ by: "one", row }) : null}
          scroller={scroller}
          isPhone={isPhone}
        />
      )}
      {report.total > report.sessions.length && (
        <p className="sessions-none">
          {`The ${count(report.sessions.length)} oldest of ${count(report.total)} are listed here.`}
        </p>
      )}
    </>
  );
}

function emptyWords(report: SessionsReport, filter: SessionFilter): string {
  if (report.total > 0 && report.sessions.length < report.total) return "None of those that are listed matches.";
  if (report.total > 0) return "No session matches.";
  const rest = filter === EVERY_SESSION ? " Idle keep-alive connections are not sessions: they may send again." : "";
  return report.complete ? `No session on it now.${rest}` : "No session in what could be listed.";
}

/** What is not in the list, and why: a list with a missing part says so. */
function Missing({ server, report, problem }: { server: string; report: SessionsReport; problem: string | null }) {
  const read = useReadSessions();
  const nowMs = useExactNow();
  const missing = report.loadBalancers.filter((one) => one.why !== null);
  if (missing.length === 0 && problem === null) return null;
  return (
    <ul className="sessions-missing">
      {problem !== null && (
        <li>
          <Glyph name="stale" size={13} />
          <span>{`${problem} The list is of ${clockTime(report.at)}, ${Math.max(0, Math.round((nowMs - report.at) / 1_000))} s ago.`}</span>
        </li>
      )}
      {missing.map((one) => (
        <li key={one.lb}>
          <Glyph name="stale" size={13} />
          <span>{missingWords(one)}</span>
          {one.reason === "too-busy" && (
            <button type="button" className="btn btn-sm" onClick={() => void read(server, true)}>
              {`List ${one.lb} once all the same`}
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

function missingWords({ lb, why }: ListedLoadBalancer): string {
  return why?.startsWith(lb) === true ? why : `${lb}: ${why}`;
}

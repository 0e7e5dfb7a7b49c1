"use client";
// Running maintenances, those that need a person first; then servers that are out of service without one.
import { memo, useState } from "react";
import { Glyph } from "#components/glass/glyph.tsx";
import { knownPart } from "#components/glass/known-part.tsx";
import { SessionCount } from "#components/glass/session-count.tsx";
import { useAppNow, useLostStates, useMaintenances, useServerView } from "#components/live/hooks.ts";
import { useDismissed } from "#components/maintenance/dismissed.ts";
import { FinishedToday } from "#components/maintenance/finished.tsx";
import { JobCard } from "#components/maintenance/job-card.tsx";
import { LostStates } from "#components/maintenance/lost-states.tsx";
import { RollingCard } from "#components/maintenance/rolling-card.tsx";
import { takenOver } from "#components/maintenance/taken-over.ts";
import { TakenOverList } from "#components/maintenance/taken-over-list.tsx";
import { cannotBeRead, finishedToday, inTrayOrder } from "#components/maintenance/tray-order.ts";
import { UnreadableList } from "#components/maintenance/unreadable-list.tsx";
import { isRolling } from "#components/maintenance/words.ts";
import { type Category, categoryOf, isKnown } from "#lib/fleet/category.ts";
import { countsAsLive } from "#lib/fleet/link.ts";
import type { FleetView, ServerView } from "#lib/fleet/merge.ts";
import { type AdminState, causeText } from "#lib/haproxy/admin-state.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import { isFinal } from "#lib/maintenance/job.ts";
import { count, cutMiddle, listOf, plural } from "#lib/util/format.ts";
import { LastArrival } from "./ages.tsx";
import { inputFor, useAskChange } from "./change.tsx";
import { rampPercent } from "./ramp.ts";
import { ServerGlass } from "./server-glass.tsx";

/** More would be a second board. */
const MAX_STRIPS = 24;
const NAME_CHARS = 18;
const BACKEND_CHARS = 14;
/** Never by a live number: a server changes its place only when its state changes. */
const ORDER: readonly Category[] = ["drain", "ramp", "maint"];

interface TrayProps {
  fleet: FleetView;
  /** the board shows this load balancer only; null: all */
  lb: string | null;
  blockedWhy(server: ServerView): string | null;
  /** a strip of glasses that opens on click */
  isNarrow: boolean;
}

export function Tray({ fleet, lb, blockedWhy, isNarrow }: TrayProps) {
  const [isOpen, setIsOpen] = useState(false);
  const maintenances = useMaintenances();
  const nowMs = useAppNow();
  const lost = useLostStates();
  const unreadable = cannotBeRead(maintenances);
  const taken = takenOver(maintenances, useDismissed(), nowMs);
  const open = inTrayOrder(maintenances, nowMs);
  const inJobs = new Set(
    open.flatMap((one) => one.servers.filter((server) => !isFinal(server.phase)).map((server) => server.server)),
  );
  const all = [...fleet.servers.values()].filter((server) => !inJobs.has(server.id));
  const listed = ORDER.flatMap((category) => all.filter((server) => categoryOf(server) === category));
  const outOfService = listed.filter((server) => server.adminState !== "ready").length;
  if (isNarrow && !isOpen) {
    return (
      <aside className="tray is-narrow" aria-label="Maintenance">
        <button type="button" className="tray-open" onClick={() => setIsOpen(true)} aria-expanded={false}>
          <span className="sr-only">
            {`Open maintenance: ${open.length} running, ${outOfService} out of service${taken.length === 0 ? "" : `, ${taken.length} taken over`}`}
          </span>
          <Glyph name="quiet" size={16} />
          <b aria-hidden="true">{unreadable.length + taken.length + lost.length + open.length + outOfService}</b>
          {[...inJobs].slice(0, 12).map((id) => (
            <JobGlass key={id} id={id} />
          ))}
          {listed.slice(0, 12).map((server) => (
            <span key={server.id} title={server.id} className="tray-mini">
              <ServerGlass server={server} size="strip" />
            </span>
          ))}
        </button>
      </aside>
    );
  }
  return (
    <aside className={`tray ${isNarrow ? "is-over" : ""}`} aria-label="Maintenance">
      <div className="tray-head">
        <h2>Maintenance</h2>
        <span>
          {[
            open.length > 0 ? `${count(open.length)} running` : "",
            outOfService > 0 ? `${count(outOfService)} out of service` : "",
          ]
            .filter(Boolean)
            .join(", ")}
        </span>
        <span className="grow" />
        {isNarrow && (
          <button type="button" className="icon-btn" aria-label="Close maintenance" onClick={() => setIsOpen(false)}>
            <Glyph name="close" />
          </button>
        )}
      </div>
      {open.length === 0 && listed.length === 0 && lost.length + taken.length + unreadable.length === 0 && (
        <p className="tray-empty">
          No maintenance is running.
          <br />
          Press <b>Maintain…</b> on a server to start one.
        </p>
      )}
      <UnreadableList all={unreadable} />
      <TakenOverList all={taken} />
      <LostStates />
      <ul className="tray-list">
        {open.map((one) => {
          const [only] = one.servers;
          if (only === undefined) return null;
          return isRolling(one) ? (
            <RollingCard key={one.id} maintenance={one} />
          ) : (
            <JobCard key={one.id} maintenance={one} server={only} />
          );
        })}
      </ul>
      {open.length > 0 && listed.length > 0 && <h3 className="tray-part">Without a maintenance</h3>}
      <ul className="tray-list">
        {listed.slice(0, MAX_STRIPS).map((server) => (
          <Strip key={server.id} server={server} lb={lb} blockedWhy={blockedWhy(server)} />
        ))}
      </ul>
      {listed.length > MAX_STRIPS && <p className="tray-empty">{`And ${count(listed.length - MAX_STRIPS)} more.`}</p>}
      <FinishedToday all={finishedToday(maintenances, nowMs)} />
    </aside>
  );
}

/** It may be ready, waiting for its turn or on its way back: then the board does not draw its numbers, so it reads them. */
function JobGlass({ id }: { id: ServerId }) {
  const server = useServerView(id);
  if (server === undefined) return null;
  return (
    <span title={id} className="tray-mini">
      <ServerGlass server={server} size="strip" />
    </span>
  );
}

interface StripProps {
  server: ServerView;
  lb: string | null;
  blockedWhy: string | null;
}

const Strip = memo(function Strip({ server, lb, blockedWhy }: StripProps) {
  const category = categoryOf(server);
  return (
    <li className={`strip is-${category}`}>
      <div className="strip-head">
        <b title={server.id}>{cutMiddle(server.server, NAME_CHARS)}</b>
        <span title={server.backend}>{cutMiddle(server.backend, BACKEND_CHARS)}</span>
      </div>
      <div className="strip-main">
        <div className="strip-glass">
          <ServerGlass server={server} size="tray" />
        </div>
        <div>
          {category === "drain" && <Draining server={server} />}
          {category === "maint" && <InMaint server={server} />}
          {category === "ramp" && (
            <>
              <div className="strip-word c-ready">
                <Glyph name="ramp" size={15} />
                Ramp {rampPercent(server)}%
              </div>
              <p className="strip-text">Slowstart: takes part of its share.</p>
            </>
          )}
        </div>
      </div>
      {blockedWhy === null && category !== "ramp" && (
        <div className="strip-actions">
          {category === "drain" && <SetButton server={server} lb={lb} adminState="maint" isPrimary={false} />}
          <SetButton
            server={server}
            lb={lb}
            adminState="ready"
            isPrimary={category === "maint" && server.isComplete && server.sessions === 0}
          />
        </div>
      )}
    </li>
  );
});

function Draining({ server }: { server: ServerView }) {
  const known = server.cells.filter((cell) => countsAsLive(cell.link));
  const reference = known.reduce((sum, cell) => sum + cell.row.reference, 0);
  const silent = silentOf(server);
  const where = server.isComplete ? "" : `, ${listOf(known.map((cell) => cell.lb))}`;
  return (
    <>
      <div className="strip-number c-drain">
        <SessionCount
          sessions={server.sessions}
          isComplete={server.isComplete}
          isUnknown={!isKnown(server)}
          className="big"
        />
        <small>
          {isKnown(server)
            ? `${silent.length === 0 ? "sessions left " : ""}of ${count(reference)}${where}`
            : "sessions, not known"}
        </small>
      </div>
      <dl className="strip-facts">
        {silent.length > 0 && (
          <>
            <dt>Unknown</dt>
            <dd>
              <b>{listOf(silent)}</b> {doNotAnswer(silent)}
            </dd>
          </>
        )}
        {isKnown(server) && (
          <>
            <dt>Last arrival</dt>
            <dd>
              <b>{knownPart("least", server.isComplete, <LastArrival atSec={server.lastArrivalAt} />)}</b>
            </dd>
          </>
        )}
        <CauseFact server={server} />
      </dl>
    </>
  );
}

function silentOf(server: ServerView): string[] {
  return server.cells.filter((cell) => !countsAsLive(cell.link)).map((cell) => cell.lb);
}

function doNotAnswer(silent: readonly string[]): string {
  return silent.length === 1 ? "does not answer" : "do not answer";
}

function InMaint({ server }: { server: ServerView }) {
  const why = causeText(server.cause);
  const silent = silentOf(server);
  return (
    <>
      <div className="strip-word c-maint">
        <Glyph name="maint" size={15} />
        Maint
      </div>
      <p className="strip-text">
        {silent.length > 0 && (
          <>
            <b>{listOf(silent)}</b>
            {` ${doNotAnswer(silent)}: not known there. `}
          </>
        )}
        {server.sessions > 0 && <b>{`${plural(server.sessions, "session")} still inside. `}</b>}
        {why === "" ? "" : `${why[0]?.toUpperCase()}${why.slice(1)}.`}
      </p>
    </>
  );
}

function CauseFact({ server }: { server: ServerView }) {
  if (server.cause.kind === "operator" || server.cause.kind === "none") return null;
  return (
    <>
      <dt>Cause</dt>
      <dd>{causeText(server.cause)}</dd>
    </>
  );
}

interface SetButtonProps {
  server: ServerView;
  lb: string | null;
  adminState: AdminState;
  isPrimary: boolean;
}

function SetButton({ server, lb, adminState, isPrimary }: SetButtonProps) {
  const ask = useAskChange();
  return (
    <button
      type="button"
      className={`btn btn-sm ${isPrimary ? "btn-primary" : ""}`}
      onClick={() => ask(inputFor(server.id, adminState, server.adminState, lb))}
    >
      {`Set ${adminState}`}
      <span className="sr-only"> {server.id}</span>
    </button>
  );
}

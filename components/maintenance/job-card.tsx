"use client";
// A running maintenance in the tray: the glass, the number, what it waits for, and what a person can do.
import Link from "next/link";
import { memo } from "react";
import { rampPercent } from "#components/board/ramp.ts";
import { ServerGlass } from "#components/board/server-glass.tsx";
import { Glyph } from "#components/glass/glyph.tsx";
import { SessionCount } from "#components/glass/session-count.tsx";
import { useServerView } from "#components/live/hooks.ts";
import { serverPath } from "#components/server-detail/server-path.ts";
import type { MaintenanceSummary, ServerSummary } from "#lib/maintenance/summary.ts";
import { cutMiddle } from "#lib/util/format.ts";
import { GoingOutFacts, PhaseText } from "./job-facts.tsx";
import { useIsLost } from "./permission.ts";
import { PauseButton, SetReadyButton, StopButton } from "./request-buttons.tsx";
import { leftWords, sessionsLeft } from "./sessions-left.ts";
import { Steps } from "./steps.tsx";
import { heldOf, lostMark, phaseMark, quietBarOf, quietWords, stepOf, toneOf } from "./words.ts";

const NAME_CHARS = 18;
const BACKEND_CHARS = 14;

export function maintenancePath(id: string): string {
  return `/maintenances/${encodeURIComponent(id)}`;
}

interface JobCardProps {
  maintenance: MaintenanceSummary;
  server: ServerSummary;
}

export const JobCard = memo(function JobCard({ maintenance, server }: JobCardProps) {
  const isLost = useIsLost();
  const [backend = "", name = ""] = splitOnce(server.server);
  const isHeld = heldOf(server) !== null && server.phase !== "maint";
  const tone = toneOf(server.phase);
  return (
    <li className={`strip is-${tone} ${isHeld || isLost ? "is-held" : ""}`} id={`job-${maintenance.id}`}>
      <div className="strip-head">
        <b>
          <Link href={serverPath(server.server)} prefetch={false} title={server.server} aria-label={server.server}>
            {cutMiddle(name, NAME_CHARS)}
          </Link>
        </b>
        <span title={backend}>{cutMiddle(backend, BACKEND_CHARS)}</span>
        <span className="grow" />
        <span title={maintenance.reason === "" ? undefined : maintenance.reason}>
          {cutMiddle(maintenance.startedBy, BACKEND_CHARS)}
        </span>
      </div>
      <JobBody maintenance={maintenance} server={server} isLost={isLost} />
      <div className="strip-actions">
        {server.phase === "maint" && server.yourTurnAt !== null && (
          <SetReadyButton maintenance={maintenance} server={server} className="btn-sm" />
        )}
        <Link className="btn btn-sm" href={maintenancePath(maintenance.id)} prefetch={false}>
          Details<span className="sr-only"> of {server.server}</span>
        </Link>
        {server.phase !== "returning" && (
          <StopButton maintenance={maintenance} server={server} className="btn-sm btn-quiet" />
        )}
        {maintenance.paused !== null && <PauseButton maintenance={maintenance} className="btn-sm btn-quiet" />}
      </div>
    </li>
  );
});

function JobBody({ maintenance, server, isLost }: JobCardProps & { isLost: boolean }) {
  const view = useServerView(server.server);
  const isRamping = view?.isRamping === true;
  const mark = isLost ? lostMark(server) : phaseMark(server, isRamping ? rampPercent(view) : null);
  const left = sessionsLeft(server, view);
  const showsNumber = !isLost && (server.phase === "draining" || server.phase === "quiet");
  return (
    <>
      <div className="strip-main">
        <div className="strip-glass">
          {view !== undefined && <ServerGlass server={view} size="tray" quiet={isLost ? null : quietBarOf(server)} />}
        </div>
        <div>
          {showsNumber ? (
            <>
              <div className="strip-number c-drain">
                <SessionCount {...left} className="big" />
                <small>
                  {server.phase === "quiet" && heldOf(server) === null
                    ? `sessions, ${quietWords(server)}`
                    : leftWords(left, server.reference)}
                </small>
              </div>
              {server.phase === "draining" ? (
                <dl className="strip-facts">
                  <GoingOutFacts maintenance={maintenance} server={server} />
                </dl>
              ) : (
                <p className="strip-text">
                  <PhaseText maintenance={maintenance} server={server} />
                </p>
              )}
            </>
          ) : (
            <>
              <div className={`strip-word c-${mark.tone}`}>
                <Glyph name={mark.glyph} size={15} />
                {mark.word}
              </div>
              <p className="strip-text">
                {isLost ? mark.title : <PhaseText maintenance={maintenance} server={server} />}
              </p>
            </>
          )}
        </div>
      </div>
      <Steps current={stepOf(server, isRamping)} tone={toneOf(server.phase)} />
    </>
  );
}

export function splitOnce(id: string): [string, string] {
  const slash = id.indexOf("/");
  return [id.slice(0, slash), id.slice(slash + 1)];
}

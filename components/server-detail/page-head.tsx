"use client";
import Link from "next/link";
import type { Ref } from "react";
import { spreadOf } from "#components/board/server-row.tsx";
import { StateControl } from "#components/board/state-control.tsx";
import { Glyph } from "#components/glass/glyph.tsx";
import type { MaintenanceOf } from "#components/live/hooks.ts";
import { useMaintenanceActions } from "#components/maintenance/actions.tsx";
import { maintenancePath } from "#components/maintenance/job-card.tsx";
import { useIsLost } from "#components/maintenance/permission.ts";
import { StopButton } from "#components/maintenance/request-buttons.tsx";
import { isKnown } from "#lib/fleet/category.ts";
import type { FleetView, ServerView } from "#lib/fleet/merge.ts";
import { useAskEnd } from "./end-sessions.tsx";
import { ServerMenu } from "./server-menu.tsx";
import { ALL, EVERY_SESSION, endLabel } from "./session-list.ts";
import { aboutServer } from "./words.ts";

interface PageHeadProps {
  fleet: FleetView;
  view: ServerView;
  /** the open maintenance it is in */
  job: MaintenanceOf | null;
  /** why nothing can be changed; null: it can */
  blockedWhy: string | null;
  isPhone: boolean;
  ref: Ref<HTMLElement>;
}

export function PageHead({ fleet, view, job, blockedWhy, isPhone, ref }: PageHeadProps) {
  const isLost = useIsLost();
  const cookieName = fleet.backends.find((one) => one.backend === view.backend)?.cookie ?? "";
  return (
    <section className="job-head" aria-label="This server" ref={ref}>
      <Link className="job-back" href="/" prefetch={false} aria-label="Back to the board">
        <Glyph name="back" size={16} />
      </Link>
      <div className="job-title">
        <h1 title={view.id}>
          <span>{`${view.backend} / `}</span>
          {view.server}
        </h1>
        <p title={aboutServer(view, cookieName)}>
          {aboutServer(view, cookieName)}
          {job !== null && (
            <>
              {". "}
              <Link href={maintenancePath(job.maintenance.id)} prefetch={false}>
                {`Maintenance of ${job.maintenance.startedBy}`}
              </Link>
              {job.maintenance.reason !== "" && `: ${job.maintenance.reason}`}
            </>
          )}
        </p>
      </div>
      <span className="grow" />
      <StateControl
        id={view.id}
        adminState={view.adminState}
        spread={spreadOf(view)}
        lb={null}
        blockedWhy={blockedWhy}
        isReachable
        size={isPhone ? "phone" : "page"}
      />
      <div className="job-actions">
        {job === null ? (
          <MaintainButton view={view} blockedWhy={blockedWhy} />
        ) : (
          job.server.phase !== "returning" && (
            <StopButton maintenance={job.maintenance} server={job.server} className="" />
          )
        )}
        {!isLost && isKnown(view) && view.sessions > 0 && <EndAllButton view={view} blockedWhy={blockedWhy} />}
        <ServerMenu view={view} blockedWhy={blockedWhy} />
      </div>
    </section>
  );
}

/** No button for whoever may not: why not stands at the state control. */
function MaintainButton({ view, blockedWhy }: { view: ServerView; blockedWhy: string | null }) {
  const { start } = useMaintenanceActions();
  if (blockedWhy !== null) return null;
  return (
    <button
      type="button"
      className={`btn ${view.adminState === "ready" ? "btn-primary" : ""}`}
      aria-label={`Maintain ${view.id}`}
      onClick={() => start([view.id])}
    >
      Maintain…
    </button>
  );
}

function EndAllButton({ view, blockedWhy }: { view: ServerView; blockedWhy: string | null }) {
  const ask = useAskEnd();
  if (blockedWhy !== null) return null;
  return (
    <button type="button" className="btn btn-outline-danger" onClick={() => ask(ALL)}>
      {view.isComplete ? endLabel(EVERY_SESSION, view.sessions) : "End all sessions…"}
    </button>
  );
}

"use client";
// What goes on with the server right now, in one or two words, or the button that starts a maintenance. Always one slot.
import Link from "next/link";
import { Glyph } from "#components/glass/glyph.tsx";
import type { MaintenanceOf } from "#components/live/hooks.ts";
import { useMaintenanceActions } from "#components/maintenance/actions.tsx";
import { maintenancePath } from "#components/maintenance/job-card.tsx";
import { useIsLost } from "#components/maintenance/permission.ts";
import { lostMark, phaseMark } from "#components/maintenance/words.ts";
import { Menu, MenuItem } from "#components/ui/menu.tsx";
import { isKnown } from "#lib/fleet/category.ts";
import { countsAsLive } from "#lib/fleet/link.ts";
import type { ServerView } from "#lib/fleet/merge.ts";
import { adminStates, causeText } from "#lib/haproxy/admin-state.ts";
import { listOf, shortCount } from "#lib/util/format.ts";
import { useAskChange } from "./change.tsx";
import { rampPercent } from "./ramp.ts";

interface ActionSlotProps {
  server: ServerView;
  /** the open maintenance it is in */
  job: MaintenanceOf | null;
  blockedWhy: string | null;
  isReachable: boolean;
}

export function ActionSlot({ server, job, blockedWhy, isReachable }: ActionSlotProps) {
  if (job !== null) return <JobPhase {...{ server, job, isReachable }} />;
  if (server.adminState === "ready" && server.cause.kind === "none" && !server.isRamping)
    return <MaintainButton {...{ server, blockedWhy, isReachable }} />;
  if (server.adminState === "split") return <MakeEqual {...{ server, blockedWhy, isReachable }} />;
  const why = causeText(server.cause);
  if (server.adminState === "maint") {
    if (server.sessions > 0) {
      return (
        <span className="phase c-maint" title={why}>
          <Glyph name="warn" size={12} />
          {shortCount(server.sessions)} still in
        </span>
      );
    }
    return (
      <span className="phase is-plain" title={why}>
        {shortCause(server)}
      </span>
    );
  }
  if (server.adminState === "drain") return <DrainPhase server={server} why={why} />;
  if (server.isRamping && isKnown(server)) {
    return (
      <span className="phase c-ready" title="slowstart: takes part of its share of new users">
        <Glyph name="ramp" size={12} />
        Ramp {rampPercent(server)}%
      </span>
    );
  }
  return (
    <span className="phase is-plain" title={why}>
      {shortCause(server)}
    </span>
  );
}

function DrainPhase({ server, why }: { server: ServerView; why: string }) {
  const silent = server.cells.filter((cell) => !countsAsLive(cell.link)).map((cell) => cell.lb);
  if (server.sessions > 0) {
    return (
      <span className="phase c-drain" title={why}>
        <Glyph name="drain" size={12} />
        Draining
      </span>
    );
  }
  if (silent.length > 0) {
    const title = `${listOf(silent)} ${silent.length === 1 ? "does" : "do"} not answer: not known whether it is empty there`;
    return (
      <span className="phase c-drain" title={title}>
        <Glyph name="quiet" size={12} />
        {silent.length === 1 ? `${silent[0]}?` : `${silent.length} unknown`}
      </span>
    );
  }
  return (
    <span className="phase c-drain" title={why}>
      <Glyph name="quiet" size={12} />
      Empty
    </span>
  );
}

function shortCause({ cause }: ServerView): string {
  switch (cause.kind) {
    case "none":
    case "operator":
      return "";
    case "config":
      return "In haproxy.cfg";
    case "tracked":
      return "Tracks another";
    case "dns":
      return "No address";
    case "agent":
      return "Agent check";
    case "weight-0":
      return "Weight 0";
  }
}

interface MaintainButtonProps {
  server: ServerView;
  blockedWhy: string | null;
  isReachable: boolean;
}

function MaintainButton({ server, blockedWhy, isReachable }: MaintainButtonProps) {
  const { start } = useMaintenanceActions();
  return (
    <button
      type="button"
      className="phase is-button is-start"
      aria-label={`Maintain ${server.id}`}
      aria-disabled={blockedWhy !== null || undefined}
      title={blockedWhy ?? undefined}
      tabIndex={isReachable ? 0 : -1}
      onClick={() => blockedWhy === null && start([server.id])}
    >
      Maintain
    </button>
  );
}

/** The phase of its maintenance; leads to its page. */
function JobPhase({ server, job, isReachable }: { server: ServerView; job: MaintenanceOf; isReachable: boolean }) {
  const isLost = useIsLost();
  const isRamping = server.isRamping && isKnown(server);
  const mark = isLost ? lostMark(job.server) : phaseMark(job.server, isRamping ? rampPercent(server) : null);
  return (
    <Link
      className={`phase is-button is-job c-${mark.tone}`}
      href={maintenancePath(job.maintenance.id)}
      prefetch={false}
      title={`${mark.title}\nMaintenance of ${job.maintenance.startedBy}`}
      tabIndex={isReachable ? 0 : -1}
    >
      <Glyph name={mark.glyph} size={12} />
      <span className="sr-only">{`Maintenance of ${server.id}: `}</span>
      <span className="phase-word">{mark.word}</span>
    </Link>
  );
}

function MakeEqual({ server, blockedWhy, isReachable }: MaintainButtonProps) {
  const ask = useAskChange();
  return (
    <Menu
      className="phase is-button"
      name={`Make equal… ${server.id}`}
      trigger="Make equal…"
      align="start"
      tabIndex={isReachable ? 0 : -1}
      title={blockedWhy ?? undefined}
      items={() =>
        adminStates.map((adminState) => (
          <MenuItem
            key={adminState}
            glyph={adminState}
            glyphClass={`c-${adminState}`}
            blockedWhy={blockedWhy ?? undefined}
            onSelect={() => ask({ server: server.id, adminState, expect: "split" })}
          >
            {`Set ${adminState} on ${listOf(server.cells.map((cell) => cell.lb))}`}
          </MenuItem>
        ))
      }
    />
  );
}

"use client";
// What can be done with the selected rows. It floats over the list and never pushes a row.
import { useMemo, useState } from "react";
import { Glyph, type GlyphName } from "#components/glass/glyph.tsx";
import { useLive } from "#components/live/hooks.ts";
import { useMaintenanceActions } from "#components/maintenance/actions.tsx";
import { useMaintenanceBlockedWhy } from "#components/maintenance/permission.ts";
import { countShowing, type FailedServer } from "#lib/fleet/many-words.ts";
import type { FleetView } from "#lib/fleet/merge.ts";
import { type AdminState, adminStates } from "#lib/haproxy/admin-state.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import { plural } from "#lib/util/format.ts";
import { type ManyAsk, useChangeMany } from "./change-many.tsx";
import { FailedList } from "./many-dialog.tsx";
import { selectionImpact } from "./selection.ts";

const NAMES_SHOWN = 6;
const buttonWords: Record<AdminState, string> = { ready: "Ready", drain: "Drain…", maint: "Maint…" };
const glyphs: Record<AdminState, GlyphName> = { ready: "ready", drain: "drain", maint: "maint" };

interface BulkBarProps {
  ids: readonly ServerId[];
  /** as the board shows them: of all load balancers, or of one alone */
  fleet: FleetView;
  /** the board shows this load balancer only, and only there anything is set */
  lb: string | null;
  onClear(): void;
  /** these are done */
  onDrop(ids: readonly ServerId[]): void;
}

export function BulkBar({ ids, fleet, lb, onClear, onDrop }: BulkBarProps) {
  const { start } = useMaintenanceActions();
  const { ask, running } = useChangeMany();
  const [failed, setFailed] = useState<readonly FailedServer[]>([]);
  const blockedWhy = useMaintenanceBlockedWhy(ids);
  const live = useLive((value) => value.fleet);
  const impact = useMemo(() => (live === null ? null : selectionImpact(live, ids)), [live, ids]);
  const shownFailed = failed.filter((one) => ids.includes(one.server));

  function askFor(adminState: AdminState): void {
    setFailed([]);
    ask({
      ...{ what: plural(ids.length, "server"), servers: ids, host: null, adminState, lb },
      expected: Object.fromEntries(ids.flatMap((id) => expectedOf(fleet, id))),
      onEnd: (now) => {
        setFailed(now);
        onDrop(ids.filter((id) => !now.some((one) => one.server === id)));
      },
    });
  }

  return (
    <section className="bulk" aria-label="Selection" ref={liftToasts}>
      {shownFailed.length > 0 && <FailedList failed={shownFailed} />}
      <div className="bulk-who">
        <b>{`${plural(ids.length, "server")} selected`}</b>
        <span>{namesOf(ids)}</span>
      </div>
      {running === null ? (
        <div className="bulk-impact">
          {impact?.isWarning && <Glyph name="warn" size={13} className="c-maint" />}
          <p>
            {impact?.text}
            {impact !== null && impact.others !== "" && <span className="c-ink2">{` ${impact.others}`}</span>}
          </p>
        </div>
      ) : (
        <Progress running={running} />
      )}
      <div className="bulk-actions">
        {adminStates.map((adminState) => {
          const why = blockedWhy ?? whyNot(fleet, ids, adminState, running);
          return (
            <button
              key={adminState}
              type="button"
              className="btn"
              aria-disabled={why !== null || undefined}
              title={why ?? (lb === null ? undefined : `On ${lb} only`)}
              onClick={() => why === null && askFor(adminState)}
            >
              <Glyph name={glyphs[adminState]} size={11} className={`c-${adminState}`} />
              {buttonWords[adminState]}
            </button>
          );
        })}
        <button
          type="button"
          className="btn btn-primary"
          aria-disabled={blockedWhy !== null || running !== null || undefined}
          title={blockedWhy ?? undefined}
          onClick={() => blockedWhy === null && running === null && start(ids, { onStarted: onClear })}
        >
          {ids.length === 1 ? "Maintain…" : "Rolling maintenance…"}
        </button>
        <button type="button" className="icon-btn" aria-label="Clear selection" onClick={onClear}>
          <Glyph name="close" />
        </button>
      </div>
    </section>
  );
}

/** Counts what load balancers show, not what was sent. */
function Progress({ running }: { running: ManyAsk }) {
  const { servers, adminState, lb } = running;
  const fleet = useLive((live) => live.fleet);
  const shown = fleet === null ? 0 : countShowing(fleet, servers, adminState, lb);
  return (
    <div className="bulk-impact" role="status">
      <p>{`Setting ${adminState}: ${shown} of ${servers.length}`}</p>
      <progress aria-label={`Setting ${adminState}`} max={servers.length} value={shown} />
    </div>
  );
}

function expectedOf(fleet: FleetView, id: ServerId) {
  const server = fleet.servers.get(id);
  return server === undefined ? [] : [[id, server.adminState] as const];
}

function whyNot(
  fleet: FleetView,
  ids: readonly ServerId[],
  adminState: AdminState,
  running: ManyAsk | null,
): string | null {
  if (running !== null) return `Setting ${running.what} to ${running.adminState}: one change at a time.`;
  const isDone = ids.every((id) => fleet.servers.get(id)?.adminState === adminState);
  return isDone ? `${ids.length === 1 ? "It is" : "All of them are"} in ${adminState} already.` : null;
}

/** A notification stands above the bar, however many lines it has. */
function liftToasts(bar: HTMLElement): () => void {
  const root = document.documentElement.style;
  const observer = new ResizeObserver(() => root.setProperty("--bulk-height", `${bar.offsetHeight}px`));
  observer.observe(bar);
  return () => {
    observer.disconnect();
    root.removeProperty("--bulk-height");
  };
}

/** "APP1 / SRV3, SRV4" while they share a backend. */
function namesOf(ids: readonly ServerId[]): string {
  const backends = [...new Set(ids.map((id) => id.slice(0, id.indexOf("/"))))];
  const more = ids.length > NAMES_SHOWN ? ` and ${ids.length - NAMES_SHOWN} more` : "";
  const shown = ids.slice(0, NAMES_SHOWN);
  if (backends.length > 1) return `${shown.join(", ")}${more}`;
  return `${backends[0]} / ${shown.map((id) => id.slice(id.indexOf("/") + 1)).join(", ")}${more}`;
}

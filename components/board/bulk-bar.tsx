"use client";
// What can be done with the selected rows. It floats over the list and never pushes a row.
import { useMemo } from "react";
import { Glyph } from "#components/glass/glyph.tsx";
import { useLive } from "#components/live/hooks.ts";
import { useMaintenanceActions } from "#components/maintenance/actions.tsx";
import { useMaintenanceBlockedWhy } from "#components/maintenance/permission.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import { plural } from "#lib/util/format.ts";
import { selectionImpact } from "./selection.ts";

const NAMES_SHOWN = 6;

interface BulkBarProps {
  ids: readonly ServerId[];
  onClear(): void;
}

export function BulkBar({ ids, onClear }: BulkBarProps) {
  const { start } = useMaintenanceActions();
  const blockedWhy = useMaintenanceBlockedWhy(ids);
  const fleet = useLive((live) => live.fleet);
  const impact = useMemo(() => (fleet === null ? null : selectionImpact(fleet, ids)), [fleet, ids]);
  return (
    <section className="bulk" aria-label="Selection" ref={liftToasts}>
      <div className="bulk-who">
        <b>{`${plural(ids.length, "server")} selected`}</b>
        <span>{namesOf(ids)}</span>
      </div>
      <p className="bulk-impact">
        {impact?.isWarning && <Glyph name="warn" size={13} className="c-maint" />}
        {impact?.text}
      </p>
      <div className="bulk-actions">
        <button
          type="button"
          className="btn btn-primary"
          aria-disabled={blockedWhy !== null || undefined}
          title={blockedWhy ?? undefined}
          onClick={() => blockedWhy === null && start(ids, onClear)}
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

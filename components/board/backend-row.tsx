"use client";
import { memo } from "react";
import { Glyph } from "#components/glass/glyph.tsx";
import { CapacityPips } from "#components/glass/pips.tsx";
import { SessionCount } from "#components/glass/session-count.tsx";
import { capacityWarning } from "#lib/fleet/capacity-words.ts";
import type { BackendView } from "#lib/fleet/merge.ts";
import { cutMiddle, rate, shortCount } from "#lib/util/format.ts";

const NAME_CHARS = 15;

interface BackendRowProps {
  backend: BackendView;
  rowIndex: number;
  isPhone: boolean;
}

export const BackendRow = memo(function BackendRow({ backend, rowIndex, isPhone }: BackendRowProps) {
  const warning = capacityWarning(backend);
  const meta = [backend.mode, backend.algo].filter(Boolean).join(", ");
  if (isPhone) return <PhoneBackendRow backend={backend} rowIndex={rowIndex} warning={warning} />;
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows of a virtual grid are placed, a <tr> cannot be
    // biome-ignore lint/a11y/useFocusableInteractive: a heading has nothing to act on
    <div className="row backend" role="row" aria-label={`Backend ${backend.backend}`} aria-rowindex={rowIndex}>
      <span />
      {/* biome-ignore lint/a11y/useSemanticElements: see the row */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: see the row */}
      <div role="rowheader" className="cell" title={backend.backend}>
        <h2>{cutMiddle(backend.backend, NAME_CHARS)}</h2>
      </div>
      <Cell className="capacity">
        <CapacityPips taking={backend.takingNewUsers} capacity={backend.capacity} isLow={warning !== ""} />
        <b>{`${backend.takingNewUsers} of ${backend.capacity}`}</b>
        <span className="col-take">take new users</span>
      </Cell>
      <Cell className="backend-note">
        {warning === "" ? (
          <span className="meta">{meta}</span>
        ) : (
          <span className="warning">
            <Glyph name="warn" size={13} />
            {warning}
          </span>
        )}
      </Cell>
      <Cell className="num">
        <SessionCount sessions={backend.sessions} isComplete={backend.isComplete} />
      </Cell>
      <Cell className="num">{rate(backend.arrivalsPerSec)}</Cell>
      <Cell />
      <Cell className="health-cell">
        <span className="meta">{warning === "" ? "" : meta}</span>
      </Cell>
      <Cell className="col-weight" />
      <Cell className={`num col-queue ${backend.queue > 0 ? "is-strong" : "is-muted"}`}>
        {shortCount(backend.queue)}
      </Cell>
      <Cell />
    </div>
  );
});

interface PhoneBackendRowProps {
  backend: BackendView;
  rowIndex: number;
  warning: string;
}

function PhoneBackendRow({ backend, rowIndex, warning }: PhoneBackendRowProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows of a virtual grid are placed, a <tr> cannot be
    // biome-ignore lint/a11y/useFocusableInteractive: a heading has nothing to act on
    <div className="phone-backend" role="row" aria-label={`Backend ${backend.backend}`} aria-rowindex={rowIndex}>
      {/* biome-ignore lint/a11y/useSemanticElements: see the row */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: see the row */}
      <div role="rowheader" title={backend.backend}>
        <h2>{cutMiddle(backend.backend, NAME_CHARS)}</h2>
      </div>
      <Cell>
        {warning === "" ? (
          <CapacityPips taking={backend.takingNewUsers} capacity={backend.capacity} isLow={false} />
        ) : (
          <span className="warning">
            <Glyph name="warn" size={13} />
            {warning}
          </span>
        )}
      </Cell>
      <Cell className="num">{`${backend.takingNewUsers} of ${backend.capacity}`}</Cell>
    </div>
  );
}

function Cell({ className = "", children }: { className?: string; children?: React.ReactNode }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: see the row
    // biome-ignore lint/a11y/useFocusableInteractive: see the row
    <div role="gridcell" className={`cell ${className}`}>
      {children}
    </div>
  );
}

"use client";
import { memo } from "react";
import { Glyph } from "#components/glass/glyph.tsx";
import { knownPart } from "#components/glass/known-part.tsx";
import { CapacityPips } from "#components/glass/pips.tsx";
import { NotKnown } from "#components/glass/session-count.tsx";
import { capacityWarning } from "#lib/fleet/capacity-words.ts";
import { isKnown } from "#lib/fleet/category.ts";
import type { BackendView } from "#lib/fleet/merge.ts";
import { cutMiddle } from "#lib/util/format.ts";
import { BackendQueue, BackendRate, BackendSessions } from "./painted-cells.tsx";

const NAME_CHARS = 15;

interface BackendRowProps {
  backend: BackendView;
  rowIndex: number;
  isPhone: boolean;
}

/** Its numbers are painted; the rest is the same object as long as it is the same. */
export const BackendRow = memo(function BackendRow({ backend, rowIndex, isPhone }: BackendRowProps) {
  const isUnknown = !backend.servers.some(isKnown);
  const warning = isUnknown ? "" : capacityWarning(backend);
  const meta = [backend.mode, backend.algo].filter(Boolean).join(", ");
  if (isPhone) return <PhoneBackendRow {...{ backend, rowIndex, warning, isUnknown }} />;
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
        {isUnknown ? (
          <span className="meta">not known who takes new users</span>
        ) : (
          <>
            <CapacityPips taking={backend.takingNewUsers} capacity={backend.capacity} isLow={warning !== ""} />
            <Taking backend={backend} />
            <span className="col-take">take new users</span>
          </>
        )}
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
        {isUnknown ? <NotKnown /> : <BackendSessions name={backend.backend} isComplete={backend.isComplete} />}
      </Cell>
      <Cell className="num">
        {isUnknown ? null : knownPart("sum", backend.isComplete, <BackendRate name={backend.backend} />)}
      </Cell>
      <Cell />
      <Cell className="health-cell">
        <span className="meta">{warning === "" ? "" : meta}</span>
      </Cell>
      <Cell className="col-weight" />
      <Cell className="num col-queue">
        {isUnknown ? null : knownPart("sum", backend.isComplete, <BackendQueue name={backend.backend} />)}
      </Cell>
      <Cell />
    </div>
  );
});

/** The number of the load balancers that answer; a box says when there are others. */
function Taking({ backend }: { backend: BackendView }) {
  const { takingNewUsers, capacity, isComplete } = backend;
  return (
    <b title={isComplete ? undefined : "On the load balancers that answer; the silent ones are not known"}>
      {`${takingNewUsers} of ${capacity}`}
      {!isComplete && <i className="unknown-part">+?</i>}
    </b>
  );
}

interface PhoneBackendRowProps {
  backend: BackendView;
  rowIndex: number;
  warning: string;
  isUnknown: boolean;
}

function PhoneBackendRow({ backend, rowIndex, warning, isUnknown }: PhoneBackendRowProps) {
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
        {warning === "" && !isUnknown && (
          <CapacityPips taking={backend.takingNewUsers} capacity={backend.capacity} isLow={false} />
        )}
        {warning !== "" && (
          <span className="warning">
            <Glyph name="warn" size={13} />
            {warning}
          </span>
        )}
      </Cell>
      <Cell className="num">{isUnknown ? "not known" : <Taking backend={backend} />}</Cell>
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

"use client";
// Sessions of the last five minutes, flowing into the glass. Hidden from assistive technology: the glass speaks.
import { memo, useMemo } from "react";
import { useTrace } from "#components/live/hooks.ts";
import type { ChamberState } from "#lib/fleet/chambers.ts";
import { tracePath } from "#lib/fleet/trace-path.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import { glassSizes } from "./glass.tsx";

const { height, gate, quiet } = glassSizes.row;
const TOP = gate + 1.5;
const TOTAL = TOP + height + 2.5 + quiet;
/** Drawn in its own unit and stretched to the column. */
const BOX = { width: 100, height };

interface ServerTraceProps {
  id: ServerId;
  state: Exclude<ChamberState, "stale">;
  /** sessions that fill all tubes */
  reference: number;
}

export const ServerTrace = memo(function ServerTrace({ id, state, reference }: ServerTraceProps) {
  const trace = useTrace(id);
  const path = useMemo(() => (trace === null ? null : tracePath(trace.sessions, reference, BOX)), [trace, reference]);
  return (
    <span className={`trace trace-${state}`} aria-hidden="true">
      <svg height={TOTAL} viewBox={`0 ${-TOP} ${BOX.width} ${TOTAL}`} preserveAspectRatio="none" aria-hidden="true">
        {path !== null && (
          <>
            <path className="trace-area" d={path.area} />
            <path className="trace-line" d={path.line} />
            <path className="trace-base" d={path.base} />
          </>
        )}
      </svg>
      {path !== null && path.missingFrom !== null && (
        <i className="trace-gap" style={{ left: `${path.missingFrom}%`, top: TOP, height }} />
      )}
    </span>
  );
});

"use client";
// Sessions of the last five minutes, flowing into the glass. Hidden from assistive technology: the glass speaks.
// Sixty of them move in the same moment, so they write their shape into the document themselves.
import { memo, useEffect, useRef } from "react";
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
  /** sessions that fill all tubes, now */
  reference: () => number;
}

export const ServerTrace = memo(function ServerTrace({ id, state, reference }: ServerTraceProps) {
  const area = useRef<SVGPathElement>(null);
  const line = useRef<SVGPathElement>(null);
  const base = useRef<SVGPathElement>(null);
  const gap = useRef<HTMLElement>(null);
  const paint = () => {
    const trace = traceNow();
    if (trace === null) return;
    const path = tracePath(trace.sessions, reference(), BOX);
    area.current?.setAttribute("d", path.area);
    line.current?.setAttribute("d", path.line);
    base.current?.setAttribute("d", path.base);
    if (gap.current === null) return;
    gap.current.hidden = path.missingFrom === null;
    gap.current.style.left = `${path.missingFrom ?? 0}%`;
  };
  const traceNow = useTrace(id, paint);
  useEffect(paint);
  return (
    <span className={`trace trace-${state}`} aria-hidden="true">
      <svg height={TOTAL} viewBox={`0 ${-TOP} ${BOX.width} ${TOTAL}`} preserveAspectRatio="none" aria-hidden="true">
        <path ref={area} className="trace-area" />
        <path ref={line} className="trace-line" />
        <path ref={base} className="trace-base" />
      </svg>
      <i ref={gap} className="trace-gap" style={{ top: TOP, height }} hidden />
    </span>
  );
});

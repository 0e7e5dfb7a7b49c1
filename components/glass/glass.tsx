"use client";
// The glass: a tube per load balancer. Gate (top) = who may come in, level = who is still here, quiet bar (below) = how
// long nobody came. Gate shut, tubes empty, bar full: safe to take out.
import { memo, type Ref, useState } from "react";
import { type Chamber, type ChamberState, drainScale, gatesOf } from "#lib/fleet/chambers.ts";
import "./glass.css";

export interface GlassSize {
  tube: number;
  height: number;
  gap: number;
  gate: number;
  quiet: number;
  line: number;
}

export const glassSizes = {
  row: { tube: 8, height: 23, gap: 2, gate: 3, quiet: 3, line: 1 },
  phone: { tube: 10, height: 34, gap: 2, gate: 4, quiet: 4, line: 1 },
  strip: { tube: 9, height: 34, gap: 1.5, gate: 4, quiet: 4, line: 1 },
  tray: { tube: 14, height: 52, gap: 3, gate: 4, quiet: 5, line: 1.25 },
  legend: { tube: 26, height: 150, gap: 5, gate: 8, quiet: 10, line: 1.75 },
} as const satisfies Record<string, GlassSize>;

/** Between gate and tube, and between tube and quiet bar. */
const GATE_GAP = 1.5;
const QUIET_GAP = 2.5;
/** Levels move in steps of this: less is not seen, and would redraw a tube at every poll. */
const STEP_PX = 0.5;
/** Anything above zero must be seen. */
const MIN_LEVEL_PX = 2;
/** One load balancer: one tube, as wide as two. */
const SINGLE_TUBE_PX = 16;

interface GlassProps {
  chambers: readonly Chamber[];
  size: keyof typeof glassSizes;
  /** 0 to 1; null: no bar */
  quiet: number | null;
  /** keeps the room of the bar so that glasses in a column stand on one line */
  hasQuietSlot?: boolean;
  label: string;
}

export const Glass = memo(function Glass({ label, ...shape }: GlassProps) {
  return <GlassShape {...shape} label={label} levels={shape.chambers.map((chamber) => chamber.level)} />;
});

interface GlassShapeProps extends Omit<GlassProps, "chambers" | "label"> {
  chambers: readonly Omit<Chamber, "level" | "sessions">[];
  /** 0 to 1 each; null: paintGlass writes them, and the label */
  levels: readonly number[] | null;
  label?: string;
  ref?: Ref<SVGSVGElement>;
}

/** The glass without what moves at every poll, unless it is given. */
export function GlassShape({ chambers, levels, size, quiet, hasQuietSlot = true, label, ref }: GlassShapeProps) {
  const { height, gap, gate, quiet: quietHeight, line, tube: tubeWidth } = glassSizes[size];
  const tube = chambers.length === 1 ? Math.max(SINGLE_TUBE_PX, tubeWidth) : tubeWidth;
  const top = gate + GATE_GAP;
  const width = Math.max(0, chambers.length * (tube + gap) - gap);
  const total = top + height + (hasQuietSlot ? QUIET_GAP + quietHeight : 0);
  const quietTop = top + height + QUIET_GAP;
  return (
    <svg
      ref={ref}
      className="glass"
      width={width}
      height={total}
      viewBox={`0 0 ${width} ${total}`}
      role="img"
      aria-label={label}
    >
      {chambers.map((chamber, at) => (
        <Tube
          key={chamber.lb}
          state={chamber.state}
          filled={levels === null ? null : filledPx(levels[at] ?? 0, height)}
          target={chamber.target}
          x={at * (tube + gap)}
          {...{ top, tube, height, line }}
        />
      ))}
      <Gates chambers={chambers} tube={tube} gap={gap} height={gate} />
      {quiet !== null && (
        <>
          <rect className="glass-back" x={0} y={quietTop} width={width} height={quietHeight} />
          <rect className="fill-drain" x={0} y={quietTop} width={width * quiet} height={quietHeight} />
          <rect className="glass-frame" x={0.5} y={quietTop + 0.5} width={width - 1} height={quietHeight - 1} />
        </>
      )}
    </svg>
  );
}

/** Pixels that were painted into a level; what is unchanged is not written again. */
const paintedPx = new WeakMap<SVGElement, number>();

/** Writes levels and label into a GlassShape that was rendered without them. */
export function paintGlass(
  glass: SVGSVGElement,
  size: keyof typeof glassSizes,
  levels: readonly number[],
  label: string,
): void {
  const { height } = glassSizes[size];
  if (glass.getAttribute("aria-label") !== label) glass.setAttribute("aria-label", label);
  let at = 0;
  for (const tube of glass.children) {
    if (!tube.classList.contains("tube")) break;
    const filled = filledPx(levels[at++] ?? 0, height);
    // A stale tube has none, and a new one when its load balancer is back: full until it is painted.
    const [fill] = tube.getElementsByClassName("tube-fill");
    if (!(fill instanceof SVGElement) || paintedPx.get(fill) === filled) continue;
    paintedPx.set(fill, filled);
    fill.style.transform = fillTransform(filled, height);
  }
}

/** The full tube, sunk so far that only the level is left. */
function fillTransform(filled: number, height: number): string {
  return `translateY(${height - filled}px)`;
}

function filledPx(level: number, height: number): number {
  if (level <= 0) return 0;
  return Math.max(MIN_LEVEL_PX, Math.round((drainScale(level) * height) / STEP_PX) * STEP_PX);
}

interface TubeProps {
  state: ChamberState;
  /** null: painted */
  filled: number | null;
  target: number | null;
  x: number;
  top: number;
  tube: number;
  height: number;
  line: number;
}

const Tube = memo(function Tube({ state, filled, target, x, top, tube, height, line }: TubeProps) {
  const cross = tube * 0.72;
  return (
    <g className={`tube tube-${state}`}>
      <rect className="glass-back" x={x} y={top} width={tube} height={height} />
      {state === "stale" && <rect x={x} y={top} width={tube} height={height} fill="url(#hatch)" />}
      {state !== "stale" && (
        <svg x={x} y={top} width={tube} height={height} aria-hidden="true">
          <g className="tube-fill" style={filled === null ? undefined : { transform: fillTransform(filled, height) }}>
            <rect className="tube-level" width={tube} height={height} />
            <rect className="tube-surface" width={tube} height={Math.max(1.5, line * 1.4)} />
          </g>
        </svg>
      )}
      {state === "down" && (
        <path
          className="tube-cross"
          strokeWidth={Math.max(1.8, tube * 0.17)}
          d={`M${x + tube * 0.14} ${top + height / 2 - tube * 0.36}l${cross} ${cross}m0 ${-cross}l${-cross} ${cross}`}
        />
      )}
      {target !== null && (
        <path
          className="tube-target"
          strokeWidth={Math.max(1.2, line)}
          strokeDasharray={`${tube / 5} ${tube / 7}`}
          d={`M${x} ${top + height - drainScale(target) * height}h${tube}`}
        />
      )}
      <path
        className="tube-wall"
        strokeWidth={line}
        strokeDasharray={state === "stale" ? `${line * 2.2} ${line * 1.8}` : undefined}
        d={`M${x + line / 2} ${top}V${top + height - line / 2}H${x + tube - line / 2}V${top}`}
      />
    </g>
  );
});

interface GatesProps {
  chambers: readonly { state: ChamberState }[];
  tube: number;
  gap: number;
  height: number;
}

function Gates({ chambers, tube, gap, height }: GatesProps) {
  const key = chambers.map((chamber) => chamber.state).join(" ");
  // Only a gate that changed while it was on screen moves; a row that scrolls in shows its gate at once.
  const [mountedAs] = useState(key);
  return (
    <g key={key} className={key === mountedAs ? undefined : "gates-move"}>
      {gatesOf(chambers).map(({ from, to, state }) => {
        const x = from * (tube + gap);
        const width = (to - from) * (tube + gap) + tube;
        if (state === "maint") return <rect key={from} className="fill-maint" x={x} width={width} height={height} />;
        if (state !== "drain") return null;
        const leaf = width * 0.34;
        return (
          <g key={from} className="fill-drain">
            <rect x={x} width={leaf} height={height} />
            <rect x={x + width - leaf} width={leaf} height={height} />
          </g>
        );
      })}
    </g>
  );
}

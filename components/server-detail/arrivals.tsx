import type { Point } from "#components/maintenance/fine-points.ts";
import { rate } from "#lib/util/format.ts";

const HEIGHT = 52;
const TOP = 18;
/** As in the burn-down, so that both have one time axis. */
const PAD = { left: 38, right: 12 };

interface ArrivalsProps {
  width: number;
  fromMs: number;
  toMs: number;
  stepMs: number;
  /** new sessions a second; null: not observed */
  points: readonly Point[];
}

/** New sessions a second, a bar a step: who still comes. */
export function Arrivals({ width, fromMs, toMs, stepMs, points }: ArrivalsProps) {
  const shown = points.filter(([atMs]) => atMs >= fromMs && atMs <= toMs);
  const most = Math.max(0, ...shown.map(([, perSec]) => perSec ?? 0));
  const plot = width - PAD.left - PAD.right;
  const barPx = Math.max(1, (stepMs / (toMs - fromMs)) * plot - 0.5);
  const bars = shown.map(([atMs, perSec]) => {
    const px = most === 0 || perSec === null ? 0 : Math.max(perSec > 0 ? 1.5 : 0, (perSec / most) * (HEIGHT - TOP));
    const x = PAD.left + ((atMs - fromMs) / (toMs - fromMs)) * plot;
    return px === 0 ? "" : `M${x.toFixed(1)} ${HEIGHT}v${-px.toFixed(1)}h${barPx.toFixed(1)}V${HEIGHT}z`;
  });
  return (
    <svg
      className="arrivals"
      viewBox={`0 0 ${width} ${HEIGHT}`}
      width={width}
      height={HEIGHT}
      role="img"
      aria-label={`New sessions a second: at most ${rate(most)}.`}
    >
      <text className="burn-title" x={PAD.left} y={11}>
        {most === 0 ? "New sessions a second: none" : `New sessions a second, at most ${rate(most)}`}
      </text>
      <path className="arrival-bars" d={bars.join("")} />
      <path className="burn-zero" d={`M${PAD.left} ${HEIGHT - 0.7}H${width - PAD.right}`} />
    </svg>
  );
}

"use client";
// The burn-down: what was, the glass as it is now, and where it goes. Own SVG, redrawn at most once a poll.
import { type Chamber, drainScale, gatesOf } from "#lib/fleet/chambers.ts";
import { clockMinute, count, plural } from "#lib/util/format.ts";
import {
  axesOf,
  type BurndownBox,
  distinctLabels,
  gridLines,
  historyPaths,
  pastTicks,
  placeMarks,
} from "./burndown-path.ts";

const TUBE = { width: 15, gap: 3, gate: 5, quiet: 6 };
const PAD = { left: 38, right: 12, top: 30, bottom: 36 };
/** Without a deadline or an ETA the future has this share of the past, and at least so long. */
const MIN_FUTURE_MS = 120_000;
const LABEL_GAP_PX = 44;
/** Room it needs; a line above `below` has its words under the deadline's. */
const FLOOR_LABEL = { width: 140, below: PAD.top + 46 };

export interface BurndownMark {
  readonly atMs: number;
  readonly text: string;
}

export interface BurndownProps {
  width: number;
  height: number;
  fromMs: number;
  nowMs: number;
  points: readonly (readonly [number, number | null])[];
  /** sessions that fill all tubes */
  reference: number;
  sessions: number;
  chambers: readonly Chamber[];
  state: "drain" | "maint" | "ready";
  etaAtMs: number | null;
  deadline: { readonly atMs: number; readonly next: string } | null;
  /** sessions that will not leave by themselves */
  floor: number;
  /** 0 to 1; null: no bar */
  quiet: number | null;
  marks: readonly BurndownMark[];
  /** false: some load balancer is silent, so there is no forecast */
  isComplete: boolean;
  /** nothing is forecast: now is the right edge */
  isPast?: boolean;
  label: string;
}

export function Burndown(props: BurndownProps) {
  const { width, height, fromMs, nowMs, points, reference, sessions, chambers, state } = props;
  const isPast = props.isPast ?? false;
  const tubes = chambers.length * (TUBE.width + TUBE.gap) - TUBE.gap;
  const glass = isPast ? Math.max(0, tubes) : Math.max(TUBE.width, tubes);
  const box: BurndownBox = { width, height, ...PAD, glass };
  const past = props.deadline !== null && props.deadline.atMs <= nowMs;
  const ends = [props.etaAtMs ?? 0, past ? 0 : (props.deadline?.atMs ?? 0), nowMs + MIN_FUTURE_MS];
  const toMs = isPast ? nowMs : Math.max(...ends) + Math.max(30_000, (Math.max(...ends) - nowMs) * 0.08);
  const times = { fromMs, nowMs, toMs };
  const axes = axesOf(box, times, reference);
  const paths = historyPaths(points, axes);
  const { glassX, zeroY, heightPx } = axes;
  const futureX = glassX + glass + 2;
  const floorY = axes.y(Math.min(props.floor, sessions));
  const floorEndX = past || props.deadline === null ? width - PAD.right : axes.x(props.deadline.atMs);
  const wallX = props.deadline === null ? width - PAD.right : axes.x(props.deadline.atMs);
  const showsForecast = props.etaAtMs !== null && props.isComplete && sessions > 0;
  const labels = distinctLabels(
    [
      { x: glassX + glass / 2, text: clockMinute(nowMs), isNow: true },
      ...(props.deadline === null ? [] : [{ x: wallX, text: clockMinute(props.deadline.atMs), isNow: false }]),
      ...(showsForecast
        ? [{ x: axes.x(props.etaAtMs ?? 0), text: clockMinute(props.etaAtMs ?? 0), isNow: false }]
        : []),
      ...pastTicks(times, axes, LABEL_GAP_PX).map((atMs) => ({
        x: axes.x(atMs),
        text: clockMinute(atMs),
        isNow: false,
      })),
    ],
    LABEL_GAP_PX,
  );
  return (
    <svg
      className={`burndown is-${state}`}
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      role="img"
      aria-label={props.label}
    >
      <text className="burn-title" x={PAD.left} y={PAD.top - 14}>
        Sessions, square root scale
      </text>
      {gridLines(reference, heightPx).map((n) => {
        const y = axes.y(n);
        return (
          <g key={n}>
            <path className={n === 0 ? "burn-zero" : "burn-grid"} d={`M${PAD.left} ${y}H${width - PAD.right}`} />
            <text className="burn-label is-end" x={PAD.left - 7} y={y + 4}>
              {count(n)}
            </text>
          </g>
        );
      })}
      {labels.map((label) => (
        <text
          key={`${label.text} ${Math.round(label.x)}`}
          className={label.isNow ? "burn-label is-now" : "burn-label is-middle"}
          x={label.x}
          y={zeroY + (label.isNow ? 28 : 18)}
        >
          {label.text}
        </text>
      ))}
      <path className="burn-area" d={paths.area} />
      <path className="burn-line" d={paths.line} />
      {paths.missingFromMs !== null && (
        <rect
          fill="url(#hatch)"
          opacity={0.7}
          x={axes.x(paths.missingFromMs)}
          y={PAD.top}
          width={Math.max(0, glassX - 2 - axes.x(paths.missingFromMs))}
          height={heightPx}
        />
      )}
      {props.floor > 0 && floorEndX > futureX && (
        <>
          <rect
            fill="url(#hatch)"
            opacity={0.8}
            x={futureX}
            y={floorY}
            width={floorEndX - futureX}
            height={zeroY - floorY}
          />
          <path className="burn-floor" d={`M${futureX} ${floorY}H${floorEndX}`} />
          {floorEndX - futureX > FLOOR_LABEL.width && (
            <text
              className="burn-strong burn-on-hatch is-end"
              x={floorEndX - 8}
              y={floorY < FLOOR_LABEL.below ? Math.max(FLOOR_LABEL.below, floorY + 20) : floorY - 7}
            >
              {`${plural(props.floor, "tunnel")} may stay`}
            </text>
          )}
        </>
      )}
      {showsForecast && (
        <Forecast
          x={axes.x(props.etaAtMs ?? 0)}
          fromX={futureX}
          fromY={axes.y(sessions)}
          toY={props.floor > 0 ? floorY : zeroY}
          limitX={width - PAD.right}
        />
      )}
      {props.deadline !== null && (
        <DeadlineWall x={wallX} {...props.deadline} isPast={past} glassX={glassX} glassEnd={futureX} zeroY={zeroY} />
      )}
      {placeMarks(props.marks, axes, PAD.left).map(({ x, text, isLeft }, at) => {
        const y = PAD.top + heightPx * 0.42 + (at % 3) * 16;
        return (
          <g key={`${x} ${text}`}>
            <path className="burn-mark" d={`M${x} ${y - 4}V${zeroY}`} />
            <text className={`burn-event ${isLeft ? "is-end" : ""}`} x={isLeft ? x - 5 : x + 5} y={y + 7}>
              {text}
            </text>
          </g>
        );
      })}
      {glass > 0 && <rect className="burn-clear" x={glassX - 3} y={PAD.top} width={glass + 6} height={heightPx} />}
      {chambers.map((chamber, at) => (
        <BurnTube key={chamber.lb} chamber={chamber} x={glassX + at * (TUBE.width + TUBE.gap)} height={heightPx} />
      ))}
      {gatesOf(chambers).map(({ from, to, state: gate }) => {
        const x = glassX + from * (TUBE.width + TUBE.gap);
        const w = (to - from) * (TUBE.width + TUBE.gap) + TUBE.width;
        const y = PAD.top - TUBE.gate - 2;
        if (gate === "maint")
          return <rect key={from} className="fill-maint" x={x} y={y} width={w} height={TUBE.gate} />;
        if (gate !== "drain") return null;
        return (
          <path
            key={from}
            className="fill-drain"
            d={`M${x} ${y}h${w * 0.34}v${TUBE.gate}h${-w * 0.34}zM${x + w * 0.66} ${y}h${w * 0.34}v${TUBE.gate}h${-w * 0.34}z`}
          />
        );
      })}
      {props.quiet !== null && (
        <>
          <rect className="glass-back" x={glassX} y={zeroY + 3} width={glass} height={TUBE.quiet} />
          <rect
            className="fill-drain"
            x={glassX}
            y={zeroY + 3}
            width={glass * Math.min(1, props.quiet)}
            height={TUBE.quiet}
          />
          <rect className="glass-frame" x={glassX + 0.5} y={zeroY + 3.5} width={glass - 1} height={TUBE.quiet - 1} />
        </>
      )}
    </svg>
  );
}

function BurnTube({ chamber, x, height }: { chamber: Chamber; x: number; height: number }) {
  const filled = chamber.level > 0 ? Math.max(3, drainScale(chamber.level) * height) : 0;
  return (
    <g className={`tube tube-${chamber.state}`}>
      <rect className="glass-back" x={x} y={PAD.top} width={TUBE.width} height={height} />
      {chamber.state === "stale" ? (
        <rect fill="url(#hatch)" x={x} y={PAD.top} width={TUBE.width} height={height} />
      ) : (
        <rect className="burn-level" x={x} y={PAD.top + height - filled} width={TUBE.width} height={filled} />
      )}
      <path
        className="tube-wall"
        strokeWidth={1.6}
        strokeDasharray={chamber.state === "stale" ? "6 5" : undefined}
        d={`M${x} ${PAD.top}V${PAD.top + height}h${TUBE.width}V${PAD.top}`}
      />
    </g>
  );
}

interface ForecastProps {
  x: number;
  fromX: number;
  fromY: number;
  toY: number;
  limitX: number;
}

function Forecast({ x, fromX, fromY, toY, limitX }: ForecastProps) {
  const spread = Math.max(6, (x - fromX) * 0.2);
  return (
    <>
      <path
        className="burn-cone"
        d={`M${fromX} ${fromY}L${Math.max(fromX, x - spread)} ${toY}H${Math.min(limitX, x + spread * 1.4)}z`}
      />
      <path className="burn-forecast" d={`M${fromX} ${fromY}L${x} ${toY}`} />
      <circle className="burn-end" cx={x} cy={toY} r={4.4} />
    </>
  );
}

interface DeadlineWallProps {
  x: number;
  atMs: number;
  next: string;
  isPast: boolean;
  glassX: number;
  glassEnd: number;
  zeroY: number;
}

/** In the future a wall of ink; in the past, red and left of now. */
function DeadlineWall({ x, atMs, next, isPast, glassX, glassEnd, zeroY }: DeadlineWallProps) {
  const hasRoom = isPast ? x > PAD.left + 96 : x - glassEnd > 110;
  const labelX = isPast ? (hasRoom ? x - 6 : x + 6) : hasRoom ? x - 9 : glassX - 8;
  const anchor = isPast && !hasRoom ? "" : "is-end";
  const ground = isPast ? "" : "burn-on-hatch";
  return (
    <>
      <path className={`burn-wall ${isPast ? "is-past" : ""}`} d={`M${x} ${PAD.top - 5}V${zeroY}`} />
      <text className={`burn-strong ${ground} ${anchor} ${isPast ? "is-past" : ""}`} x={labelX} y={PAD.top + 11}>
        {`Deadline ${clockMinute(atMs)}`}
      </text>
      <text className={`burn-event ${ground} ${anchor}`} x={labelX} y={PAD.top + 25}>
        {next}
      </text>
    </>
  );
}

"use client";
// What the servers that stay will carry. Solid: now; light: what they take over; dashes: at the day's peak.
import { Glyph } from "#components/glass/glyph.tsx";
import { CapacityPips } from "#components/glass/pips.tsx";
import type { BackendImpact } from "#lib/maintenance/impact.ts";
import { count, cutMiddle } from "#lib/util/format.ts";
import {
  barsOf,
  type ImpactColumn,
  type ImpactPicture,
  impactFacts,
  impactTitle,
  isBelowMinimum,
  MAX_COLUMNS,
} from "./impact.ts";

const TUBE = { width: 46, height: 112, top: 16, left: 8 };
const WIDTH = 396;
const FOOT = 40;
/** Names under neighbouring tubes do not touch. */
const NAME_CHARS = 11;
const NARROW_NAME_CHARS = 7;

interface ImpactViewProps {
  impact: BackendImpact;
  picture: ImpactPicture;
  /** says of which load balancer the numbers are, when there are several */
  showsLb: boolean;
  showsName: boolean;
}

export function ImpactView({ impact, picture, showsLb, showsName }: ImpactViewProps) {
  const isLow = isBelowMinimum(impact);
  const shown = picture.columns.slice(0, MAX_COLUMNS);
  return (
    <section className="impact" aria-label={`Impact on ${impact.backend}`}>
      <Manifold columns={shown} full={picture.full} label={sentence(impact)} />
      <div>
        <h3 className={isLow ? "c-down" : ""}>
          {isLow ? (
            <Glyph name="warn" size={16} />
          ) : (
            <CapacityPips taking={impact.takingThen} capacity={impact.capacity} isLow={false} />
          )}
          {`${showsName ? `${impact.backend}: ` : ""}${impactTitle(impact)}`}
        </h3>
        <dl className="impact-facts">
          {impactFacts(impact).map((fact) => (
            <div key={fact.label} className={fact.isBad ? "c-down" : ""}>
              <dt>{fact.label}</dt>
              <dd>{fact.value}</dd>
            </div>
          ))}
        </dl>
        {showsLb && (
          <p className="impact-note">{`As ${impact.worstLb} sees it, where fewest are left. Each load balancer sends its own users.`}</p>
        )}
        {picture.columns.length > shown.length && (
          <p className="impact-note">{`And ${count(picture.columns.length - shown.length)} more servers.`}</p>
        )}
        <div className="impact-legend" aria-hidden="true">
          <span>
            <i className="is-now" />
            now
          </span>
          <span>
            <i className="is-then" />
            takes over
          </span>
          {picture.hasPeak && (
            <span>
              <i className="is-peak" />
              day's peak
            </span>
          )}
          <span>
            <i className="is-tube" />
            {scaleWords(picture)}
          </span>
        </div>
      </div>
    </section>
  );
}

function scaleWords({ maxconn, columns }: ImpactPicture): string {
  if (maxconn !== null) return `maxconn ${count(maxconn)}`;
  return columns.some((column) => column.maxconn !== null) ? "each one's maxconn" : "linear, no maxconn";
}

function sentence(impact: BackendImpact): string {
  const rows = impact.staying.map((row) => `${row.server} from ${row.sessionsNow} to ${row.sessionsThen}`);
  return `Sessions, linear against maxconn: ${rows.length === 0 ? "no server stays" : rows.join(", ")}.`;
}

function Manifold({ columns, full, label }: { columns: readonly ImpactColumn[]; full: number; label: string }) {
  const step = columns.length > 4 ? (WIDTH - TUBE.left) / columns.length : TUBE.width + 48;
  const width = Math.min(TUBE.width, step - 10);
  const chars = step < 70 ? NARROW_NAME_CHARS : NAME_CHARS;
  const floor = TUBE.top + TUBE.height;
  return (
    <svg className="manifold" viewBox={`0 0 ${WIDTH} ${floor + FOOT}`} role="img" aria-label={label}>
      {columns.map((column, at) => {
        const left = TUBE.left + at * step + (columns.length > 4 ? (step - width) / 2 - TUBE.left / 2 : 8);
        return (
          <g key={column.name} transform={`translate(${Math.round(left)} 0)`}>
            <rect className="glass-back" y={TUBE.top} width={width} height={TUBE.height} />
            <Level column={column} full={full} width={width} />
            <path
              className={column.kind === "down" ? "manifold-wall is-down" : "manifold-wall"}
              d={`M0 ${TUBE.top}V${floor}h${width}V${TUBE.top}`}
            />
            <text className="manifold-name" x={width / 2} y={floor + 17}>
              <title>{column.name}</title>
              {cutMiddle(column.name, chars)}
            </text>
            <text className={`manifold-caption is-${column.kind}`} x={width / 2} y={floor + 33}>
              {column.caption}
            </text>
          </g>
        );
      })}
    </svg>
  );
}

function Level({ column, full, width }: { column: ImpactColumn; full: number; width: number }) {
  const floor = TUBE.top + TUBE.height;
  const { now, later, peak, isOverPeak } = barsOf(column, column.maxconn ?? full, TUBE.height);
  const middle = width / 2;
  switch (column.kind) {
    case "out": {
      const tip = floor - 10;
      const from = Math.min(floor - now - 2, tip - 14);
      return (
        <>
          <rect className="manifold-leaves" y={floor - now} width={width} height={now} />
          <path className="manifold-leaves-line" d={`M0 ${floor - now}h${width}`} />
          <path className="manifold-arrow" d={`M${middle} ${from}V${tip}m-6 -7l6 7 6 -7`} />
          <path
            className="fill-drain"
            d={`M0 ${TUBE.top - 9}h${width * 0.34}v5H0zM${width * 0.66} ${TUBE.top - 9}H${width}v5H${width * 0.66}z`}
          />
        </>
      );
    }
    case "down":
      return (
        <path className="manifold-cross" d={`M${middle - 11} ${TUBE.top + TUBE.height / 2 - 11}l22 22m0 -22l-22 22`} />
      );
    case "off":
      return <rect y={floor - now} width={width} height={now} fill="url(#hatch)" />;
    case "waits":
    case "stays":
      return (
        <>
          <rect className="manifold-then" y={floor - later} width={width} height={Math.max(0, later - now)} />
          <rect className="manifold-now" y={floor - now} width={width} height={now} />
          <path className="manifold-then-line" d={`M0 ${floor - later}h${width}`} />
          {peak !== null && (
            <path
              className={isOverPeak ? "manifold-peak is-over" : "manifold-peak"}
              d={`M-5 ${floor - peak}h${width + 10}`}
            />
          )}
        </>
      );
  }
}

// One silhouette per state on a 16 px grid, so a state is told apart without colour. Drawn inline: no sprite to forget.
import type { ReactNode } from "react";

const stroked = { fill: "none", stroke: "currentColor" } as const;

const paths = {
  ready: <circle cx="8" cy="8" r="5.6" />,
  drain: <path d="M1.6 3h12.8L8 14.2z" />,
  maint: <path fillRule="evenodd" d="M2 2h12v12H2zM4.4 6.6v2.8h7.2V6.6z" />,
  ramp: <path d="M1.6 13h12.8L8 1.8z" />,
  down: <path {...stroked} strokeWidth="3.4" d="M3 3l10 10M13 3L3 13" />,
  up: <circle cx="8" cy="8" r="4.2" />,
  "no-check": <circle {...stroked} cx="8" cy="8" r="4.4" strokeWidth="1.8" strokeDasharray="2.6 2" />,
  nolb: <path {...stroked} strokeWidth="1.8" d="M3 4.2h10L8 12.6z" />,
  falling: (
    <>
      <circle {...stroked} cx="8" cy="8" r="5" strokeWidth="1.6" />
      <path d="M8 8V3a5 5 0 1 1-4.33 7.5z" />
    </>
  ),
  rising: (
    <>
      <circle {...stroked} cx="8" cy="8" r="5" strokeWidth="1.6" />
      <path d="M8 8V3a5 5 0 0 1 4.33 7.5z" />
    </>
  ),
  split: (
    <>
      <path d="M7 2.4a5.7 5.7 0 0 0 0 11.2z" />
      <path {...stroked} strokeWidth="1.7" d="M9.8 3.2h3.6v9.6H9.8z" />
    </>
  ),
  stale: (
    <>
      <path {...stroked} strokeWidth="1.5" d="M2 2h12v12H2z" />
      <path {...stroked} strokeWidth="1.7" d="M2 9l7-7M2 14L14 2M7 14l7-7" />
    </>
  ),
  warn: <path fillRule="evenodd" d="M8 .8L15.2 8 8 15.2.8 8zM7 4.4v4.4h2V4.4zm0 5.6v1.9h2V10z" />,
  done: <path {...stroked} strokeWidth="2.6" d="M2.4 8.6l3.8 3.8 7.4-8.4" />,
  waits: <path {...stroked} strokeWidth="2.4" d="M3 8h10" />,
  quiet: (
    <>
      <path {...stroked} strokeWidth="1.8" d="M2.2 2.5v7.2h11.6V2.5" />
      <path d="M2.2 12h2.6v2H2.2zm4.5 0h2.6v2H6.7zm4.5 0h2.6v2h-2.6z" />
    </>
  ),
  hand: (
    <>
      <path {...stroked} strokeWidth="1.7" d="M8 1.6L14.4 8 8 14.4 1.6 8z" />
      <path d="M7.1 5h1.8v6H7.1z" />
    </>
  ),
  back: <path {...stroked} strokeWidth="1.6" d="M10 4L6 8l4 4" />,
  search: (
    <>
      <circle {...stroked} cx="7" cy="7" r="4.5" strokeWidth="1.5" />
      <path {...stroked} strokeWidth="1.6" d="M10.5 10.5L14 14" />
    </>
  ),
  dots: (
    <>
      <circle cx="3" cy="8" r="1.4" />
      <circle cx="8" cy="8" r="1.4" />
      <circle cx="13" cy="8" r="1.4" />
    </>
  ),
  close: <path {...stroked} strokeWidth="1.5" d="M4 4l8 8M12 4l-8 8" />,
  chevron: <path {...stroked} strokeWidth="1.6" d="M4 6l4 4 4-4" />,
  next: <path {...stroked} strokeWidth="1.6" d="M6 4l4 4-4 4" />,
  settings: (
    <>
      <circle {...stroked} cx="8" cy="8" r="2.2" strokeWidth="1.5" />
      <path
        {...stroked}
        strokeWidth="1.5"
        d="M8 1.5v2.3M8 12.2v2.3M1.5 8h2.3M12.2 8h2.3M3.4 3.4L5 5M11 11l1.6 1.6M3.4 12.6L5 11M11 5l1.6-1.6"
      />
      <circle {...stroked} cx="8" cy="8" r="4.4" strokeWidth="1.5" />
    </>
  ),
  check: <path {...stroked} strokeWidth="1.8" d="M3.5 8.5l3 3 6-7" />,
} satisfies Record<string, ReactNode>;

export type GlyphName = keyof typeof paths;

export function Glyph({ name, size = 14, className }: { name: GlyphName; size?: number; className?: string }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" fill="currentColor" className={className} aria-hidden="true">
      {paths[name]}
    </svg>
  );
}

/** Three tubes at three levels: the glass as a mark. */
export function BrandMark({ size = 17 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 18 18" aria-hidden="true">
      <g fill="none" stroke="currentColor" strokeWidth="1.5">
        <path d="M1.25 2v14.25h4V2M7 2v14.25h4V2M12.75 2v14.25h4V2" />
      </g>
      <path fill="currentColor" d="M1.5 5h3.5v11H1.5zM7.25 9.6h3.5V16h-3.5zM13 13.6h3.5V16H13z" />
    </svg>
  );
}

/** The hatch that says "not known". Once in a page, before any glass. */
export function HatchDefs() {
  return (
    <svg width="0" height="0" style={{ position: "absolute" }} aria-hidden="true">
      <defs>
        <pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width="2" height="5" className="hatch-stroke" />
        </pattern>
      </defs>
    </svg>
  );
}

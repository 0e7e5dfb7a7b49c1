import type { Chamber, ChamberState } from "#lib/fleet/chambers.ts";
import { Glass } from "../glass/glass.tsx";
import { Glyph } from "../glass/glyph.tsx";

/** Level heights follow the drain scale, so these are shares of the reference. */
const examples = [
  {
    state: "ready",
    name: "Ready",
    levels: [0.8, 0.78, 0.82],
    quiet: null,
    color: "text-ready",
    text: "Top open. New users come in. One tube per load balancer.",
  },
  {
    state: "drain",
    name: "Drain",
    levels: [0.18, 0.1, 0.16],
    quiet: 0.35,
    color: "text-drain",
    text: "Gate half shut. Only users with a cookie come in. The level falls, the bar below counts quiet seconds.",
  },
  {
    state: "maint",
    name: "Maint",
    levels: [0, 0, 0],
    quiet: null,
    color: "text-maint",
    text: "Gate shut, tubes empty. Safe to work on the server.",
  },
] as const;

export function HowToRead() {
  return (
    <section aria-labelledby="how-to-read" className="grid max-w-[600px] grid-cols-1 gap-x-9 gap-y-8 sm:grid-cols-3">
      <h2 id="how-to-read" className="text-xl tracking-[-0.01em] sm:col-span-3">
        How to read a glass
      </h2>
      {examples.map(({ state, name, levels, quiet, color, text }) => (
        <figure key={state} className="sm:max-w-[176px]">
          <Glass size="legend" chambers={chambers(state, levels)} quiet={quiet} label={`A glass in ${state}`} />
          <figcaption className="mt-[18px] text-base leading-5 text-ink-2">
            <span className={`mb-[3px] flex items-center gap-2 text-[17px] leading-6 font-semibold ${color}`}>
              <Glyph name={state} size={15} />
              {name}
            </span>
            {text}
          </figcaption>
        </figure>
      ))}
    </section>
  );
}

function chambers(state: ChamberState, levels: readonly number[]): Chamber[] {
  return levels.map((level, at) => ({ lb: `lb${at + 1}`, state, sessions: 0, level, target: null }));
}

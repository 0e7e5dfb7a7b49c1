"use client";
import Link from "next/link";
import { Glyph } from "#components/glass/glyph.tsx";
import type { Phase } from "#lib/maintenance/job.ts";
import type { MaintenanceSummary } from "#lib/maintenance/summary.ts";
import { clockMinute, cutMiddle } from "#lib/util/format.ts";
import { maintenancePath } from "./job-card.tsx";
import { backendsOf, endWords, shortNames } from "./words.ts";

const MAX_SHOWN = 5;
const marks = {
  done: { glyph: "done", className: "c-ready" },
  stopped: { glyph: "waits", className: "c-ink3" },
  overridden: { glyph: "warn", className: "c-maint" },
  failed: { glyph: "down", className: "c-down" },
} as const;

export function FinishedToday({ all }: { all: readonly MaintenanceSummary[] }) {
  if (all.length === 0) return null;
  return (
    <section className="finished" aria-label="Finished today">
      <h3>Finished today</h3>
      <ul>
        {all.slice(0, MAX_SHOWN).map((one) => {
          const mark = markOf(one.phase);
          return (
            <li key={one.id}>
              <Glyph name={mark.glyph} size={12} className={mark.className} />
              <Link href={maintenancePath(one.id)} prefetch={false}>
                <b>
                  {cutMiddle(
                    one.servers.length > 2
                      ? `${one.servers.length} servers`
                      : shortNames(one.servers.map((server) => server.server)),
                    18,
                  )}
                </b>
                {` ${cutMiddle(backendsOf(one), 12)}, ${endWords(one)}`}
              </Link>
              <time>{one.closedAt === null ? "" : clockMinute(one.closedAt)}</time>
            </li>
          );
        })}
      </ul>
      {all.length > MAX_SHOWN && <p>{`And ${all.length - MAX_SHOWN} more.`}</p>}
    </section>
  );
}

function markOf(phase: Phase): (typeof marks)[keyof typeof marks] {
  return phase === "done" || phase === "overridden" || phase === "failed" ? marks[phase] : marks.stopped;
}

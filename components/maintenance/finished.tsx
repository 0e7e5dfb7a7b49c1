"use client";
import Link from "next/link";
import { Glyph } from "#components/glass/glyph.tsx";
import type { MaintenanceSummary } from "#lib/maintenance/summary.ts";
import { clockMinute, cutMiddle } from "#lib/util/format.ts";
import { maintenancePath } from "./job-card.tsx";
import { backendsOf, endWords, shortNames } from "./words.ts";

const MAX_SHOWN = 5;

export function FinishedToday({ all }: { all: readonly MaintenanceSummary[] }) {
  if (all.length === 0) return null;
  return (
    <section className="finished" aria-label="Finished today">
      <h3>Finished today</h3>
      <ul>
        {all.slice(0, MAX_SHOWN).map((one) => {
          const isDone = one.phase === "done";
          return (
            <li key={one.id}>
              <Glyph name={isDone ? "done" : "warn"} size={12} className={isDone ? "c-ready" : "c-maint"} />
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

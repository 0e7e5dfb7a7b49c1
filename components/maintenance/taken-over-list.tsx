"use client";
// Somebody set a server by hand that was in maintenance. It goes on as that person set it; the tray says so until it is read.
import Link from "next/link";
import { Glyph } from "#components/glass/glyph.tsx";
import type { MaintenanceSummary } from "#lib/maintenance/summary.ts";
import { dismiss } from "./dismissed.ts";
import { maintenancePath } from "./job-card.tsx";
import { takenOverWords } from "./taken-over.ts";

export function TakenOverList({ all }: { all: readonly MaintenanceSummary[] }) {
  if (all.length === 0) return null;
  return (
    <ul aria-label="Taken over">
      {all.map((one) => {
        const { lead, note } = takenOverWords(one);
        const about = <span className="sr-only">{`: ${lead}`}</span>;
        return (
          <li key={one.id} className="attn">
            <h3>
              <Glyph name="warn" size={15} />
              {lead}
            </h3>
            {note !== "" && <p>{note}</p>}
            <div className="strip-actions">
              <Link className="btn btn-sm" href={maintenancePath(one.id)} prefetch={false}>
                Details{about}
              </Link>
              <button type="button" className="btn btn-sm btn-quiet" onClick={() => dismiss(one.id)}>
                Dismiss{about}
              </button>
            </div>
          </li>
        );
      })}
    </ul>
  );
}

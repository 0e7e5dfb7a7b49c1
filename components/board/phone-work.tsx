"use client";
// What the tray holds elsewhere, as far as a phone has room above its list: what asks for a person, and the way to each
// running maintenance.
import Link from "next/link";
import { Glyph } from "#components/glass/glyph.tsx";
import { useAppNow, useLostStates, useMaintenances } from "#components/live/hooks.ts";
import { maintenancePath } from "#components/maintenance/job-card.tsx";
import { LostStates } from "#components/maintenance/lost-states.tsx";
import { useIsLost } from "#components/maintenance/permission.ts";
import { foremost, inTrayOrder } from "#components/maintenance/tray-order.ts";
import { backendsOf, doneWords, isRolling, lostMark, phaseMark } from "#components/maintenance/words.ts";
import type { MaintenanceSummary } from "#lib/maintenance/summary.ts";
import { cutMiddle } from "#lib/util/format.ts";

const NAME_CHARS = 24;

export function PhoneWork() {
  const nowMs = useAppNow();
  const open = inTrayOrder(useMaintenances(), nowMs);
  const lost = useLostStates();
  if (open.length + lost.length === 0) return null;
  return (
    <section className="phone-work" aria-label="Maintenance">
      <LostStates />
      {open.length > 0 && (
        <ul aria-label="Running maintenances">
          {open.map((one) => (
            <WorkLink key={one.id} maintenance={one} nowMs={nowMs} />
          ))}
        </ul>
      )}
    </section>
  );
}

function WorkLink({ maintenance, nowMs }: { maintenance: MaintenanceSummary; nowMs: number }) {
  const isLost = useIsLost();
  const first = foremost(maintenance, nowMs);
  if (first === undefined) return null;
  const mark = isLost ? lostMark(first) : phaseMark(first, null);
  const name = isRolling(maintenance) ? `${backendsOf(maintenance)}, ${doneWords(maintenance)}` : first.server;
  return (
    <li>
      <Link className="phone-job" href={maintenancePath(maintenance.id)} prefetch={false}>
        <b title={name}>{cutMiddle(name, NAME_CHARS)}</b>
        <span className={`phone-state c-${mark.tone}`}>
          <Glyph name={mark.glyph} size={13} />
          {mark.word}
        </span>
        <Glyph name="next" size={16} className="c-ink3" />
      </Link>
    </li>
  );
}

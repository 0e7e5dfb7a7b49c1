"use client";
import { Glyph, type GlyphName } from "#components/glass/glyph.tsx";
import { eventKindWords } from "#lib/maintenance/choice-words.ts";
import type { EventKind, MaintenanceEvent } from "#lib/maintenance/effect.ts";
import { recordFile } from "#lib/maintenance/record.ts";
import { clockTime } from "#lib/util/format.ts";
import { recordFormats, recordPath } from "./record.ts";

const glyphs: Record<EventKind, { glyph: GlyphName; tone: string }> = {
  phase: { glyph: "next", tone: "c-drain" },
  arrival: { glyph: "ramp", tone: "c-maint" },
  count: { glyph: "waits", tone: "c-ink3" },
  confirmed: { glyph: "done", tone: "c-ready" },
  reapplied: { glyph: "drain", tone: "c-drain" },
  process: { glyph: "warn", tone: "c-maint" },
  deadline: { glyph: "warn", tone: "c-down" },
  sessions: { glyph: "down", tone: "c-down" },
  held: { glyph: "stale", tone: "" },
  released: { glyph: "next", tone: "c-ink3" },
  overridden: { glyph: "hand", tone: "c-maint" },
  failed: { glyph: "down", tone: "c-down" },
  command: { glyph: "next", tone: "c-ink3" },
  note: { glyph: "waits", tone: "c-ink3" },
  person: { glyph: "hand", tone: "" },
};

interface RecordListProps {
  id: string;
  events: readonly MaintenanceEvent[];
  problem: string | null;
}

/** What happened, the newest first, and the whole of it to keep. */
export function RecordList({ id, events, problem }: RecordListProps) {
  return (
    <section className="side-part" aria-label="Flight recorder">
      <h2>
        Flight recorder
        <small>
          Download
          {recordFormats.map(({ format, word }) => (
            <a key={format} href={recordPath(id, format)} download={recordFile(id, format)}>
              {word}
            </a>
          ))}
        </small>
      </h2>
      {problem !== null && <p className="field-problem">{`The record cannot be read now: ${problem}`}</p>}
      <ol className="record">
        {events.toReversed().map((event, at) => {
          const { glyph, tone } = glyphs[event.kind];
          const words = eventKindWords(event.kind);
          return (
            <li key={`${event.atMs} ${events.length - at}`} className={event.isAlert ? "is-alert" : ""}>
              <time dateTime={new Date(event.atMs).toISOString()}>{clockTime(event.atMs)}</time>
              <span title={words}>
                <Glyph name={glyph} size={12} className={tone} />
                <span className="sr-only">{`${words}: `}</span>
              </span>
              <span>
                {event.who !== null && !event.text.includes(event.who) && <b>{`${event.who}: `}</b>}
                {event.text}
              </span>
            </li>
          );
        })}
      </ol>
      {events.length === 0 && problem === null && <p className="field-note">Nothing is written yet.</p>}
    </section>
  );
}

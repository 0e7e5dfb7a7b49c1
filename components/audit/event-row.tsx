/* biome-ignore-all lint/a11y/useSemanticElements: virtual rows are placed, which a <table> cannot do */
/* biome-ignore-all lint/a11y/useFocusableInteractive: the row has the focus, its cells have nothing to act on */
"use client";
import { Glyph, type GlyphName } from "#components/glass/glyph.tsx";
import { type AuditEvent, type EventOutcome, outcomeOf } from "#lib/audit/group.ts";
import { adminStateAsked, outcomeWords, whatOf, whoOf } from "#lib/audit/words.ts";
import { clockTime, listOf } from "#lib/util/format.ts";

export const outcomeGlyphs: Record<EventOutcome, { glyph: GlyphName; tone: string }> = {
  done: { glyph: "done", tone: "c-ink3" },
  refused: { glyph: "down", tone: "c-down" },
  denied: { glyph: "warn", tone: "c-down" },
  unknown: { glyph: "stale", tone: "" },
  open: { glyph: "quiet", tone: "c-ink3" },
  asked: { glyph: "hand", tone: "c-ink3" },
  note: { glyph: "waits", tone: "c-ink3" },
};

interface EventRowProps {
  event: AuditEvent;
  /** `22 Nov`, where it differs from the reader's today */
  day: string;
  rowIndex: number;
  isCurrent: boolean;
  isOpen: boolean;
  isNew: boolean;
  isPhone: boolean;
  onOpen(event: AuditEvent): void;
}

export function EventRow({ event, day, rowIndex, isCurrent, isOpen, isNew, isPhone, onOpen }: EventRowProps) {
  const first = event.parts[0];
  if (first === undefined) return null;
  const outcome = outcomeOf(event);
  const what = whatOf(first);
  const who = whoOf(first);
  const lbs = listOf(event.parts.map((part) => part.lb ?? "").filter(Boolean));
  const time = clockTime(Date.parse(first.at));
  const words = wordsOf(event);
  const classes = `event-row ${isOpen ? "is-open" : ""} ${isNew ? "is-new" : ""}`;
  const label = `${what}${first.target === null ? "" : ` ${first.target}`} by ${who}, ${`${day} ${time}`.trim()}, ${outcomeWords[outcome]}`;
  const common = {
    role: "row",
    "aria-rowindex": rowIndex,
    "aria-label": label,
    "aria-selected": isOpen,
    "data-id": event.key,
    tabIndex: isCurrent ? 0 : -1,
    onClick: () => onOpen(event),
  } as const;
  const sign = <What event={event} what={what} />;
  const mark = <OutcomeMark outcome={outcome} />;
  const about = [who, lbs, words].filter(Boolean).join(" · ");
  if (isPhone)
    return (
      <div {...common} className={`${classes} is-phone-row`}>
        <div role="gridcell">
          {sign}
          <b className="event-target">{first.target ?? ""}</b>
          {mark}
        </div>
        <div role="gridcell" className="event-under">
          <time dateTime={first.at}>{`${time} ${day}`.trim()}</time>
          <span title={about}>{about}</span>
        </div>
      </div>
    );
  return (
    <div {...common} className={classes}>
      <span role="gridcell">
        <time dateTime={first.at}>
          {time}
          {day !== "" && <span>{day}</span>}
        </time>
      </span>
      <span role="gridcell" title={who}>
        {who}
      </span>
      <span role="gridcell">{sign}</span>
      <b className="event-target" title={first.target ?? undefined}>
        {first.target ?? ""}
      </b>
      <span role="gridcell" title={lbs}>
        {lbs}
      </span>
      <span role="gridcell">{mark}</span>
      <span role="gridcell" className="event-words" title={words}>
        {words}
      </span>
    </div>
  );
}

function What({ event, what }: { event: AuditEvent; what: string }) {
  const first = event.parts[0];
  const state = first?.action === "server:set-state" ? adminStateAsked(first) : null;
  return (
    <span className="event-what">
      {state !== null && <Glyph name={state} size={12} className={`c-${state}`} />}
      {what}
    </span>
  );
}

export function OutcomeMark({ outcome }: { outcome: EventOutcome }) {
  const { glyph, tone } = outcomeGlyphs[outcome];
  return (
    <span className={`event-outcome is-${outcome}`}>
      <Glyph name={glyph} size={12} className={tone} />
      {outcomeWords[outcome]}
    </span>
  );
}

/** Why, then what came of it: the reason that somebody gave, or the answer where it says more than yes. */
function wordsOf({ parts }: AuditEvent): string {
  const answers = [...new Set(parts.map((part) => (part.answer ?? "").trim()).filter(Boolean))];
  const reason = parts[0]?.reason ?? "";
  return [reason, ...answers].filter(Boolean).join(" · ").replace(/\s+/g, " ");
}

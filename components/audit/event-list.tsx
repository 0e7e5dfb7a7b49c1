/* biome-ignore-all lint/a11y/useSemanticElements: virtual rows are placed, which a <table> cannot do */
/* biome-ignore-all lint/a11y/noStaticElementInteractions: a grid while there are rows, and nothing without */
/* biome-ignore-all lint/a11y/useAriaPropsSupportedByRole: a grid while there are rows, and nothing without */
/* biome-ignore-all lint/a11y/useFocusableInteractive: heads have nothing to act on */
"use client";
// The list: virtual rows, newest first, one of them in the tab order. New ones slide in at the top only while the list
// stands there; further down they wait behind a button.
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type KeyboardEvent,
  type RefObject,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import type { AuditEvent } from "#lib/audit/group.ts";
import { plural } from "#lib/util/format.ts";
import { EventRow } from "./event-row.tsx";
import type { Events } from "./use-events.ts";

const ROW_PX = 37;
const PHONE_ROW_PX = 62;
const OVERSCAN_ROWS = 12;
/** This close to the end the next page is fetched. */
const AHEAD_ROWS = 40;

export interface ListHandle {
  move(step: number): void;
  openCurrent(): void;
}

interface EventListProps {
  events: Events;
  scroller: RefObject<HTMLDivElement | null>;
  opened: string | null;
  isPhone: boolean;
  isFiltered: boolean;
  onOpen(event: AuditEvent): void;
  ref: React.Ref<ListHandle>;
}

export function EventList({ events, scroller, opened, isPhone, isFiltered, onOpen, ref }: EventListProps) {
  const { shown, waiting, hasMore, isLoadingMore, loadMore } = events;
  const [current, setCurrent] = useState<string | null>(null);
  const [newestAtFirst, setNewestAtFirst] = useState<number | null>(null);
  const focusWanted = useRef(false);
  const height = isPhone ? PHONE_ROW_PX : ROW_PX;
  const at = Math.max(
    0,
    shown.findIndex((event) => event.key === current),
  );
  const virtualizer = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    getItemKey: (index) => shown[index]?.key ?? index,
    overscan: OVERSCAN_ROWS,
    paddingEnd: height,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another layout has other heights
  useLayoutEffect(() => virtualizer.measure(), [height]);

  const newest = shown[0]?.seq ?? null;
  useEffect(() => {
    if (newestAtFirst === null && newest !== null) setNewestAtFirst(newest);
  }, [newest, newestAtFirst]);

  const items = virtualizer.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && !isLoadingMore && last >= shown.length - AHEAD_ROWS) loadMore();
  }, [hasMore, isLoadingMore, last, shown.length, loadMore]);

  const focusRow = (key: string) =>
    scroller.current?.querySelector<HTMLElement>(`[data-id="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
  useLayoutEffect(() => {
    if (!focusWanted.current || current === null) return;
    focusWanted.current = false;
    focusRow(current);
  });

  const move = (step: number) => {
    const isInside = scroller.current?.contains(document.activeElement) === true;
    const next = Math.min(shown.length - 1, Math.max(0, isInside ? at + step : at));
    const event = shown[next];
    if (event === undefined) return;
    virtualizer.scrollToIndex(next, { align: "auto" });
    focusWanted.current = true;
    setCurrent(event.key);
    focusRow(event.key);
  };
  const openCurrent = () => {
    const event = shown[at];
    if (event !== undefined) onOpen(event);
  };
  useImperativeHandle(ref, () => ({ move, openCurrent }));

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowUp: -1, ArrowDown: 1, PageUp: -15, PageDown: 15 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      move(step);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      openCurrent();
    }
  };

  const knownRows = hasMore ? -1 : shown.length + 1;
  const today = new Date().toDateString();
  return (
    <div className="events-box">
      {waiting > 0 && (
        <button
          type="button"
          className="events-new"
          onClick={() => {
            events.showWaiting();
            scroller.current?.scrollTo({ top: 0 });
          }}
        >
          {`${plural(waiting, "new event")}, show`}
        </button>
      )}
      <div
        // Without a row it is no grid: its note stands alone.
        role={shown.length > 0 ? "grid" : undefined}
        className="events-grid"
        aria-label={shown.length > 0 ? "Events" : undefined}
        aria-rowcount={shown.length > 0 ? knownRows : undefined}
        tabIndex={-1}
        onKeyDown={onKeyDown}
      >
        {!isPhone && shown.length > 0 && <ListHead />}
        <div
          className="events-rows"
          role={shown.length > 0 ? "rowgroup" : undefined}
          ref={scroller}
          onScroll={() => {
            if (waiting > 0 && scroller.current !== null && scroller.current.scrollTop <= 0) events.showWaiting();
          }}
        >
          <div
            role="presentation"
            style={{ height: virtualizer.getTotalSize(), position: "relative" }}
            onFocus={(event) => {
              const id = event.target.closest<HTMLElement>("[data-id]")?.dataset.id;
              if (id !== undefined) setCurrent(id);
            }}
          >
            {items.map(({ index, start, size }) => {
              const event = shown[index];
              if (event === undefined) return null;
              return (
                <div key={event.key} role="presentation" className="place" style={{ top: start, height: size }}>
                  <EventRow
                    event={event}
                    day={dayOf(event, today)}
                    rowIndex={index + 2}
                    isCurrent={index === at}
                    isOpen={event.key === opened}
                    isNew={newestAtFirst !== null && event.seq > newestAtFirst}
                    isPhone={isPhone}
                    onOpen={onOpen}
                  />
                </div>
              );
            })}
          </div>
          <ListNote events={events} isFiltered={isFiltered} />
        </div>
      </div>
    </div>
  );
}

function ListNote({ events, isFiltered }: { events: Events; isFiltered: boolean }) {
  const { shown, isLoading, isLoadingMore, hasMore, problem, retry } = events;
  if (problem !== null)
    return (
      <div className="events-note" role="alert">
        <p>{`The events cannot be read now: ${problem}`}</p>
        <button type="button" className="btn" onClick={retry}>
          Try again
        </button>
      </div>
    );
  if (isLoading || isLoadingMore || hasMore) return <p className="events-note">Reading the audit.</p>;
  if (shown.length > 0) return null;
  return (
    <p className="events-note">
      {isFiltered
        ? "No event matches the filter."
        : "Nothing has happened yet: every change and every refused attempt will be here."}
    </p>
  );
}

const heads = ["Time", "Who", "What", "Server", "Load balancers", "Outcome", "Reason and answer"];

function ListHead() {
  return (
    <div role="rowgroup">
      <div className="event-row is-head" role="row" aria-rowindex={1}>
        {heads.map((word) => (
          <span key={word} role="columnheader">
            {word}
          </span>
        ))}
      </div>
    </div>
  );
}

const dayFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

function dayOf({ parts }: AuditEvent, today: string): string {
  const at = new Date(parts[0]?.at ?? 0);
  return at.toDateString() === today ? "" : dayFormat.format(at);
}

"use client";
// The list of backends and servers: a grid of virtual rows in configuration order, with one row in the tab order.
// Sorting by a live number is impossible on purpose: a row must not move while a finger is on its way to "Drain".
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type KeyboardEvent,
  type ReactNode,
  useCallback,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { isProblem } from "#lib/fleet/category.ts";
import type { BackendView, ServerView } from "#lib/fleet/merge.ts";
import { BackendRow } from "./backend-row.tsx";
import { PhoneRow } from "./phone-row.tsx";
import type { Place } from "./place.ts";
import { ServerRow } from "./server-row.tsx";

/** Below this, every row is in the document: find-in-page and screen readers see all of it. */
const VIRTUAL_ABOVE_ROWS = 60;
const OVERSCAN_ROWS = 10;
/** The last row can be scrolled out from under a notification and the bar of the selection. */
const ROOM_BELOW_PX = 84;

const heights = { desktop: { backend: 33, server: 37 }, phone: { backend: 40, server: 62 } };

export interface GridHandle {
  /** moves the focus by so many rows, from the current one */
  move(step: number): void;
  /** focuses the next problem after the current row, or before it (-1); round the end */
  moveToProblem(step: 1 | -1): void;
  /** focuses the first server */
  focusFirst(): void;
  /** focuses the state control of the current row */
  focusControl(): void;
  /** the row that has the focus, or would get it */
  current(): ServerView | null;
  /** the same, of a server; null: no row had the focus yet */
  currentId(): string | null;
  scrollTop(): number;
}

interface ServerGridProps {
  /** backends with those of their servers that match the filter; none empty */
  shown: readonly ShownBackend[];
  lb: string | null;
  headNow: string;
  blockedWhy(server: ServerView): string | null;
  isPhone: boolean;
  onOpen(server: ServerView): void;
  selected: ReadonlySet<string>;
  onSelect(id: string, isRange: boolean): void;
  /** where it is opened */
  place: Place | null;
  onSelectAll(): void;
  ref: React.Ref<GridHandle>;
}

export interface ShownBackend {
  readonly backend: BackendView;
  readonly servers: readonly ServerView[];
}

type Item = { key: string; backend: BackendView; server: null } | { key: string; backend: null; server: ServerView };

export function ServerGrid({
  shown,
  lb,
  headNow,
  blockedWhy,
  isPhone,
  onOpen,
  selected,
  onSelect,
  place,
  onSelectAll,
  ref,
}: ServerGridProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const items = useMemo(() => itemsOf(shown), [shown]);
  const keys = items.map((item) => item.key).join("\n");
  // biome-ignore lint/correctness/useExhaustiveDependencies: sizes and keys depend on which rows there are, not on their numbers
  const structure = useMemo(() => items, [keys]);
  const [current, setCurrent] = useState<string | null>(place?.server ?? null);
  const focusWanted = useRef(false);

  const currentAt = Math.max(
    structure.findIndex((item) => item.server !== null),
    structure.findIndex((item) => item.key === current),
  );
  const height = isPhone ? heights.phone : heights.desktop;
  const isVirtual = structure.length > VIRTUAL_ABOVE_ROWS;
  const virtualizer = useVirtualizer({
    count: structure.length,
    getScrollElement: () => scroller.current,
    estimateSize: useCallback(
      (at: number) => (structure[at]?.server === null ? height.backend : height.server),
      [structure, height],
    ),
    getItemKey: useCallback((at: number) => structure[at]?.key ?? at, [structure]),
    overscan: OVERSCAN_ROWS,
    paddingEnd: ROOM_BELOW_PX,
    // The row that has the focus stays in the document, wherever it is scrolled to.
    rangeExtractor: useCallback(
      (range: { startIndex: number; endIndex: number; overscan: number; count: number }) => {
        if (!isVirtual) return Array.from({ length: range.count }, (_, at) => at);
        const from = Math.max(0, range.startIndex - range.overscan);
        const to = Math.min(range.count - 1, range.endIndex + range.overscan);
        const visible = Array.from({ length: to - from + 1 }, (_, at) => from + at);
        if (currentAt >= 0 && currentAt < from) return [currentAt, ...visible];
        return currentAt > to ? [...visible, currentAt] : visible;
      },
      [isVirtual, currentAt],
    ),
  });

  // The virtualizer keeps the sizes it was told at first, and a window that is narrowed turns the table into a phone's list.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another layout has other heights
  useLayoutEffect(() => virtualizer.measure(), [height]);

  const heightPx = virtualizer.scrollRect?.height ?? 0;
  const isScrolling = heightPx > 0 && virtualizer.getTotalSize() > heightPx;
  const rowElement = (key: string) => scroller.current?.querySelector<HTMLElement>(`[data-id="${CSS.escape(key)}"]`);

  useLayoutEffect(() => {
    if (!focusWanted.current || current === null) return;
    const row = rowElement(current);
    // a row that is scrolled to is in the document with one of the next renderings
    if (!row) return;
    focusWanted.current = false;
    focusRow(row);
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when it opens
  useLayoutEffect(() => {
    if (place === null) return;
    if (scroller.current !== null) scroller.current.scrollTop = place.scrollTop;
    focusWanted.current = place.server !== null;
  }, []);

  const moveTo = (at: number) => {
    const item = structure[at];
    if (item === undefined) return;
    virtualizer.scrollToIndex(at, { align: "auto" });
    focusWanted.current = true;
    setCurrent(item.key);
    focusRow(rowElement(item.key));
  };
  const move = (step: number) => {
    const active = document.activeElement?.closest("[data-id]");
    if (active === null || active === undefined || !scroller.current?.contains(active)) return moveTo(currentAt);
    let at = currentAt + step;
    while (structure[at] !== undefined && structure[at]?.server === null) at += step;
    moveTo(at);
  };
  const moveToProblem = (step: 1 | -1) => {
    const count = items.length;
    for (let away = 1; away <= count; away++) {
      const at = (currentAt + step * away + count * 2) % count;
      const server = items[at]?.server ?? null;
      if (server !== null && isProblem(server)) return moveTo(at);
    }
  };
  useImperativeHandle(ref, () => ({
    move,
    moveToProblem,
    focusFirst: () => moveTo(structure.findIndex((item) => item.server !== null)),
    current: () => items[currentAt]?.server ?? null,
    currentId: () => current,
    scrollTop: () => virtualizer.scrollOffset ?? 0,
    focusControl() {
      const item = structure[currentAt];
      if (item === undefined) return;
      virtualizer.scrollToIndex(currentAt, { align: "auto" });
      rowElement(item.key)?.querySelector<HTMLElement>(".seg [tabindex='0']")?.focus();
    },
  }));

  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (event.key === "Enter" && event.target instanceof Element && event.target.matches("[role=row]")) {
      event.target.querySelector<HTMLElement>(".name-link")?.click();
      return;
    }
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    // React hands on what happens in an open row menu too, though that is elsewhere in the document.
    if (!(event.target instanceof Node) || !event.currentTarget.contains(event.target)) return;
    event.preventDefault();
    move(step);
  };

  return (
    // biome-ignore lint/a11y/useSemanticElements: virtual rows are placed, which a <table> cannot do
    <div
      className={`grid-box ${isScrolling ? "is-scrolling" : ""}`}
      role="grid"
      tabIndex={-1}
      aria-label="Servers"
      aria-multiselectable={!isPhone || undefined}
      aria-rowcount={structure.length + 1}
      onKeyDown={onKeyDown}
    >
      {!isPhone && (
        <GridHead headNow={headNow} hasTrace={lb === null}>
          <SelectAll shown={shown} selected={selected} onSelectAll={onSelectAll} />
        </GridHead>
      )}
      {/* biome-ignore lint/a11y/useSemanticElements: see the grid */}
      <div className="rows" role="rowgroup" ref={scroller}>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: only follows where the focus went */}
        <div
          role="presentation"
          style={{ height: virtualizer.getTotalSize(), position: "relative" }}
          onFocus={(event) => {
            const id = event.target.closest<HTMLElement>("[data-id]")?.dataset.id;
            if (id !== undefined) setCurrent(id);
          }}
        >
          {virtualizer.getVirtualItems().map(({ index, start, size }) => {
            const item = items[index];
            if (item === undefined) return null;
            const isCurrent = index === currentAt;
            return (
              <div key={item.key} role="presentation" className="place" style={{ top: start, height: size }}>
                {item.server === null && <BackendRow backend={item.backend} rowIndex={index + 2} isPhone={isPhone} />}
                {item.server !== null && !isPhone && (
                  <ServerRow
                    server={item.server}
                    lb={lb}
                    blockedWhy={blockedWhy(item.server)}
                    isCurrent={isCurrent}
                    rowIndex={index + 2}
                    isSelected={selected.has(item.server.id)}
                    onSelect={onSelect}
                  />
                )}
                {item.server !== null && isPhone && (
                  <PhoneRow server={item.server} isCurrent={isCurrent} rowIndex={index + 2} onOpen={onOpen} />
                )}
              </div>
            );
          })}
        </div>
        {structure.length === 0 && <p className="no-match">No server matches the filter.</p>}
      </div>
    </div>
  );
}

/** On a phone it is the button inside that takes the focus. */
function focusRow(row: HTMLElement | null | undefined): void {
  const target = row?.hasAttribute("tabindex") === true ? row : row?.querySelector<HTMLElement>("button");
  target?.focus({ preventScroll: true });
}

function itemsOf(shown: readonly ShownBackend[]): readonly Item[] {
  return shown.flatMap(({ backend, servers }): Item[] => [
    { key: backend.backend, backend, server: null },
    ...servers.map((server) => ({ key: server.id, backend: null, server })),
  ]);
}

interface SelectAllProps {
  shown: readonly ShownBackend[];
  selected: ReadonlySet<string>;
  onSelectAll(): void;
}

/** All means what the filter shows. */
function SelectAll({ shown, selected, onSelectAll }: SelectAllProps) {
  const total = shown.reduce((sum, { servers }) => sum + servers.length, 0);
  const isAll = total > 0 && selected.size === total;
  return (
    <input
      type="checkbox"
      className="pick-box"
      aria-label={`Select all ${total} servers shown`}
      disabled={total === 0}
      checked={isAll}
      ref={(box) => {
        if (box !== null) box.indeterminate = selected.size > 0 && !isAll;
      }}
      onChange={onSelectAll}
    />
  );
}

function GridHead({ headNow, hasTrace, children }: { headNow: string; hasTrace: boolean; children: ReactNode }) {
  const heads = [
    { word: "Server", className: "" },
    { word: "Admin state", className: "" },
    { word: "What goes on", className: "", isUnseen: true },
    { word: hasTrace ? "Sessions, last 5 min" : "Sessions", className: "history-head" },
    { word: headNow, className: "num now-head" },
    { word: "New/s", className: "num" },
    { word: "Last arrival", className: "num" },
    { word: "Health check", className: "health-cell" },
    { word: "Weight", className: "num col-weight" },
    { word: "Queue", className: "num col-queue" },
    { word: "More", className: "", isUnseen: true },
  ];
  return (
    // biome-ignore lint/a11y/useSemanticElements: see the grid
    <div role="rowgroup">
      {/* biome-ignore lint/a11y/useSemanticElements: see the grid */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: nothing to act on */}
      <div className="row head" role="row" aria-rowindex={1}>
        {/* biome-ignore lint/a11y/useSemanticElements: see the grid */}
        {/* biome-ignore lint/a11y/useFocusableInteractive: the checkbox takes the focus */}
        <span role="columnheader" className="pick-cell">
          {children}
        </span>
        {heads.map(({ word, className, isUnseen = false }, at) => (
          // biome-ignore lint/a11y/useSemanticElements: see the grid
          // biome-ignore lint/a11y/useFocusableInteractive: nothing to act on
          <span key={at} role="columnheader" className={className} title={isUnseen ? undefined : word}>
            {isUnseen ? <span className="sr-only">{word}</span> : word}
          </span>
        ))}
      </div>
    </div>
  );
}

"use client";
// A real table of which only the rows on screen are in the document; spacers stand for the others.
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, memo, type RefObject, useLayoutEffect, useRef, useState } from "react";
import { Glyph } from "#components/glass/glyph.tsx";
import { cutMiddle, span } from "#lib/util/format.ts";
import type { SessionRow } from "#lib/wire/sessions.ts";
import { kindWords, rowKeyOf, type SessionSort, type SortKey } from "./session-list.ts";

const ROW_PX = { desktop: 33, phone: 56 };
const OVERSCAN_ROWS = 12;
const SEC_MS = 1_000;
const NAME_CHARS = 22;
const PATH_CHARS = 48;

const columns: readonly { key: SortKey; word: string; className: string }[] = [
  { key: "client", word: "Client", className: "" },
  { key: "kind", word: "Kind", className: "" },
  { key: "ageSec", word: "Age", className: "num" },
  { key: "idleSec", word: "Idle", className: "num" },
  { key: "lb", word: "Via", className: "" },
  { key: "frontend", word: "Frontend", className: "" },
];

interface SessionTableProps {
  rows: readonly SessionRow[];
  sort: SessionSort;
  onSort(sort: SessionSort): void;
  /** null: nothing can be ended */
  onEnd: ((row: SessionRow) => void) | null;
  scroller: RefObject<HTMLElement | null>;
  isPhone: boolean;
}

export function SessionTable({ rows, sort, onSort, onEnd, scroller, isPhone }: SessionTableProps) {
  const table = useRef<HTMLTableElement>(null);
  const [marginPx, setMarginPx] = useState(0);
  const [current, setCurrent] = useState<string | null>(null);
  const rowPx = isPhone ? ROW_PX.phone : ROW_PX.desktop;
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    getItemKey: (at) => keyAt(rows, at) ?? at,
    overscan: OVERSCAN_ROWS,
    scrollMargin: marginPx,
  });
  // How far down the page the table begins: what stands above it may have grown.
  useLayoutEffect(() => {
    if (table.current === null || scroller.current === null) return;
    const from = table.current.getBoundingClientRect().top - scroller.current.getBoundingClientRect().top;
    const next = Math.round(from + scroller.current.scrollTop);
    if (Math.abs(next - marginPx) > 1) setMarginPx(next);
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another layout has other heights
  useLayoutEffect(() => virtualizer.measure(), [rowPx]);

  const items = virtualizer.getVirtualItems();
  const beforePx = (items[0]?.start ?? marginPx) - marginPx;
  const afterPx = virtualizer.getTotalSize() - ((items.at(-1)?.end ?? marginPx) - marginPx);
  const currentKey = rows.some((row) => rowKeyOf(row) === current) ? current : keyAt(rows, 0);

  /** One button of the list is in the tab order; arrows go to the next one. */
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step === undefined || !(event.target instanceof HTMLElement) || !event.target.matches(".end-one")) return;
    const at = rows.findIndex((row) => rowKeyOf(row) === currentKey) + step;
    const next = keyAt(rows, at);
    if (next === null) return;
    event.preventDefault();
    setCurrent(next);
    virtualizer.scrollToIndex(at, { align: "auto" });
    table.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(next)}"] .end-one`)?.focus();
  };

  return (
    <table className="session-table" ref={table} aria-rowcount={rows.length + 1} onKeyDown={onKeyDown}>
      <thead>
        <tr aria-rowindex={1}>
          {columns.map(({ key, word, className }) => (
            <th
              key={key}
              scope="col"
              className={`${className} col-${key}`}
              aria-sort={sort.by === key ? (sort.isDescending ? "descending" : "ascending") : undefined}
            >
              <button
                type="button"
                onClick={() => onSort({ by: key, isDescending: sort.by === key ? !sort.isDescending : isNumber(key) })}
              >
                {word}
                {sort.by === key && <Glyph name={sort.isDescending ? "drain" : "ramp"} size={8} />}
              </button>
            </th>
          ))}
          <th scope="col" className="col-end">
            <span className="sr-only">End</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {beforePx > 0 && <Spacer px={beforePx} />}
        {items.map(({ index }) => {
          const row = rows[index];
          if (row === undefined) return null;
          return (
            <Row
              key={rowKeyOf(row)}
              row={row}
              rowIndex={index + 2}
              isCurrent={rowKeyOf(row) === currentKey}
              onEnd={onEnd}
              isPhone={isPhone}
            />
          );
        })}
        {afterPx > 0 && <Spacer px={afterPx} />}
      </tbody>
    </table>
  );
}

function keyAt(rows: readonly SessionRow[], at: number): string | null {
  const row = rows[at];
  return row === undefined ? null : rowKeyOf(row);
}

function isNumber(key: SortKey): boolean {
  return key === "ageSec" || key === "idleSec";
}

function Spacer({ px }: { px: number }) {
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it takes the focus
    <tr aria-hidden="true" className="session-space" style={{ height: px }}>
      <td colSpan={columns.length + 1} />
    </tr>
  );
}

interface RowProps {
  row: SessionRow;
  rowIndex: number;
  isCurrent: boolean;
  onEnd: ((row: SessionRow) => void) | null;
  isPhone: boolean;
}

const Row = memo(function Row({ row, rowIndex, isCurrent, onEnd, isPhone }: RowProps) {
  const kind = kindWords[row.kind].one;
  const age = row.ageSec === null ? "not known" : span(row.ageSec * SEC_MS);
  const idle = row.idleSec === null ? "" : span(row.idleSec * SEC_MS);
  return (
    <tr aria-rowindex={rowIndex} data-key={rowKeyOf(row)}>
      <th scope="row" className="col-client" title={row.client}>
        {cutMiddle(row.client, 26)}
        {isPhone && <small>{`${capital(kind)}, ${age}, via ${row.lb}`}</small>}
      </th>
      <td className="col-kind">
        {capital(kind)}
        {row.path !== null && (
          <span className="session-path" title={row.path}>
            {cutMiddle(row.path, PATH_CHARS)}
          </span>
        )}
        {row.isOldWorker && (
          <span className="tag" title={`In a process that a reload left behind (pid ${row.pid})`}>
            old worker
          </span>
        )}
      </td>
      <td className="num col-ageSec">{age}</td>
      <td className="num col-idleSec" title={expiresWords(row)}>
        {idle}
      </td>
      <td className="col-lb">{row.lb}</td>
      <td className="col-frontend" title={row.frontend}>
        {cutMiddle(row.frontend, NAME_CHARS)}
      </td>
      <td className="col-end">
        {onEnd !== null && (
          <button
            type="button"
            className="end-one"
            tabIndex={isCurrent ? 0 : -1}
            aria-label={`End the ${kind} of ${row.client}`}
            onClick={() => onEnd(row)}
          >
            End…
          </button>
        )}
      </td>
    </tr>
  );
});

function expiresWords({ expiresInSec }: SessionRow): string {
  return expiresInSec === null
    ? "No timeout of HAProxy ends it"
    : `HAProxy ends it in ${span(expiresInSec * SEC_MS)} if nothing more is sent`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

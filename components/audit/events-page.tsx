"use client";
// Who did what, when, and what HAProxy said: every change and every refused attempt, live.
import Link from "next/link";
import { useSearchParams } from "next/navigation";
import { useMemo, useRef, useState } from "react";
import { FleetStatus } from "#components/board/fleet-status.tsx";
import { Header } from "#components/board/header.tsx";
import { useLayout } from "#components/board/use-layout.ts";
import { useShortcutSetting, useShortcuts } from "#components/board/use-shortcuts.ts";
import { Glyph } from "#components/glass/glyph.tsx";
import { appNow, useLive } from "#components/live/hooks.ts";
import { BoardLoading } from "#components/shell/board-loading.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import type { AuditEvent } from "#lib/audit/group.ts";
import { type AuditSearch, addressOf, EVERYTHING, searchOf } from "#lib/audit/search.ts";
import { countCategories } from "#lib/fleet/category.ts";
import { ChainCheck } from "./chain-check.tsx";
import { EventDetails, titleOf } from "./event-details.tsx";
import { EventList, type ListHandle } from "./event-list.tsx";
import { exportPath } from "./fetch-audit.ts";
import { Filters } from "./filters.tsx";
import { useEvents } from "./use-events.ts";
import "#components/ui/ui.css";
import "#components/board/board.css";
import "#components/maintenance/maintenance.css";
import "#components/maintenance/maintenance-page.css";
import "./audit.css";

export function EventsPage() {
  const isLoading = useLive((live) => live.fleet === null);
  if (isLoading) return <BoardLoading />;
  return <Loaded />;
}

function Loaded() {
  const [hasShortcuts, setHasShortcuts] = useShortcutSetting();
  const params = useSearchParams();
  const search = useMemo(() => searchOf(params), [params]);
  const layout = useLayout();
  const field = useRef<HTMLInputElement>(null);
  const isPhone = layout === "phone";
  return (
    <div className={`board events-page is-${layout}`}>
      <Header hasShortcuts={hasShortcuts} onShortcuts={setHasShortcuts} />
      <Status />
      <section className="job-head events-head" aria-label="Events">
        <Link className="job-back" href="/" aria-label="Back to the board">
          <Glyph name="back" size={16} />
        </Link>
        <div className="job-title">
          <h1>Events</h1>
          <p>Every change and every refused attempt, in a chain that shows what was altered</p>
        </div>
        <span className="grow" />
        <div className="job-actions">
          <ChainCheck />
          <Export search={search} />
        </div>
      </section>
      <main className="events-main">
        <Filters search={search} onSearch={show} searchRef={field} hasShortcuts={hasShortcuts && !isPhone} />
        <Found
          key={addressOf(search)}
          search={search}
          isPhone={isPhone}
          hasShortcuts={hasShortcuts}
          onSlash={() => field.current?.focus()}
        />
      </main>
    </div>
  );
}

/** Apart, so that the list is not painted anew with every poll. */
function Status() {
  const fleet = useLive((live) => live.fleet);
  const counts = useMemo(() => (fleet === null ? null : countCategories(fleet)), [fleet]);
  return counts === null ? null : <FleetStatus counts={counts} />;
}

/** Next follows the browser's own history, so the page reads it back from its address. */
function show(search: AuditSearch): void {
  const query = addressOf(search);
  window.history.replaceState(null, "", query === "" ? window.location.pathname : `?${query}`);
}

function Export({ search }: { search: AuditSearch }) {
  const [nowMs, setNowMs] = useState(() => appNow());
  return (
    <>
      {(["csv", "json"] as const).map((format) => (
        <a
          key={format}
          className="btn"
          href={exportPath(search, format, nowMs || Date.now())}
          download={`drainboard-audit.${format}`}
          // A range such as the last hour is counted from the click.
          onPointerDown={() => setNowMs(appNow())}
          aria-label={`Download these events as ${format.toUpperCase()}`}
        >
          {format.toUpperCase()}
        </a>
      ))}
    </>
  );
}

interface FoundProps {
  search: AuditSearch;
  isPhone: boolean;
  hasShortcuts: boolean;
  onSlash(): void;
}

function Found({ search, isPhone, hasShortcuts, onSlash }: FoundProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [isHeld] = useState(() => () => (scroller.current?.scrollTop ?? 0) > 4);
  const events = useEvents(search, isHeld);
  const [openedKey, setOpenedKey] = useState<string | null>(null);
  const opened = events.shown.find((event) => event.key === openedKey) ?? null;
  const list = useRef<ListHandle>(null);
  const open = (event: AuditEvent) => setOpenedKey((key) => (key === event.key ? null : event.key));
  useShortcuts(
    {
      "/": onSlash,
      j: () => list.current?.move(1),
      k: () => list.current?.move(-1),
      Escape: () => (openedKey === null ? show(EVERYTHING) : setOpenedKey(null)),
    },
    hasShortcuts,
  );
  return (
    <div className={`events-found ${opened !== null && !isPhone ? "has-details" : ""}`}>
      <EventList
        ref={list}
        events={events}
        scroller={scroller}
        opened={openedKey}
        isPhone={isPhone}
        isFiltered={addressOf(search) !== ""}
        onOpen={open}
      />
      {opened !== null && isPhone && (
        <Dialog title={titleOf(opened)} onClose={() => setOpenedKey(null)} isSheet foot={null}>
          <EventDetails event={opened} />
        </Dialog>
      )}
      {opened !== null && !isPhone && (
        <aside className="event-details" aria-label="Details">
          <header>
            <h2>{titleOf(opened)}</h2>
            <button type="button" className="icon-btn" aria-label="Close" onClick={() => setOpenedKey(null)}>
              <Glyph name="close" />
            </button>
          </header>
          <EventDetails event={opened} />
        </aside>
      )}
    </div>
  );
}

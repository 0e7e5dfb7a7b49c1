"use client";
import { useDeferredValue, useMemo, useRef, useState } from "react";
import { useLive } from "#components/live/hooks.ts";
import { useMaintenanceActions } from "#components/maintenance/actions.tsx";
import { countCategories, matches, type ServerFilter } from "#lib/fleet/category.ts";
import { countsAsLive } from "#lib/fleet/link.ts";
import type { FleetView } from "#lib/fleet/merge.ts";
import { useBlockedWhy } from "./blocked-why.ts";
import { BulkBar } from "./bulk-bar.tsx";
import { ChangeProvider } from "./change.tsx";
import { ChangeManyProvider } from "./change-many.tsx";
import { FilterBar } from "./filter-bar.tsx";
import { FleetStatus } from "./fleet-status.tsx";
import { Header } from "./header.tsx";
import { PhoneSheet } from "./phone-row.tsx";
import { PhoneWork } from "./phone-work.tsx";
import { type Place, readPlace, useKeepPlace } from "./place.ts";
import { RowControlsProvider } from "./row-controls.tsx";
import { type GridHandle, ServerGrid, type ShownBackend } from "./server-grid.tsx";
import { Tray } from "./tray.tsx";
import { type Layout, useLayout } from "./use-layout.ts";
import { useSelection } from "./use-selection.ts";
import { useShortcutSetting, useShortcuts } from "./use-shortcuts.ts";
import { type ShownFleet, useShownFleet } from "./use-shown-fleet.ts";
import { ViewFeedContext } from "./view-feed.ts";
import "#components/ui/ui.css";
import "./board.css";

const EVERYTHING: ServerFilter = { text: "", category: "all" };

export function Board() {
  return (
    <ChangeProvider>
      <ChangeManyProvider>
        <RowControlsProvider>
          <ShownBoard />
        </RowControlsProvider>
      </ChangeManyProvider>
    </ChangeProvider>
  );
}

function ShownBoard() {
  const [place] = useState(readPlace);
  const [chosen, setLb] = useState<string | null>(place?.lb ?? null);
  const layout = useLayout();
  // One that is not configured any more shows nothing: all others are shown then, under their own name.
  const lb = useLive(({ fleet }) => (fleet?.loadBalancers.some(({ name }) => name === chosen) ? chosen : null));
  const shown = useShownFleet(lb, layout !== "phone");
  return shown !== null && <LoadedBoard {...shown} lb={lb} onLb={setLb} layout={layout} place={place} />;
}

interface LoadedBoardProps extends ShownFleet {
  lb: string | null;
  onLb(lb: string | null): void;
  layout: Layout;
  /** where it was left; null: it is opened anew */
  place: Place | null;
}

function LoadedBoard({ fleet, whole, feed, lb, onLb, layout, place }: LoadedBoardProps) {
  const [filter, setFilter] = useState(place?.filter ?? EVERYTHING);
  const [opened, setOpened] = useState<string | null>(null);
  const [hasShortcuts, setHasShortcuts] = useShortcutSetting();
  const search = useRef<HTMLInputElement>(null);
  const grid = useRef<GridHandle>(null);

  const counts = useMemo(() => countCategories(fleet), [fleet]);
  const applied = useDeferredValue(filter);
  const shown = useMemo(() => shownBackends(fleet, applied), [fleet, applied]);
  const blockedWhy = useBlockedWhy(whole);
  const selection = useSelection(shown);
  const { start } = useMaintenanceActions();
  useKeepPlace(() => ({
    filter,
    lb,
    scrollTop: grid.current?.scrollTop() ?? 0,
    server: grid.current?.currentId() ?? null,
  }));

  const selectCurrent = (isRange: boolean) => {
    const server = grid.current?.current() ?? null;
    if (server !== null) selection.toggle(server.id, isRange);
  };
  useShortcuts(
    {
      "/": () => search.current?.focus(),
      j: () => grid.current?.move(1),
      k: () => grid.current?.move(-1),
      s: () => grid.current?.focusControl(),
      m: () => {
        const server = grid.current?.current() ?? null;
        if (server !== null && blockedWhy(server) === null) start([server.id]);
      },
      x: () => selectCurrent(false),
      X: () => selectCurrent(true),
      "]": () => grid.current?.moveToProblem(1),
      "[": () => grid.current?.moveToProblem(-1),
      Escape: () => (selection.ids.size > 0 ? selection.clear() : setFilter(EVERYTHING)),
    },
    hasShortcuts,
  );

  const isPhone = layout === "phone";
  return (
    <div className={`board is-${layout}`}>
      <Header hasShortcuts={hasShortcuts} onShortcuts={setHasShortcuts} />
      <FleetStatus counts={counts} />
      <main className="main">
        <section className="left" aria-label="Board">
          <FilterBar
            filter={filter}
            onFilter={setFilter}
            counts={counts}
            lbNames={whole.loadBalancers.map((status) => status.name)}
            lb={lb}
            onLb={onLb}
            hasShortcuts={hasShortcuts && !isPhone}
            searchRef={search}
            onLeave={() => grid.current?.focusFirst()}
          />
          {isPhone && <PhoneWork />}
          <ViewFeedContext value={feed}>
            <ServerGrid
              ref={grid}
              place={place}
              shown={shown}
              lb={lb}
              headNow={headNow(fleet, lb)}
              blockedWhy={blockedWhy}
              isPhone={isPhone}
              onOpen={(server) => setOpened(server.id)}
              selected={selection.ids}
              onSelect={selection.toggle}
              onSelectAll={selection.toggleAll}
            />
          </ViewFeedContext>
          {!isPhone && selection.ids.size > 0 && (
            <BulkBar ids={selection.inOrder} fleet={fleet} lb={lb} onClear={selection.clear} onDrop={selection.drop} />
          )}
        </section>
        {!isPhone && <Tray fleet={fleet} lb={lb} blockedWhy={blockedWhy} isNarrow={layout === "narrow"} />}
      </main>
      {isPhone && opened !== null && (
        <PhoneSheet id={opened} lb={lb} blockedWhy={blockedWhy} onClose={() => setOpened(null)} />
      )}
    </div>
  );
}

function shownBackends(fleet: FleetView, filter: ServerFilter): readonly ShownBackend[] {
  return fleet.backends
    .map((backend) => ({ backend, servers: backend.servers.filter((server) => matches(server, filter)) }))
    .filter(({ servers }) => servers.length > 0);
}

/** While a part is not known, the head says of whom the numbers are. */
function headNow(fleet: FleetView, lb: string | null): string {
  const live = fleet.loadBalancers.filter((lb) => countsAsLive(lb.link)).map((lb) => lb.name);
  if (live.length === fleet.loadBalancers.length) return lb ?? "Now";
  if (live.length === 0) return "Unknown";
  return live.length > 2 ? `${live.length} of ${fleet.loadBalancers.length}` : live.join(" + ");
}

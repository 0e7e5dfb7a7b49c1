"use client";
// The machines that get patched: one row an address, over all backends and load balancers.
import Link from "next/link";
import { useSearchParams } from "next/navigation";
import { useDeferredValue, useMemo, useRef, useState } from "react";
import { ChangeManyProvider } from "#components/board/change-many.tsx";
import { FleetStatus } from "#components/board/fleet-status.tsx";
import { Header } from "#components/board/header.tsx";
import { useLayout } from "#components/board/use-layout.ts";
import { useShortcutSetting, useShortcuts } from "#components/board/use-shortcuts.ts";
import { type ShownFleet, useShownFleet } from "#components/board/use-shown-fleet.ts";
import { ViewFeedContext } from "#components/board/view-feed.ts";
import { Glyph } from "#components/glass/glyph.tsx";
import { useLive, useScope } from "#components/live/hooks.ts";
import { BoardLoading } from "#components/shell/board-loading.tsx";
import { countCategories } from "#lib/fleet/category.ts";
import { countHosts, type HostFilter, hostsOfFleet, matchesHost, type Unplaced } from "#lib/maintenance/host-view.ts";
import { plural } from "#lib/util/format.ts";
import { HostFilters } from "./host-filters.tsx";
import { HostRow } from "./host-row.tsx";
import "#components/ui/ui.css";
import "#components/board/board.css";
import "#components/maintenance/maintenance.css";
import "#components/maintenance/maintenance-page.css";
import "./hosts.css";

const EVERYTHING: HostFilter = { text: "", state: "all" };

export function HostsPage() {
  useScope(null);
  const isWhole = useLive(({ scope }) => scope.kind === "fleet");
  const shown = useShownFleet(null, true);
  if (shown === null || !isWhole) return <BoardLoading />;
  return (
    <ChangeManyProvider>
      <Loaded {...shown} />
    </ChangeManyProvider>
  );
}

function Loaded({ fleet, feed }: ShownFleet) {
  const asked = useSearchParams().get("q") ?? "";
  const [filter, setFilter] = useState<HostFilter>({ ...EVERYTHING, text: asked });
  const [hasShortcuts, setHasShortcuts] = useShortcutSetting();
  const isPhone = useLayout() === "phone";
  const search = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLElement>(null);
  const { hosts, unplaced } = useMemo(() => hostsOfFleet(fleet), [fleet]);
  const counts = useMemo(() => countHosts(hosts), [hosts]);
  const categories = useMemo(() => countCategories(fleet), [fleet]);
  const applied = useDeferredValue(filter);
  const shown = hosts.filter((host) => matchesHost(host, applied));
  const servers = hosts.reduce((sum, host) => sum + host.servers.length, 0);

  useShortcuts(
    {
      "/": () => search.current?.focus(),
      j: () => moveRow(list.current, 1),
      k: () => moveRow(list.current, -1),
      s: () => currentRow(list.current)?.querySelector<HTMLElement>(".seg [tabindex='0']")?.focus(),
      m: () => currentRow(list.current)?.querySelector<HTMLElement>(".host-act button")?.click(),
      Escape: () => setFilter(EVERYTHING),
    },
    hasShortcuts,
  );

  return (
    <div className={`board hosts-page ${isPhone ? "is-phone" : ""}`}>
      <Header hasShortcuts={hasShortcuts} onShortcuts={setHasShortcuts} />
      <FleetStatus counts={categories} />
      <section className="job-head" aria-label="Hosts">
        <Link className="job-back" href="/" aria-label="Back to the board">
          <Glyph name="back" size={16} />
        </Link>
        <div className="job-title">
          <h1>Hosts</h1>
          <p>{`${plural(hosts.length, "host")} with ${plural(servers, "server")}: what is set here is set for all of them`}</p>
        </div>
      </section>
      <main className="hosts-main" ref={list}>
        <HostFilters
          filter={filter}
          onFilter={setFilter}
          counts={counts}
          hasShortcuts={hasShortcuts && !isPhone}
          searchRef={search}
          onLeave={() => moveRow(list.current, 1)}
        />
        <ViewFeedContext value={feed}>
          {shown.length > 0 && (
            <table className="hosts">
              <caption className="sr-only">Hosts</caption>
              <thead>
                <tr>
                  <th scope="col">Host</th>
                  <th scope="col">Admin state</th>
                  <th scope="col">
                    <span className="sr-only">Maintenance</span>
                  </th>
                  <th scope="col">Servers</th>
                  <th scope="col" className="num">
                    Sessions
                  </th>
                  <th scope="col" className="num">
                    Last change
                  </th>
                </tr>
              </thead>
              <tbody>
                {shown.map((host) => (
                  <HostRow key={host.host} host={host} isPhone={isPhone} />
                ))}
              </tbody>
            </table>
          )}
        </ViewFeedContext>
        {shown.length === 0 && <p className="no-match">{emptyWords(hosts.length, unplaced.length)}</p>}
        {unplaced.length > 0 && <UnplacedList unplaced={unplaced} />}
      </main>
    </div>
  );
}

function emptyWords(hosts: number, unplaced: number): string {
  if (hosts > 0) return "No host matches the filter.";
  if (unplaced > 0) return "No load balancer shows an address, so servers cannot be told by machine.";
  return "No load balancer shows a server yet.";
}

function UnplacedList({ unplaced }: { unplaced: readonly Unplaced[] }) {
  return (
    <section className="unplaced" aria-label="Without an address">
      <h2>{`${plural(unplaced.length, "server")} without an address`}</h2>
      <p>On none of the hosts above, and not set with any of them.</p>
      <ul>
        {unplaced.map(({ server, why }) => (
          <li key={server.id}>
            <b>{server.id}</b>
            {`: ${why}`}
          </li>
        ))}
      </ul>
    </section>
  );
}

function currentRow(list: HTMLElement | null): HTMLElement | null {
  const row = document.activeElement?.closest<HTMLElement>("[data-host]") ?? null;
  return row !== null && list?.contains(row) === true ? row : null;
}

function moveRow(list: HTMLElement | null, step: number): void {
  if (list === null) return;
  const rows = [...list.querySelectorAll<HTMLElement>("[data-host]")];
  const current = currentRow(list);
  const at = current === null ? -1 : rows.indexOf(current);
  const next = at < 0 ? rows[0] : rows[at + step];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

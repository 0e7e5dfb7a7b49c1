"use client";
// One server: how it empties, who is still there and why, and what can be done about it.
import Link from "next/link";
import { useMemo, useRef } from "react";
import { ServerEvents } from "#components/audit/server-events.tsx";
import { useBlockedWhy } from "#components/board/blocked-why.ts";
import { ChangeProvider } from "#components/board/change.tsx";
import { FleetStatus } from "#components/board/fleet-status.tsx";
import { Header } from "#components/board/header.tsx";
import { useLayout } from "#components/board/use-layout.ts";
import { useShortcutSetting, useShortcuts } from "#components/board/use-shortcuts.ts";
import { useLive, useMaintenanceOf, useScope } from "#components/live/hooks.ts";
import { useMaintenanceActions } from "#components/maintenance/actions.tsx";
import { LbTable } from "#components/maintenance/lb-table.tsx";
import { useIsLost } from "#components/maintenance/permission.ts";
import { PersistenceCard } from "#components/persistence/persistence-card.tsx";
import { BoardLoading } from "#components/shell/board-loading.tsx";
import { MessagePage } from "#components/shell/message-page.tsx";
import { countCategories } from "#lib/fleet/category.ts";
import type { FleetView, ServerView } from "#lib/fleet/merge.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import { ControlsProvider } from "./controls.tsx";
import { Diagnosis } from "./diagnosis.tsx";
import { EndSessionsProvider } from "./end-sessions.tsx";
import { Facts } from "./facts.tsx";
import { PageHead } from "./page-head.tsx";
import { ServerHero } from "./server-hero.tsx";
import { SessionsPanel } from "./sessions-panel.tsx";
import { serverSentence } from "./words.ts";
import "#components/ui/ui.css";
import "#components/board/board.css";
import "#components/maintenance/maintenance.css";
import "#components/maintenance/maintenance-page.css";
import "./server-page.css";

export function ServerPage({ id }: { id: ServerId }) {
  // A phone is not sent the fleet. A desk is: it comes back to the board at once, and is called to every maintenance.
  const isPhone = useLayout() === "phone";
  useScope(isPhone ? id : null);
  const fleet = useLive((live) => live.fleet);
  const isHere = useLive(({ scope }) => scope.kind === "fleet" || scope.id === id);
  if (fleet === null || !isHere) return <BoardLoading />;
  const view = fleet.servers.get(id);
  if (view === undefined) return <Unknown id={id} />;
  return (
    <ChangeProvider>
      <EndSessionsProvider view={view}>
        <ControlsProvider view={view}>
          <Loaded key={id} fleet={fleet} view={view} />
        </ControlsProvider>
      </EndSessionsProvider>
    </ChangeProvider>
  );
}

function Unknown({ id }: { id: ServerId }) {
  return (
    <MessagePage title="No such server">
      <p>{`No load balancer that answered since Drainboard started has a server ${id}. It may have been renamed or removed in haproxy.cfg.`}</p>
      <Link className="btn" href="/" prefetch={false}>
        Back to the board
      </Link>
    </MessagePage>
  );
}

function Loaded({ fleet, view }: { fleet: FleetView; view: ServerView }) {
  const [hasShortcuts, setHasShortcuts] = useShortcutSetting();
  const layout = useLayout();
  const isLost = useIsLost();
  const counts = useMemo(() => countCategories(fleet), [fleet]);
  const job = useMaintenanceOf(view.id);
  const blockedWhy = useBlockedWhy(fleet)(view);
  const main = useRef<HTMLElement>(null);
  const head = useRef<HTMLElement>(null);
  const { start } = useMaintenanceActions();
  useShortcuts(
    {
      s: () => head.current?.querySelector<HTMLElement>(".seg [tabindex='0']")?.focus(),
      m: () => {
        if (blockedWhy === null && job === null) start([view.id]);
      },
      Escape: () => head.current?.querySelector<HTMLElement>(".job-back")?.click(),
    },
    hasShortcuts,
  );
  return (
    <div className={`board job-page server-page is-${layout}`}>
      <Header hasShortcuts={hasShortcuts} onShortcuts={setHasShortcuts} />
      <FleetStatus counts={counts} liveText={serverSentence(view, fleet.loadBalancers)} />
      <PageHead ref={head} fleet={fleet} view={view} job={job} blockedWhy={blockedWhy} isPhone={layout === "phone"} />
      <main className="server-main" ref={main}>
        <ServerHero view={view} job={job} />
        <aside className="server-side" aria-label="Details">
          <Diagnosis view={view} blockedWhy={blockedWhy} />
          {!isLost && <LbTable view={view} server={job?.server ?? null} />}
          <ServerEvents server={view.id} />
          <PersistenceCard view={view} blockedWhy={blockedWhy} />
          {!isLost && <Facts view={view} />}
        </aside>
        <SessionsPanel view={view} blockedWhy={blockedWhy} scroller={main} isPhone={layout === "phone"} />
      </main>
    </div>
  );
}

"use client";
// One maintenance: where it is, why, what happened, and what can be done about it.
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useMemo, useState } from "react";
import { FleetStatus } from "#components/board/fleet-status.tsx";
import { Header } from "#components/board/header.tsx";
import { useLayout } from "#components/board/use-layout.ts";
import { useShortcutSetting } from "#components/board/use-shortcuts.ts";
import { Glyph } from "#components/glass/glyph.tsx";
import { useLive, useMaintenance, useServerView } from "#components/live/hooks.ts";
import { BoardLoading } from "#components/shell/board-loading.tsx";
import { MessagePage } from "#components/shell/message-page.tsx";
import { countCategories } from "#lib/fleet/category.ts";
import type { FleetView } from "#lib/fleet/merge.ts";
import { deadlineActionWords } from "#lib/maintenance/choice-words.ts";
import { isFinal } from "#lib/maintenance/job.ts";
import type { MaintenanceSummary, ServerSummary } from "#lib/maintenance/summary.ts";
import { clockMinute, clockTime, listOf, plural, span } from "#lib/util/format.ts";
import { useMaintenanceActions } from "./actions.tsx";
import { BurndownPanel } from "./burndown-panel.tsx";
import { LbTable } from "./lb-table.tsx";
import { useIsLost } from "./permission.ts";
import { fetchMaintenance } from "./record.ts";
import { RecordList } from "./record-list.tsx";
import { PauseButton, RequestButton, StopButton, serversOf } from "./request-buttons.tsx";
import { ServerList } from "./server-list.tsx";
import { foremost } from "./tray-order.ts";
import { atATimeWords, isByHost, unitsOf } from "./units.ts";
import { useRecord } from "./use-record.ts";
import { backendsOf, doneWords, isRolling } from "./words.ts";
import "#components/ui/ui.css";
import "#components/board/board.css";
import "./maintenance.css";
import "./maintenance-page.css";

export function MaintenancePage({ id }: { id: string }) {
  const fleet = useLive((live) => live.fleet);
  if (fleet === null) return <BoardLoading />;
  return <Known id={id} fleet={fleet} />;
}

function Known({ id, fleet }: { id: string; fleet: FleetView }) {
  const pushed = useMaintenance(id);
  const older = useQuery({
    queryKey: ["maintenance", id],
    queryFn: () => fetchMaintenance(id),
    enabled: pushed === undefined,
    retry: false,
  });
  const maintenance = pushed ?? older.data;
  if (maintenance?.unreadable !== undefined) {
    return (
      <MessagePage title="Cannot be read">
        <p>{maintenance.unreadable}</p>
        <Link className="btn" href="/">
          Back to the board
        </Link>
      </MessagePage>
    );
  }
  if (maintenance !== undefined) return <Loaded maintenance={maintenance} fleet={fleet} />;
  if (older.isPending) return <BoardLoading />;
  return (
    <MessagePage title="No such maintenance">
      <p>{older.error?.message ?? `There is no maintenance ${id}.`}</p>
      <Link className="btn" href="/">
        Back to the board
      </Link>
    </MessagePage>
  );
}

function Loaded({ maintenance, fleet }: { maintenance: MaintenanceSummary; fleet: FleetView }) {
  const [hasShortcuts, setHasShortcuts] = useShortcutSetting();
  const [chosen, setChosen] = useState<string | null>(null);
  const isLost = useIsLost();
  const layout = useLayout();
  const counts = useMemo(() => countCategories(fleet), [fleet]);
  const { events, course, problem } = useRecord(maintenance);
  const focused =
    maintenance.servers.find((one) => one.server === chosen) ?? foremost(maintenance, maintenance.createdAt);
  if (focused === undefined) return null;
  return (
    <div className={`board job-page is-${layout}`}>
      <Header hasShortcuts={hasShortcuts} onShortcuts={setHasShortcuts} />
      <FleetStatus counts={counts} />
      <Head maintenance={maintenance} focused={focused} />
      <main className="job-main">
        <div className="job-left">
          {maintenance.paused !== null && (
            <p className="job-paused" role="status">
              <Glyph name="warn" size={14} />
              <b>Paused.</b>
              {maintenance.paused.why === "" ? ` By ${maintenance.paused.who}` : ` ${maintenance.paused.why}`}
              {`, since ${clockTime(maintenance.paused.atMs)}. Drains and maints stay as they are.`}
            </p>
          )}
          <BurndownPanel
            key={focused.server}
            maintenance={maintenance}
            server={focused}
            events={events}
            course={course}
          />
          {isRolling(maintenance) && (
            <ServerList maintenance={maintenance} focused={focused.server} isLost={isLost} onFocus={setChosen} />
          )}
          {!isRolling(maintenance) && <Terms maintenance={maintenance} />}
        </div>
        <aside className="job-right" aria-label="Details">
          <Cells server={focused} />
          <RecordList id={maintenance.id} events={events} problem={problem} />
          {isRolling(maintenance) && <Terms maintenance={maintenance} />}
        </aside>
      </main>
    </div>
  );
}

function Cells({ server }: { server: ServerSummary }) {
  const view = useServerView(server.server);
  return view === undefined ? null : <LbTable view={view} server={server} />;
}

function Head({ maintenance, focused }: { maintenance: MaintenanceSummary; focused: ServerSummary }) {
  const isOpen = maintenance.servers.some((one) => !isFinal(one.phase));
  const actions = useMaintenanceActions();
  const slash = focused.server.indexOf("/");
  const isRun = isRolling(maintenance);
  const isReturning = !isRun && focused.phase === "returning";
  return (
    <section className="job-head" aria-label="This maintenance">
      <Link className="job-back" href="/" aria-label="Back to the board">
        <Glyph name="back" size={16} />
      </Link>
      <div className="job-title">
        <h1>
          {isRun ? (
            `Rolling maintenance of ${backendsOf(maintenance)}`
          ) : (
            <>
              <span>{`${focused.server.slice(0, slash)} / `}</span>
              {focused.server.slice(slash + 1)}
            </>
          )}
        </h1>
        <p>
          {[
            maintenance.reason,
            `${maintenance.startedBy}, since ${clockMinute(maintenance.createdAt)}`,
            isRun ? doneWords(maintenance) : "",
            maintenance.closedAt === null
              ? ""
              : `Over at ${clockMinute(maintenance.closedAt)}, took ${span(maintenance.closedAt - maintenance.createdAt)}`,
          ]
            .filter(Boolean)
            .join(". ")}
        </p>
      </div>
      <span className="grow" />
      {isOpen && (
        <div className="job-actions">
          <PauseButton maintenance={maintenance} className="" />
          <RequestButton servers={serversOf(maintenance)} className="" onClick={() => actions.change(maintenance)}>
            Change…
          </RequestButton>
          {!isReturning && <StopButton maintenance={maintenance} server={isRun ? null : focused} className="" />}
        </div>
      )}
    </section>
  );
}

function Terms({ maintenance }: { maintenance: MaintenanceSummary }) {
  const { options } = maintenance;
  const lbs = [...new Set(maintenance.servers.flatMap((one) => one.perLoadBalancer.map((cell) => cell.lb)))];
  return (
    <section className="side-part" id="why" aria-label="Terms">
      <h2>Terms</h2>
      <dl className="terms">
        <dt>Quiet window</dt>
        <dd>
          <b>{span(options.quietMs)}</b> on every load balancer. {options.quietWhy}
        </dd>
        <dt>Deadline</dt>
        <dd>
          {options.deadlineMs === null ? (
            "none: it waits as long as it takes"
          ) : (
            <>
              <b>{span(options.deadlineMs)}</b> after its drain began, then {deadlineActionWords[options.atDeadline]}
              {options.atDeadline === "end-sessions" && options.endSessions === "tunnels-first" && ", tunnels first"}
            </>
          )}
        </dd>
        <dt>Load balancers</dt>
        <dd>
          {options.loadBalancers === null
            ? `all that carry it${lbs.length > 0 ? `: ${listOf(lbs)}` : ""}`
            : `${listOf(options.loadBalancers)} only`}
        </dd>
        {options.autoReturnMs !== null && (
          <>
            <dt>Return</dt>
            <dd>{`by itself, ${span(options.autoReturnMs)} after your turn began`}</dd>
          </>
        )}
        {isRolling(maintenance) && (
          <>
            <dt>Run</dt>
            <dd>{`${plural(maintenance.servers.length, "server")}${isByHost(maintenance) ? ` on ${plural(unitsOf(maintenance).length, "host")}` : ""}, ${atATimeWords(maintenance)}${options.ignoreMinimum ? ", below the minimum on purpose" : ""}`}</dd>
          </>
        )}
      </dl>
    </section>
  );
}

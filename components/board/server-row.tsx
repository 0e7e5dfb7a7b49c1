"use client";
import Link from "next/link";
import { memo, type ReactNode } from "react";
import { knownPart } from "#components/glass/known-part.tsx";
import { NotKnown } from "#components/glass/session-count.tsx";
import { type MaintenanceOf, useMaintenanceOf } from "#components/live/hooks.ts";
import { quietBarOf, toneOf } from "#components/maintenance/words.ts";
import { serverPath } from "#components/server-detail/server-path.ts";
import { categoryOf, isKnown } from "#lib/fleet/category.ts";
import { countsAsLive } from "#lib/fleet/link.ts";
import type { ServerView } from "#lib/fleet/merge.ts";
import { isSteady } from "#lib/fleet/steady.ts";
import { adminStates } from "#lib/haproxy/admin-state.ts";
import { cutMiddle } from "#lib/util/format.ts";
import { ActionSlot } from "./action-slot.tsx";
import { ReadyGlass, RowHealth, RowLastArrival, RowQueue, RowRate, RowSessions, RowTrace } from "./painted-cells.tsx";
import { rampPercent } from "./ramp.ts";
import { RowMenu } from "./row-menu.tsx";
import { ServerGlass } from "./server-glass.tsx";
import { StateControl } from "./state-control.tsx";

/** What fits in the name column beside nothing, a cookie value, or the backup tag. */
const NAME_CHARS = { alone: 15, withCookie: 11, withTag: 8 };
const COOKIE_CHARS = 5;

export interface ServerRowProps {
  server: ServerView;
  /** the board shows this load balancer only; null: all */
  lb: string | null;
  blockedWhy: string | null;
  isCurrent: boolean;
  rowIndex: number;
  isSelected: boolean;
  /** range: everything from the row that was selected last */
  onSelect(id: string, isRange: boolean): void;
}

export const ServerRow = memo(function ServerRow(props: ServerRowProps) {
  const { server, lb, blockedWhy, isCurrent, rowIndex, isSelected, onSelect } = props;
  const job = useMaintenanceOf(server.id);
  const category = categoryOf(server);
  const isUnknown = !isKnown(server);
  const { isComplete } = server;
  const weight = category === "ramp" ? `${rampPercent(server)}%` : server.weight;
  const bar = barOf(job, category);
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows of a virtual grid are placed, a <tr> cannot be
    <div
      className={`row ${bar} ${isSelected ? "is-selected" : ""}`}
      role="row"
      aria-selected={isSelected}
      aria-label={server.id}
      aria-rowindex={rowIndex}
      data-id={server.id}
      tabIndex={isCurrent ? 0 : -1}
    >
      {cell(
        "pick-cell",
        <input
          type="checkbox"
          className="pick-box"
          aria-label={`Select ${server.id}`}
          checked={isSelected}
          tabIndex={isCurrent ? 0 : -1}
          onChange={(event) => onSelect(server.id, (event.nativeEvent as MouseEvent).shiftKey === true)}
        />,
      )}
      {cell(
        "name",
        <ServerName
          id={server.id}
          isBackup={server.isBackup}
          cookie={server.cookie}
          address={server.address}
          isReachable={isCurrent}
        />,
      )}
      {cell(
        "",
        <StateControl
          id={server.id}
          adminState={server.adminState}
          spread={spreadOf(server)}
          lb={lb}
          blockedWhy={blockedWhy}
          isReachable={isCurrent}
        />,
      )}
      {cell("", <ActionSlot server={server} job={job} blockedWhy={blockedWhy} isReachable={isCurrent} />)}
      {cell(
        "history",
        <>
          {lb === null && <RowTrace id={server.id} state={category === "split" ? "ready" : category} />}
          {server.adminState === "ready" ? (
            <ReadyGlass server={server} />
          ) : (
            <ServerGlass server={server} size="row" quiet={job === null ? null : quietBarOf(job.server)} />
          )}
        </>,
      )}
      {cell("num", isUnknown ? <NotKnown /> : <RowSessions id={server.id} isComplete={isComplete} />)}
      {cell("num", isUnknown ? null : knownPart("sum", isComplete, <RowRate id={server.id} />))}
      {cell("num is-muted", isUnknown ? null : knownPart("least", isComplete, <RowLastArrival id={server.id} />))}
      {cell("health-cell", <RowHealth id={server.id} />)}
      {cell(
        `num col-weight ${category === "ramp" ? "is-strong" : "is-muted"}`,
        isUnknown ? null : knownPart("least", isComplete, weight),
      )}
      {cell("num col-queue", isUnknown ? null : knownPart("sum", isComplete, <RowQueue id={server.id} />))}
      {cell("row-menu", <RowMenu id={server.id} blockedWhy={blockedWhy} isReachable={isCurrent} />)}
    </div>
  );
}, isSameRow);

/** Numbers are painted by the cells; everything else is compared. */
function isSameRow(a: ServerRowProps, b: ServerRowProps): boolean {
  return (
    isSteady(a.server, b.server) &&
    a.lb === b.lb &&
    a.blockedWhy === b.blockedWhy &&
    a.isCurrent === b.isCurrent &&
    a.rowIndex === b.rowIndex &&
    a.isSelected === b.isSelected &&
    a.onSelect === b.onSelect
  );
}

/** The bar on the left: the phase of its maintenance, or that it is out of service without one. */
function barOf(job: MaintenanceOf | null, category: string): string {
  if (job !== null) {
    const tone = toneOf(job.server.phase);
    return `is-out is-${tone === "ready" ? "ramp" : tone}`;
  }
  return category === "drain" || category === "maint" || category === "ramp" ? `is-out is-${category}` : "";
}

/** A function, not a component: thirteen a row, and every one of them would be compared at every poll. */
function cell(className: string, children: ReactNode) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: see the row
    // biome-ignore lint/a11y/useFocusableInteractive: the row and the controls inside take the focus
    <div role="gridcell" className={`cell ${className}`}>
      {children}
    </div>
  );
}

/** How many of the load balancers that answer say ready, drain, maint: "1 0 2". When none answers, what they said last. */
export function spreadOf(server: ServerView): string {
  const live = server.cells.filter((cell) => countsAsLive(cell.link));
  const judged = live.length > 0 ? live : server.cells;
  return adminStates.map((state) => judged.filter((cell) => cell.adminState === state).length).join(" ");
}

interface ServerNameProps {
  id: string;
  isBackup: boolean;
  cookie: string;
  address: string;
  isReachable: boolean;
}

const ServerName = memo(function ServerName({ id, isBackup, cookie, address, isReachable }: ServerNameProps) {
  const name = id.slice(id.indexOf("/") + 1);
  const title = [id, address, cookie === "" ? "" : `cookie value ${cookie}`].filter(Boolean).join("\n");
  const showsCookie = !isBackup && cookie !== "" && cookie !== name;
  const room = isBackup ? "withTag" : showsCookie ? "withCookie" : "alone";
  return (
    <span title={title}>
      <Link
        className="name-link"
        href={serverPath(id)}
        prefetch={false}
        aria-label={`${id}: sessions and history`}
        tabIndex={isReachable ? 0 : -1}
      >
        {cutMiddle(name, NAME_CHARS[room])}
      </Link>
      {isBackup && <span className="tag">backup</span>}
      {showsCookie && <small>{cutMiddle(cookie, COOKIE_CHARS)}</small>}
    </span>
  );
});

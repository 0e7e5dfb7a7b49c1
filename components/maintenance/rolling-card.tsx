"use client";
// A rolling run in the tray: a small glass a server, how far it is, and the server that needs somebody most.
import Link from "next/link";
import { memo } from "react";
import { useExactNow } from "#components/board/ages.tsx";
import { ServerGlass } from "#components/board/server-glass.tsx";
import { Glyph } from "#components/glass/glyph.tsx";
import { useLive, useServerView } from "#components/live/hooks.ts";
import type { MaintenanceSummary, ServerSummary } from "#lib/maintenance/summary.ts";
import { cutMiddle, listOf, plural } from "#lib/util/format.ts";
import { maintenancePath, splitOnce } from "./job-card.tsx";
import { useIsLost } from "./permission.ts";
import { PauseButton, SetReadyButton, StopButton } from "./request-buttons.tsx";
import { leftCount, type SessionsLeft, sessionsLeft } from "./sessions-left.ts";
import { foremost } from "./tray-order.ts";
import { atATimeWords, isByHost, readyServer, unitsOf } from "./units.ts";
import {
  backendsOf,
  doneWords,
  etaWords,
  heldOf,
  lostMark,
  phaseMark,
  quietBarOf,
  stayWords,
  toneOf,
} from "./words.ts";

const MAX_GLASSES = 8;

export const RollingCard = memo(function RollingCard({ maintenance }: { maintenance: MaintenanceSummary }) {
  const nowMs = useExactNow();
  const isLost = useIsLost();
  const first = foremost(maintenance, nowMs);
  const firstView = useLive((live) => live.fleet?.servers.get(first?.server ?? ""));
  const turns = unitsOf(maintenance).flatMap((unit) => readyServer(unit) ?? []);
  const tone = first === undefined ? "plain" : toneOf(first.phase);
  const shown = maintenance.servers.length > MAX_GLASSES ? windowOf(maintenance.servers) : maintenance.servers;
  return (
    <li className={`strip is-${tone} ${isLost ? "is-held" : ""}`} id={`job-${maintenance.id}`}>
      <div className="strip-head">
        <b>{cutMiddle(backendsOf(maintenance), 16)}</b>
        <span>{`rolling, ${atATimeWords(maintenance)}`}</span>
        <span className="grow" />
        <span title={maintenance.reason === "" ? undefined : maintenance.reason}>{maintenance.startedBy}</span>
      </div>
      <div className="run-glasses">
        {shown.map((server, at) => (
          <RunGlass
            key={server.server}
            server={server}
            isLost={isLost}
            isWithPrevious={server.host !== null && server.host === shown[at - 1]?.host}
          />
        ))}
      </div>
      <p className="strip-text">
        <b>{`${doneWords(maintenance)}.`}</b> {isLost && first !== undefined ? lostMark(first).title : ""}
        {!isLost && first !== undefined && firstWords(first, sessionsLeft(first, firstView))}
        {!isLost && maintenance.paused !== null && (
          <>
            <br />
            <b>Paused.</b> {maintenance.paused.why === "" ? `By ${maintenance.paused.who}.` : maintenance.paused.why}
          </>
        )}
      </p>
      <div className="strip-actions">
        {turns.length === 1 && turns[0] !== undefined && (
          <SetReadyButton maintenance={maintenance} server={turns[0]} className="btn-sm" />
        )}
        <Link className="btn btn-sm" href={maintenancePath(maintenance.id)} prefetch={false}>
          {turns.length > 1
            ? `Your turn: ${plural(turns.length, isByHost(maintenance) ? "host" : "server")}`
            : "Details"}
          <span className="sr-only"> of the run over {backendsOf(maintenance)}</span>
        </Link>
        <PauseButton maintenance={maintenance} className="btn-sm btn-quiet" />
        <StopButton maintenance={maintenance} server={null} className="btn-sm btn-quiet" />
      </div>
    </li>
  );
});

interface RunGlassProps {
  server: ServerSummary;
  isLost: boolean;
  /** on the same host as the one before: they stand close together */
  isWithPrevious: boolean;
}

function RunGlass({ server, isLost, isWithPrevious }: RunGlassProps) {
  const view = useServerView(server.server);
  const mark = isLost ? lostMark(server) : phaseMark(server, null);
  const waits = server.phase === "queued";
  return (
    <span
      className={`run-glass ${waits ? "is-waiting" : ""} ${isWithPrevious ? "is-with-previous" : ""}`}
      title={`${server.server}${server.host === null ? "" : ` on ${server.host}`}: ${mark.word}`}
    >
      {view !== undefined && <ServerGlass server={view} size="strip" quiet={isLost ? null : quietBarOf(server)} />}
      <Glyph name={mark.glyph} size={10} className={`c-${mark.tone}`} />
    </span>
  );
}

/** The active ones and those around them; the whole list is on its page. */
function windowOf(servers: readonly ServerSummary[]): readonly ServerSummary[] {
  const firstOpen = Math.max(0, servers.findIndex((one) => one.phase !== "done") - 1);
  const from = Math.min(firstOpen, servers.length - MAX_GLASSES);
  return servers.slice(from, from + MAX_GLASSES);
}

function firstWords(server: ServerSummary, left: SessionsLeft): string {
  const [, name] = splitOnce(server.server);
  const held = heldOf(server);
  if (held !== null) return `${name}: ${held.text}`;
  switch (server.phase) {
    case "draining": {
      const eta = etaWords(server);
      const when = server.etaAt === null ? "" : `, empty ${eta.text}${eta.strong}`;
      return `${name} has ${leftCount(left)} left${when}.${stayWords(server)}`;
    }
    case "quiet":
      return `${name} is empty, quiet ${server.quietForSec} of ${server.quietSec} s.`;
    case "maint":
      if (server.yourTurnAt === null) return `${name} is in maint. ${server.heldBecause?.text ?? ""}`;
      return `${server.host ?? name} is ${server.host === null ? "in maint" : "free"}: your turn.`;
    case "returning":
      return `${name} returns.`;
    case "queued":
    case "done":
    case "stopped":
    case "overridden":
    case "failed":
      return listOf([name, server.note].filter((text) => text !== ""));
  }
}

"use client";
// The servers of a run in their order, with phases; a click on one looks at it.
import { memo } from "react";
import { ServerGlass } from "#components/board/server-glass.tsx";
import { Glyph } from "#components/glass/glyph.tsx";
import { SessionCount } from "#components/glass/session-count.tsx";
import { useServerView } from "#components/live/hooks.ts";
import type { MaintenanceSummary, ServerSummary } from "#lib/maintenance/summary.ts";
import { clockTime } from "#lib/util/format.ts";
import { SetReadyButton } from "./request-buttons.tsx";
import { sessionsLeft } from "./sessions-left.ts";
import { atATimeWords, readyServer, type Unit, unitsOf } from "./units.ts";
import { heldOf, lostMark, phaseMark, quietBarOf } from "./words.ts";

interface ServerListProps {
  maintenance: MaintenanceSummary;
  focused: string;
  isLost: boolean;
  onFocus(server: string): void;
}

export function ServerList({ maintenance, focused, isLost, onFocus }: ServerListProps) {
  return (
    <section className="job-servers" aria-label="Servers">
      <h2>
        Servers
        <small>{atATimeWords(maintenance)}</small>
      </h2>
      {unitsOf(maintenance).map((unit) => (
        <section key={unit.host ?? unit.servers[0]?.server} aria-label={unit.host ?? undefined}>
          {unit.host !== null && <HostHead maintenance={maintenance} unit={unit} isLost={isLost} />}
          <ul>
            {unit.servers.map((server) => (
              <ServerItem
                key={server.server}
                maintenance={maintenance}
                server={server}
                isFocused={server.server === focused}
                isLost={isLost}
                onFocus={onFocus}
              />
            ))}
          </ul>
        </section>
      ))}
    </section>
  );
}

/** The machine: whose turn it is, and the one button for all of it. */
function HostHead({ maintenance, unit, isLost }: { maintenance: MaintenanceSummary; unit: Unit; isLost: boolean }) {
  const ready = readyServer(unit);
  const isTurn = !isLost && unit.servers.some((server) => server.phase === "maint" && server.yourTurnAt !== null);
  return (
    <div className="host-head">
      <h3>{unit.host}</h3>
      {isTurn && (
        <span className="lb-state c-maint">
          <Glyph name="hand" size={12} />
          Your turn
        </span>
      )}
      <span className="grow" />
      {ready !== undefined && <SetReadyButton maintenance={maintenance} server={ready} className="btn-sm" />}
    </div>
  );
}

interface ServerItemProps {
  maintenance: MaintenanceSummary;
  server: ServerSummary;
  isFocused: boolean;
  isLost: boolean;
  onFocus(server: string): void;
}

const ServerItem = memo(function ServerItem({ maintenance, server, isFocused, isLost, onFocus }: ServerItemProps) {
  const view = useServerView(server.server);
  const mark = isLost ? lostMark(server) : phaseMark(server, null);
  return (
    <li className={isFocused ? "is-focused" : ""}>
      <button type="button" aria-pressed={isFocused} onClick={() => onFocus(server.server)}>
        <span className="item-glass">
          {view !== undefined && <ServerGlass server={view} size="row" quiet={isLost ? null : quietBarOf(server)} />}
        </span>
        <b title={server.server}>{server.server}</b>
        <span className={`lb-state c-${mark.tone}`}>
          <Glyph name={mark.glyph} size={12} />
          {mark.word}
        </span>
        <span className="item-count">
          {!isLost && server.phase !== "queued" && <SessionCount {...sessionsLeft(server, view)} />}
        </span>
        <span className="item-note">{noteOf(server)}</span>
        <time>{clockTime(server.since)}</time>
      </button>
      {server.host === null && server.phase === "maint" && server.yourTurnAt !== null && (
        <SetReadyButton maintenance={maintenance} server={server} className="btn-sm" />
      )}
    </li>
  );
});

/** In maint, and the others of its host are not: that is what it waits for. */
function noteOf(server: ServerSummary): string {
  const isWaiting = server.phase === "maint" && server.yourTurnAt === null;
  return (isWaiting ? server.heldBecause : heldOf(server))?.text ?? server.note;
}

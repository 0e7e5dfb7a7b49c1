"use client";
// What goes on with the server right now, in one or two words. The button "Maintain…" comes here with maintenances.
import { Glyph } from "#components/glass/glyph.tsx";
import { Menu, MenuItem } from "#components/ui/menu.tsx";
import { isKnown } from "#lib/fleet/category.ts";
import { countsAsLive } from "#lib/fleet/link.ts";
import type { ServerView } from "#lib/fleet/merge.ts";
import { adminStates, causeText } from "#lib/haproxy/admin-state.ts";
import { listOf, shortCount } from "#lib/util/format.ts";
import { Since } from "./ages.tsx";
import { useAskChange } from "./change.tsx";

interface ActionSlotProps {
  server: ServerView;
  blockedWhy: string | null;
  isReachable: boolean;
}

export function ActionSlot({ server, blockedWhy, isReachable }: ActionSlotProps) {
  if (server.adminState === "ready" && server.cause.kind === "none" && !server.isRamping) return null;
  if (server.adminState === "split") return <MakeEqual {...{ server, blockedWhy, isReachable }} />;
  const why = causeText(server.cause);
  if (server.adminState === "maint") {
    if (server.sessions > 0) {
      return (
        <span className="phase c-maint" title={why}>
          <Glyph name="warn" size={12} />
          {shortCount(server.sessions)} still in
        </span>
      );
    }
    return (
      <span className="phase is-plain" title={why}>
        {shortCause(server)}
      </span>
    );
  }
  if (server.adminState === "drain") return <DrainPhase server={server} why={why} />;
  if (server.isRamping && isKnown(server)) {
    return (
      <span className="phase c-ready" title="slowstart: takes part of its share of new users">
        <Glyph name="ramp" size={12} />
        Ramp {rampPercent(server)}%
      </span>
    );
  }
  return (
    <span className="phase is-plain" title={why}>
      {shortCause(server)}
    </span>
  );
}

function DrainPhase({ server, why }: { server: ServerView; why: string }) {
  const silent = server.cells.filter((cell) => !countsAsLive(cell.link)).map((cell) => cell.lb);
  if (server.sessions > 0) {
    return (
      <span className="phase c-drain" title={why}>
        <Glyph name="drain" size={12} />
        Draining
      </span>
    );
  }
  if (silent.length > 0) {
    const title = `${listOf(silent)} ${silent.length === 1 ? "does" : "do"} not answer: not known whether it is empty there`;
    return (
      <span className="phase c-drain" title={title}>
        <Glyph name="quiet" size={12} />
        {silent.length === 1 ? `${silent[0]}?` : `${silent.length} unknown`}
      </span>
    );
  }
  return (
    <span className="phase c-drain" title={why}>
      <Glyph name="quiet" size={12} />
      Quiet {server.lastArrivalAt !== null && <Since atSec={server.lastArrivalAt} />}
    </span>
  );
}

function shortCause({ cause }: ServerView): string {
  switch (cause.kind) {
    case "none":
    case "operator":
      return "";
    case "config":
      return "In haproxy.cfg";
    case "tracked":
      return "Tracks another";
    case "dns":
      return "No address";
    case "agent":
      return "Agent check";
    case "weight-0":
      return "Weight 0";
  }
}

export function rampPercent(server: ServerView): number {
  const throttles = server.cells.flatMap(({ link, row }) =>
    countsAsLive(link) && row.throttle !== null ? [row.throttle] : [],
  );
  return throttles.length === 0 ? 100 : Math.min(...throttles);
}

function MakeEqual({ server, blockedWhy, isReachable }: ActionSlotProps) {
  const ask = useAskChange();
  return (
    <Menu
      className="phase is-button"
      name={`Make ${server.id} equal`}
      trigger="Make equal…"
      align="start"
      tabIndex={isReachable ? 0 : -1}
      title={blockedWhy ?? undefined}
      items={() =>
        adminStates.map((adminState) => (
          <MenuItem
            key={adminState}
            glyph={adminState}
            glyphClass={`c-${adminState}`}
            blockedWhy={blockedWhy ?? undefined}
            onSelect={() => ask({ server: server.id, adminState, expect: "split" })}
          >
            {`Set ${adminState} on ${listOf(server.cells.map((cell) => cell.lb))}`}
          </MenuItem>
        ))
      }
    />
  );
}

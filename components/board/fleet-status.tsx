"use client";
import { useState } from "react";
import { Glyph } from "#components/glass/glyph.tsx";
import { useLive, useLostStates, useMaintenances } from "#components/live/hooks.ts";
import { useDismissed } from "#components/maintenance/dismissed.ts";
import { takenOver, withTakenOver } from "#components/maintenance/taken-over.ts";
import { countJobs } from "#components/maintenance/tray-order.ts";
import { Dialog } from "#components/ui/dialog.tsx";
import { blockedWords } from "#lib/auth/limit-words.ts";
import type { CategoryCounts } from "#lib/fleet/category.ts";
import { type StatusLine, statusLine } from "#lib/fleet/status-line.ts";
import { splitServerId } from "#lib/haproxy/names.ts";
import { clockTime } from "#lib/util/format.ts";
import type { LastChange } from "#lib/wire/events.ts";
import { useExactNow } from "./ages.tsx";

interface FleetStatusProps {
  counts: CategoryCounts;
  /** of a page about less than the fleet: what it says while all is live */
  liveText?: string;
}

/** One fixed slot: it never pushes anything. */
export function FleetStatus({ counts, liveText }: FleetStatusProps) {
  const loadBalancers = useLive((live) => live.fleet?.loadBalancers) ?? [];
  const connection = useLive((live) => live.connection);
  const isOutdated = useLive((live) => live.isOutdated);
  const lastChange = useLive((live) => live.lastChange);
  const me = useLive((live) => live.me);
  const nowMs = useExactNow();
  const [showsWhy, setShowsWhy] = useState(false);
  const maintenances = useMaintenances();
  const taken = takenOver(maintenances, useDismissed(), nowMs);
  const jobs = countJobs(
    maintenances,
    nowMs,
    (id) => me === null || blockedWords(me, splitServerId(id)?.backend ?? "") === null,
  );
  const facts = { connection, loadBalancers, counts, isOutdated, jobs, lost: useLostStates(), nowMs };
  const line = withTakenOver(statusLine(facts), taken.length);
  const canReload = isOutdated && line.lead.startsWith("Drainboard was updated");
  return (
    <>
      <div className={`status is-${line.tone}`} role="status" aria-label="Fleet status">
        <Glyph name={glyphs[line.tone]} size={line.tone === "live" ? 12 : 15} />
        <span className="status-words">
          <b>{line.lead}</b> {line.tone === "live" && liveText !== undefined ? liveText : line.text}
          {line.age !== "" && (
            <>
              {/* ticks: shown, never announced */}
              <span aria-hidden="true">, {line.age}</span>.
            </>
          )}
          {line.advice !== "" && ` ${line.advice}`}
        </span>
        <span className="grow" />
        {line.why.length > 0 && (
          <button type="button" className="btn" onClick={() => setShowsWhy(true)}>
            Why?
          </button>
        )}
        {canReload && (
          <button type="button" className="btn" onClick={() => window.location.reload()}>
            Reload
          </button>
        )}
        {line.tone === "live" && lastChange !== null && <LastChangeWords change={lastChange} />}
      </div>
      <div role="alert" className="sr-only">
        {line.alert}
      </div>
      {showsWhy && <WhyDialog line={line} onClose={() => setShowsWhy(false)} />}
    </>
  );
}

const glyphs = { live: "up", attention: "warn", stale: "stale" } as const;

function LastChangeWords({ change }: { change: LastChange }) {
  const name = splitServerId(change.server)?.server ?? change.server;
  const more = change.others === undefined ? "" : ` and ${change.others} more`;
  return (
    <span className="status-last" title={`${change.server}${more}`}>
      {`Last change ${clockTime(change.atMs)} by ${change.who}: ${name}${more} ${change.adminState}`}
    </span>
  );
}

function WhyDialog({ line, onClose }: { line: StatusLine; onClose(): void }) {
  return (
    <Dialog
      title={line.lead.replace(/\.$/, "")}
      onClose={onClose}
      foot={
        <button type="button" className="btn" onClick={onClose}>
          Close
        </button>
      }
    >
      <ul className="why">
        {line.why.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </Dialog>
  );
}

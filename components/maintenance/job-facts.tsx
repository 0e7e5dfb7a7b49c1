"use client";
// When will it be empty, what may stay, until when: the facts of a server on its way out.
import Link from "next/link";
import { useExactNow } from "#components/board/ages.tsx";
import type { MaintenanceSummary, ServerSummary } from "#lib/maintenance/summary.ts";
import { clockMinute, clockTime, count, span } from "#lib/util/format.ts";
import { deadlineWords, etaWords, heldOf } from "./words.ts";

interface JobFactsProps {
  maintenance: MaintenanceSummary;
  server: ServerSummary;
}

export function GoingOutFacts({ maintenance, server }: JobFactsProps) {
  const nowMs = useExactNow();
  const held = heldOf(server);
  const eta = etaWords(server);
  const deadline = deadlineWords(maintenance, server, nowMs);
  return (
    <>
      {held !== null && (
        <>
          <dt>Held</dt>
          <dd title={held.text}>
            <b>{held.code === "stale" && held.lb !== null ? `${held.lb} unknown` : held.text}</b>
            {` since ${clockTime(held.sinceMs)}`}
          </dd>
        </>
      )}
      {held === null && server.phase === "draining" && (
        <>
          <dt>Empty</dt>
          <dd>
            {eta.text}
            <b>{eta.strong}</b>
            {eta.asksWhy && (
              <>
                {" "}
                <Link href={`/maintenances/${encodeURIComponent(maintenance.id)}#why`} prefetch={false}>
                  Why is it not empty yet?
                </Link>
              </>
            )}
          </dd>
        </>
      )}
      {server.tunnels !== null && server.tunnels > 0 && (
        <>
          <dt>Tunnels</dt>
          <dd>
            <b>{count(server.tunnels)}</b>
            {server.eta === "only-tunnels"
              ? ` ${server.tunnels === 1 ? "does" : "do"} not end by ${server.tunnels === 1 ? "itself" : "themselves"}`
              : " may stay"}
          </dd>
        </>
      )}
      {deadline !== null && (
        <>
          <dt>Deadline</dt>
          <dd className={deadline.isPast ? "c-down" : ""}>
            <b>{deadline.at}</b>, {deadline.next}
          </dd>
        </>
      )}
    </>
  );
}

/** Two sentences for a server whose number is not the news. */
export function PhaseText({ maintenance, server }: { maintenance: MaintenanceSummary; server: ServerSummary }) {
  const nowMs = useExactNow();
  const held = heldOf(server);
  switch (server.phase) {
    case "maint":
      if (server.yourTurnAt === null)
        return <>{server.heldBecause?.text ?? "Maint is set. Not confirmed everywhere yet."}</>;
      return (
        <>
          In maint since <b>{clockMinute(server.yourTurnAt)}</b>, {span(nowMs - server.yourTurnAt)}.
          <br />
          {autoReturnWords(maintenance, server) ?? "Do your work, then set ready."}
        </>
      );
    case "quiet":
      if (held !== null) return <>{held.text}</>;
      return (
        <>
          Counting since <b>{clockTime(server.since)}</b>.
          <br />
          An arrival starts it again.
        </>
      );
    case "returning":
      return (
        <>{server.heldBecause?.text ?? (server.note === "" ? "Its check is proved clean, then ready." : server.note)}</>
      );
    case "queued":
      return <>{held?.text ?? "Waits for its place."}</>;
    case "draining":
    case "done":
    case "stopped":
    case "overridden":
    case "failed":
      return <>{server.note}</>;
  }
}

function autoReturnWords(maintenance: MaintenanceSummary, server: ServerSummary): string | null {
  const { autoReturnMs } = maintenance.options;
  if (autoReturnMs === null || server.yourTurnAt === null) return null;
  return `Returns by itself at ${clockMinute(server.yourTurnAt + autoReturnMs)}.`;
}

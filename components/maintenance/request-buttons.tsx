"use client";
// What can be asked of a maintenance now, as buttons. The same everywhere: tray, page, phone.
import type { ServerId } from "#lib/haproxy/names.ts";
import { isFinal } from "#lib/maintenance/job.ts";
import type { MaintenanceSummary, ServerSummary } from "#lib/maintenance/summary.ts";
import { listOf } from "#lib/util/format.ts";
import { useMaintenanceActions } from "./actions.tsx";
import { useMaintenanceBlockedWhy } from "./permission.ts";
import { togetherWith } from "./units.ts";

interface ServerButtonProps {
  maintenance: MaintenanceSummary;
  server: ServerSummary;
  className?: string;
}

/** "Your turn": the work is done. */
export function SetReadyButton({ maintenance, server, className = "" }: ServerButtonProps) {
  const actions = useMaintenanceActions();
  const isDirect = server.phase === "returning";
  const meant = togetherWith(maintenance, server).filter((one) => !isFinal(one.phase));
  return (
    <RequestButton
      className={isDirect ? className : `btn-primary ${className}`}
      servers={meant.map((one) => one.server)}
      onClick={() => actions.ready(maintenance, server.server, isDirect)}
    >
      {isDirect ? "Set ready at once" : "Set ready"}
      {meant.length > 1 && ` ${server.host}`}
      <span className="sr-only"> {listOf(meant.map((one) => one.server))}</span>
    </RequestButton>
  );
}

export function StopButton({
  maintenance,
  server,
  className = "btn-quiet",
}: {
  maintenance: MaintenanceSummary;
  server: ServerSummary | null;
  className?: string;
}) {
  const actions = useMaintenanceActions();
  return (
    <RequestButton
      className={className}
      servers={server === null ? serversOf(maintenance) : [server.server]}
      onClick={() => actions.stop(maintenance, server?.server ?? null)}
    >
      {server === null ? "Stop the run…" : "Stop, back to ready…"}
      <span className="sr-only"> {server?.server}</span>
    </RequestButton>
  );
}

export function PauseButton({
  maintenance,
  className = "btn-quiet",
}: {
  maintenance: MaintenanceSummary;
  className?: string;
}) {
  const actions = useMaintenanceActions();
  const isPaused = maintenance.paused !== null;
  return (
    <RequestButton
      className={isPaused ? "btn-primary" : className}
      servers={serversOf(maintenance)}
      onClick={() => (isPaused ? actions.resume(maintenance) : actions.pause(maintenance))}
    >
      {isPaused ? "Resume" : "Pause"}
      <span className="sr-only"> the maintenance of {maintenance.servers.map((one) => one.server).join(", ")}</span>
    </RequestButton>
  );
}

/** What is asked of a whole maintenance is asked of each of its servers. */
export function serversOf(maintenance: MaintenanceSummary): readonly ServerId[] {
  return maintenance.servers.map((one) => one.server);
}

interface RequestButtonProps {
  /** whose backends this one must be allowed to change, every one */
  servers: readonly ServerId[];
  className: string;
  onClick(): void;
  children: React.ReactNode;
}

/** A disabled control says why. */
export function RequestButton({ servers, className, onClick, children }: RequestButtonProps) {
  const blockedWhy = useMaintenanceBlockedWhy(servers);
  return (
    <button
      type="button"
      className={`btn ${className}`}
      aria-disabled={blockedWhy !== null || undefined}
      title={blockedWhy ?? undefined}
      onClick={() => blockedWhy === null && onClick()}
    >
      {children}
    </button>
  );
}

"use client";
import { Glass, type glassSizes } from "#components/glass/glass.tsx";
import { type Chamber, chambersOf, glassSentence, QUIET_WINDOW_SEC } from "#lib/fleet/chambers.ts";
import type { ServerView } from "#lib/fleet/merge.ts";
import { useSecondsSince } from "./ages.tsx";

interface ServerGlassProps {
  server: ServerView;
  size: keyof typeof glassSizes;
  /** the tray shows the quiet time while sessions are left; a row shows it once it can count as proof */
  showsQuietWhileBusy?: boolean;
}

export function ServerGlass({ server, size, showsQuietWhileBusy = false }: ServerGlassProps) {
  const { chambers, hidden } = chambersOf(server);
  const showsQuiet =
    server.adminState === "drain" && server.isComplete && (showsQuietWhileBusy || server.sessions === 0);
  return (
    <>
      {showsQuiet ? (
        <QuietGlass server={server} chambers={chambers} size={size} />
      ) : (
        <Glass chambers={chambers} size={size} quiet={null} label={glassSentence(server, null)} />
      )}
      {hidden > 0 && <span className="glass-more">+{hidden}</span>}
    </>
  );
}

interface QuietGlassProps {
  server: ServerView;
  chambers: readonly Chamber[];
  size: keyof typeof glassSizes;
}

function QuietGlass({ server, chambers, size }: QuietGlassProps) {
  const seconds = useSecondsSince(server.lastArrivalAt);
  const quiet = seconds === null ? null : Math.min(1, seconds / QUIET_WINDOW_SEC);
  return <Glass chambers={chambers} size={size} quiet={quiet} label={glassSentence(server, seconds)} />;
}

/** Sessions that fill all tubes of the server, over the load balancers that answer. */
export function referenceOf(server: ServerView): number {
  return server.cells.reduce((sum, cell) => sum + cell.row.reference, 0);
}

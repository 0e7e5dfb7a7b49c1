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
  /** what a maintenance has proved (null: the live quiet time) of its window; null: no bar. Left out: no maintenance */
  quiet?: { readonly sec: number | null; readonly of: number } | null;
}

export function ServerGlass({ server, size, showsQuietWhileBusy = false, quiet }: ServerGlassProps) {
  const { chambers, hidden } = chambersOf(server);
  const showsQuiet =
    quiet !== null &&
    server.adminState === "drain" &&
    server.isComplete &&
    (showsQuietWhileBusy || server.sessions === 0);
  return (
    <>
      {showsQuiet ? (
        <QuietGlass
          server={server}
          chambers={chambers}
          size={size}
          provedSec={quiet?.sec ?? null}
          windowSec={quiet?.of ?? QUIET_WINDOW_SEC}
        />
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
  provedSec: number | null;
  windowSec: number;
}

function QuietGlass({ server, chambers, size, provedSec, windowSec }: QuietGlassProps) {
  const liveSec = useSecondsSince(server.lastArrivalAt);
  const seconds = provedSec ?? liveSec;
  const quiet = seconds === null ? null : Math.min(1, seconds / windowSec);
  return <Glass chambers={chambers} size={size} quiet={quiet} label={glassSentence(server, seconds, windowSec)} />;
}

/** Sessions that fill all tubes of the server, over the load balancers that answer. */
export function referenceOf(server: ServerView): number {
  return server.cells.reduce((sum, cell) => sum + cell.row.reference, 0);
}

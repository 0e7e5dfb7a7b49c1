"use client";
import { Glass, type glassSizes } from "#components/glass/glass.tsx";
import { chambersOf, glassSentence } from "#lib/fleet/chambers.ts";
import type { ServerView } from "#lib/fleet/merge.ts";

interface ServerGlassProps {
  server: ServerView;
  size: keyof typeof glassSizes;
  /** what its maintenance has proved, of its window; without one nothing is proved and there is no bar */
  quiet?: { readonly sec: number; readonly of: number } | null;
}

export function ServerGlass({ server, size, quiet = null }: ServerGlassProps) {
  const { chambers, hidden } = chambersOf(server);
  // a proof that is a moment older than the sessions it is shown with would say the opposite of what they say
  const proof = server.adminState === "drain" && server.isComplete && server.sessions === 0 ? quiet : null;
  return (
    <>
      <Glass
        chambers={chambers}
        size={size}
        quiet={proof === null ? null : Math.min(1, proof.sec / proof.of)}
        label={glassSentence(server, proof?.sec ?? null, proof?.of)}
      />
      {hidden > 0 && <span className="glass-more">+{hidden}</span>}
    </>
  );
}

/** Sessions that fill all tubes of the server, over the load balancers that answer. */
export function referenceOf(server: ServerView): number {
  return server.cells.reduce((sum, cell) => sum + cell.row.reference, 0);
}

import type { ReactNode } from "react";
import { LiveProvider } from "#components/live/provider.tsx";
import { LiveShell } from "#components/shell/live-shell.tsx";

/** Pages that show the fleet share one connection, and keep it while a person goes from one to the other. */
export default function LiveLayout({ children }: { children: ReactNode }) {
  return (
    <LiveProvider>
      <LiveShell>{children}</LiveShell>
    </LiveProvider>
  );
}

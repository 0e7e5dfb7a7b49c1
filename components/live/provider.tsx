"use client";

import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useEffect, useState } from "react";
import { signInPath } from "../sign-in/next-path.ts";
import { LiveClient } from "./live-client.ts";

/** null outside of a LiveProvider: hooks then show what a page without a connection shows. */
export const LiveContext = createContext<LiveClient | null>(null);

/** Holds the page's one connection. Lives in a layout, so that going from page to page keeps it. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const queryClient = useQueryClient();
  const [client] = useState(() => new LiveClient(queryClient, goToSignIn));

  useEffect(() => {
    client.start();
    return () => client.stop();
  }, [client]);

  return <LiveContext value={client}>{children}</LiveContext>;
}

function goToSignIn(): void {
  window.location.assign(signInPath(window.location.pathname + window.location.search));
}

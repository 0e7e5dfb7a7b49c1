"use client";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { setNonce } from "get-nonce";
import { ThemeProvider } from "next-themes";
import { type ReactNode, useState } from "react";

export function Providers({ nonce, children }: { nonce?: string; children: ReactNode }) {
  // Radix locks scrolling behind a dialog with a style element: it needs the page's nonce.
  if (nonce !== undefined) setNonce(nonce);
  const [queryClient] = useState(() => new QueryClient());
  return (
    <ThemeProvider attribute="data-theme" defaultTheme="system" enableColorScheme={false} nonce={nonce}>
      <QueryClientProvider client={queryClient}>{children}</QueryClientProvider>
    </ThemeProvider>
  );
}

import type { Metadata, Viewport } from "next";
import { headers } from "next/headers";
import type { ReactNode } from "react";
import { Providers } from "#components/shell/providers.tsx";
import { plexSans } from "./fonts.ts";
import "./globals.css";

export const metadata: Metadata = {
  title: { default: "Drainboard", template: "%s. Drainboard" },
  description: "Live load-balancer maintenance for HAProxy",
  robots: { index: false, follow: false },
};

export const viewport: Viewport = {
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#f1f4f3" },
    { media: "(prefers-color-scheme: dark)", color: "#0a0f11" },
  ],
  viewportFit: "cover",
};

export default async function RootLayout({ children }: { children: ReactNode }) {
  // Reading a header renders each page per request, so that Next can stamp this request's nonce on its scripts.
  const nonce = (await headers()).get("x-nonce") ?? undefined;
  return (
    // data-theme is set by a script before React compares
    <html lang="en" className={plexSans.variable} suppressHydrationWarning>
      <body>
        <Providers nonce={nonce}>{children}</Providers>
      </body>
    </html>
  );
}

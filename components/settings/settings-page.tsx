"use client";
// The frame of every settings page: the board's own head, the sections this person may open, and one of them.
import Link from "next/link";
import { usePathname } from "next/navigation";
import type { ReactNode } from "react";
import { Header } from "#components/board/header.tsx";
import { useLayout } from "#components/board/use-layout.ts";
import { useShortcutSetting } from "#components/board/use-shortcuts.ts";
import { Glyph } from "#components/glass/glyph.tsx";
import { useLive } from "#components/live/hooks.ts";
import { sectionsOf } from "./sections.ts";
import "#components/ui/ui.css";
import "#components/board/board.css";
import "#components/maintenance/maintenance.css";
import "./settings.css";

export function SettingsPage({ children }: { children: ReactNode }) {
  const [hasShortcuts, setHasShortcuts] = useShortcutSetting();
  const isLost = useLive((live) => live.connection.kind === "lost");
  const layout = useLayout();
  return (
    <div className={`board settings is-${layout}`}>
      <Header hasShortcuts={hasShortcuts} onShortcuts={setHasShortcuts} />
      <div className="settings-body">
        <nav className="settings-nav" aria-label="Settings">
          <Link className="settings-back" href="/">
            <Glyph name="back" size={14} />
            Board
          </Link>
          <Sections />
        </nav>
        <main className="settings-main">
          {isLost && (
            <p className="settings-lost" role="alert">
              <Glyph name="stale" size={14} />
              No connection to Drainboard. What is shown may be old, and nothing can be changed.
            </p>
          )}
          {children}
        </main>
      </div>
    </div>
  );
}

function Sections() {
  const role = useLive((live) => live.me?.role);
  const path = usePathname();
  if (role === undefined) return null;
  const own = sectionsOf(role);
  return (
    <ul>
      {own.map((section) => (
        <li key={section.path}>
          <Link
            href={section.path}
            // on a phone the row of sections is wider than the screen
            ref={section.path === path ? intoView : undefined}
            aria-current={section.path === path ? "page" : undefined}
          >
            {section.title}
          </Link>
        </li>
      ))}
    </ul>
  );
}

function intoView(link: HTMLAnchorElement | null): void {
  link?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

"use client";
// The keys that work on every page, the palette and the help sheet.
import { useRouter } from "next/navigation";
import { useTheme } from "next-themes";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { isKeyboardTaken, useShortcutSetting, useShortcuts } from "#components/board/use-shortcuts.ts";
import { FoundPalette } from "./found-palette.tsx";
import { HelpSheet } from "./help-sheet.tsx";
import { pages } from "./pages.ts";

type Open = "palette" | "help";

const OpenContext = createContext<(what: Open) => void>(() => {});

/** Opens the palette or the help sheet from a button. */
export function useOpenKeyboard(): (what: Open) => void {
  return useContext(OpenContext);
}

export function Keyboard({ children }: { children: ReactNode }) {
  const [open, setOpen] = useState<Open | null>(null);
  const [isOn] = useShortcutSetting();
  const router = useRouter();
  const { resolvedTheme, setTheme } = useTheme();
  const toggleTheme = () => setTheme(resolvedTheme === "dark" ? "light" : "dark");

  const goKeys = useMemo(
    () =>
      Object.fromEntries(
        pages.flatMap(({ key, path }) => (key === null ? [] : [[`g ${key}`, () => router.push(path)] as const])),
      ),
    [router],
  );
  useShortcuts({ ...goKeys, t: toggleTheme, "?": () => setOpen("help") }, isOn);

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (!isPaletteKey(event)) return;
      // else the browser takes it for its own search
      event.preventDefault();
      setOpen((now) => {
        if (now === "palette") return null;
        return isKeyboardTaken() ? now : "palette";
      });
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, []);

  return (
    <OpenContext value={setOpen}>
      {children}
      {open === "help" && <HelpSheet onClose={() => setOpen(null)} />}
      {open === "palette" && (
        <FoundPalette onClose={() => setOpen(null)} onHelp={() => setOpen("help")} onTheme={toggleTheme} />
      )}
    </OpenContext>
  );
}

function isPaletteKey(event: KeyboardEvent): boolean {
  return event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
}

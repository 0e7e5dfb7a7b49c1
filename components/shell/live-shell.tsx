"use client";
// What every page that shows the fleet has: its dialogs and notifications, the keyboard, and the call back to one's work.
import type { ReactNode } from "react";
import { Attention } from "#components/attention/attention.tsx";
import { HatchDefs } from "#components/glass/glyph.tsx";
import { Keyboard } from "#components/keyboard/keyboard.tsx";
import { MaintenanceActionsProvider } from "#components/maintenance/actions.tsx";
import { ToastProvider } from "#components/toast/toast.tsx";

export function LiveShell({ children }: { children: ReactNode }) {
  return (
    <ToastProvider>
      <MaintenanceActionsProvider>
        <HatchDefs />
        <Keyboard>{children}</Keyboard>
        <Attention />
      </MaintenanceActionsProvider>
    </ToastProvider>
  );
}

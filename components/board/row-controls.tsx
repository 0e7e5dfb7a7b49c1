"use client";
// Weight, health and agent from the menu of a row: the question, and what came of it.
import { createContext, type ReactNode, useContext, useState } from "react";
import { useServerView } from "#components/live/hooks.ts";
import type { ControlSpec } from "#components/server-detail/control-specs.ts";
import { ControlDialog } from "#components/server-detail/controls.tsx";
import type { ServerId } from "#lib/haproxy/names.ts";

interface Asked {
  id: ServerId;
  spec: ControlSpec;
}

const RowControlContext = createContext<(asked: Asked) => void>(() => {});

/** Opens the question; nothing is sent by the click itself. */
export function useAskRowControl(): (asked: Asked) => void {
  return useContext(RowControlContext);
}

export function RowControlsProvider({ children }: { children: ReactNode }) {
  const [asked, setAsked] = useState<Asked | null>(null);
  return (
    <RowControlContext value={setAsked}>
      {children}
      {asked !== null && <Question asked={asked} onClose={() => setAsked(null)} />}
    </RowControlContext>
  );
}

function Question({ asked, onClose }: { asked: Asked; onClose(): void }) {
  const view = useServerView(asked.id);
  return view === undefined ? null : <ControlDialog view={view} spec={asked.spec} onClose={onClose} />;
}

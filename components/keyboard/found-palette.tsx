"use client";
// The palette with what this page knows, and what choosing does. Mounted while it is open.
import { useRouter } from "next/navigation";
import { useMemo } from "react";
import { useNotifySetting } from "#components/attention/notify.ts";
import { useSignOut } from "#components/board/sign-out.ts";
import { useAppNow, useLive, useMaintenances, useScope } from "#components/live/hooks.ts";
import { useMaintenanceActions } from "#components/maintenance/actions.tsx";
import { maintenancePath } from "#components/maintenance/job-card.tsx";
import { inTrayOrder } from "#components/maintenance/tray-order.ts";
import { endWords, phaseMark } from "#components/maintenance/words.ts";
import { serverPath } from "#components/server-detail/server-path.ts";
import { blockedWords } from "#lib/auth/limit-words.ts";
import type { ServerView } from "#lib/fleet/merge.ts";
import { isFinal } from "#lib/maintenance/job.ts";
import type { MaintenanceSummary } from "#lib/maintenance/summary.ts";
import { pageItems } from "./pages.ts";
import { Palette } from "./palette.tsx";
import { hostItems, maintenanceItems, type PaletteAct, type PaletteItem, serverItems } from "./palette-items.ts";

interface FoundPaletteProps {
  onClose(): void;
  onHelp(): void;
  onTheme(): void;
}

export function FoundPalette({ onClose, onHelp, onTheme }: FoundPaletteProps) {
  // It finds every server, also on a page that follows one.
  useScope(null);
  const items = useItems();
  const router = useRouter();
  const { start } = useMaintenanceActions();
  const [, setNotify] = useNotifySetting();
  const signOut = useSignOut();
  const choose = (act: PaletteAct) => {
    switch (act.kind) {
      case "go":
        return router.push(act.path);
      case "maintain":
        return start(act.servers);
      case "theme":
        return onTheme();
      case "help":
        return onHelp();
      case "notify":
        return void setNotify(true);
      case "sign-out":
        return signOut();
    }
  };
  return <Palette items={items} onClose={onClose} onChoose={choose} />;
}

/** Names and maintenances change seldom; the numbers that change with every poll are no part of it. */
function useItems(): readonly PaletteItem[] {
  const me = useLive((live) => live.me);
  const isLost = useLive((live) => live.connection.kind === "lost");
  const servers = useLive((live) => live.fleet?.servers);
  const all = useMaintenances();
  const nowMs = useAppNow();
  const [notify] = useNotifySetting();
  const names = servers === undefined ? "" : [...servers.values()].map((one) => `${one.id} ${one.adminState}`).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: which servers there are and how they are set, not their numbers
  const ofServers = useMemo(() => {
    if (servers === undefined) return [];
    const inJobs = new Set(all.flatMap((one) => one.servers.filter(isGoing).map(({ server }) => server)));
    const mayMaintain = (server: ServerView) =>
      !isLost &&
      me !== null &&
      server.adminState === "ready" &&
      blockedWords(me, server.backend) === null &&
      !inJobs.has(server.id);
    return [...serverItems(servers.values(), serverPath, mayMaintain), ...hostItems(servers.values(), mayMaintain)];
  }, [names, all, me, isLost]);
  const open = inTrayOrder(all, nowMs);
  const closed = all.filter((one) => one.closedAt !== null).toReversed();
  return [
    ...maintenanceItems([...open, ...closed], maintenancePath, hintOf),
    ...ofServers,
    ...actionItems(notify === "off"),
    ...pageItems(me?.role ?? null),
  ];
}

function isGoing({ phase }: MaintenanceSummary["servers"][number]): boolean {
  return !isFinal(phase);
}

function hintOf(maintenance: MaintenanceSummary): string {
  if (maintenance.closedAt !== null) return endWords(maintenance);
  const first = maintenance.servers.find(isGoing);
  // the seconds of "Quiet 4/30 s" would be old at once
  const word = first === undefined ? "" : first.phase === "quiet" ? "Quiet" : phaseMark(first, null).word;
  return [word, maintenance.startedBy].filter(Boolean).join(", ");
}

function actionItems(canNotify: boolean): PaletteItem[] {
  const action = (kind: "theme" | "help" | "notify" | "sign-out", title: string, hint: string, also: string) =>
    ({ key: kind, group: "Actions", title, hint, also, act: { kind }, isMany: false }) as const;
  return [
    action("theme", "Switch light and dark", "t", "theme colour color"),
    action("help", "Keyboard help", "?", "shortcuts keys"),
    ...(canNotify ? [action("notify", "Notify me when a maintenance needs me", "", "notification browser alert")] : []),
    action("sign-out", "Sign out", "", "log out logout"),
  ];
}

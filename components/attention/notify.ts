"use client";
// Whether this browser may tell about one's own maintenances while another window is in front. Asked for only after a click.
import { useCallback, useSyncExternalStore } from "react";

const STORAGE_KEY = "drainboard.notify";

/** `refused`: the person said no to the browser; `unavailable`: over plain http there is nothing to ask. */
export type NotifyState = "on" | "off" | "refused" | "unavailable";

export const notifyBlockedWhy: Partial<Record<NotifyState, string>> = {
  refused: "This browser refuses notifications from Drainboard: allow them in the site's settings.",
  unavailable: "The browser notifies only over HTTPS or on localhost.",
};

const listeners = new Set<() => void>();

export function useNotifySetting(): [NotifyState, (isOn: boolean) => Promise<void>] {
  const state = useSyncExternalStore(subscribe, readNotify, () => "off" as const);
  const set = useCallback(async (isOn: boolean) => {
    if (isOn && Notification.permission === "default") await Notification.requestPermission();
    localStorage.setItem(STORAGE_KEY, isOn ? "on" : "off");
    for (const listener of listeners) listener();
  }, []);
  return [state, set];
}

export function readNotify(): NotifyState {
  if (typeof Notification === "undefined" || !window.isSecureContext) return "unavailable";
  if (Notification.permission === "denied") return "refused";
  return Notification.permission === "granted" && localStorage.getItem(STORAGE_KEY) === "on" ? "on" : "off";
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

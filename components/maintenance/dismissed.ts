"use client";
// What a person has read and put away, in this browser until it is closed. A browser that forbids storage forgets it with
// the page.
import { useSyncExternalStore } from "react";

const STORAGE_KEY = "drainboard.dismissed-taken-over";
const NONE: ReadonlySet<string> = new Set();

const listeners = new Set<() => void>();
let known: ReadonlySet<string> | null = null;

export function useDismissed(): ReadonlySet<string> {
  return useSyncExternalStore(subscribe, read, () => NONE);
}

export function dismiss(id: string): void {
  known = new Set([...read(), id]);
  try {
    sessionStorage.setItem(STORAGE_KEY, JSON.stringify([...known]));
  } catch {
    // kept in this page alone
  }
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function read(): ReadonlySet<string> {
  known ??= stored();
  return known;
}

function stored(): ReadonlySet<string> {
  try {
    const list: unknown = JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? "[]");
    return new Set(Array.isArray(list) ? list.filter((id) => typeof id === "string") : []);
  } catch {
    return NONE;
  }
}

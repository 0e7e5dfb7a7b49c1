"use client";
// Keys move, open and focus; none changes a server. They are silent in fields, menus and dialogs, and can be switched off
// (WCAG 2.1.4).
import { useCallback, useEffect, useRef, useSyncExternalStore } from "react";
import { pressedOf, type Waiting } from "./key-pairs.ts";

const STORAGE_KEY = "drainboard.single-key-shortcuts";

/** @param keys by what `KeyboardEvent.key` says; a pair is written with a blank: `g b` */
export function useShortcuts(keys: Readonly<Record<string, () => void>>, isOn: boolean): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  const hasPairs = Object.keys(keys).some((key) => key.includes(" "));
  useEffect(() => {
    if (!isOn) return;
    let waiting: Waiting | null = null;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isElsewhere(event.target)) return;
      const pressed = pressedOf(Object.keys(latest.current), waiting, event.key, event.timeStamp);
      waiting = pressed.waiting;
      if (!pressed.isTaken) return;
      event.preventDefault();
      if (pressed.keys !== null) latest.current[pressed.keys]?.();
    };
    // Pairs are looked at before single keys: the second key of one means nothing else.
    window.addEventListener("keydown", onKeyDown, { capture: hasPairs });
    return () => window.removeEventListener("keydown", onKeyDown, { capture: hasPairs });
  }, [isOn, hasPairs]);
}

/** A dialog or menu is open and has the keyboard. */
export function isKeyboardTaken(): boolean {
  return document.querySelector("[role=dialog], [role=menu]") !== null;
}

/** What takes letters. A box that was just clicked does not: the keys go on from its row. */
const FIELD = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

function isElsewhere(target: EventTarget | null): boolean {
  if (isKeyboardTaken()) return true;
  return target instanceof Element && target.closest(FIELD) !== null;
}

const listeners = new Set<() => void>();

/** Remembered in this browser. */
export function useShortcutSetting(): [boolean, (isOn: boolean) => void] {
  const isOn = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => localStorage.getItem(STORAGE_KEY) !== "off",
    () => true,
  );
  const set = useCallback((next: boolean) => {
    localStorage.setItem(STORAGE_KEY, next ? "on" : "off");
    for (const listener of listeners) listener();
  }, []);
  return [isOn, set];
}

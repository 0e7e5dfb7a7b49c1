"use client";
// Where a person was on the board, for the way back from another page: kept when it is left, read when it opens again.
import { useEffect, useLayoutEffect, useRef } from "react";
import type { ServerFilter } from "#lib/fleet/category.ts";
import type { ServerId } from "#lib/haproxy/names.ts";

export interface Place {
  readonly filter: ServerFilter;
  readonly lb: string | null;
  readonly scrollTop: number;
  /** the row that had the focus */
  readonly server: ServerId | null;
}

const STORAGE_KEY = "drainboard.board-place";

export function readPlace(): Place | null {
  const text = sessionStorage.getItem(STORAGE_KEY);
  // written below by this very page, in this tab
  return text === null ? null : (JSON.parse(text) as Place);
}

/** A place is good for one return: a board that is loaded anew is a new one. */
export function useKeepPlace(place: () => Place): void {
  const latest = useRef(place);
  latest.current = place;
  useEffect(() => sessionStorage.removeItem(STORAGE_KEY), []);
  useLayoutEffect(() => () => sessionStorage.setItem(STORAGE_KEY, JSON.stringify(latest.current())), []);
}

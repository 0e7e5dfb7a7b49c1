"use client";
// Which rows are selected. A filter hides rows, and what is hidden is not acted on: it leaves the selection's order.
import { useCallback, useMemo, useRef, useState } from "react";
import type { ServerId } from "#lib/haproxy/names.ts";
import { toggleAll, toggleSelected } from "./selection.ts";
import type { ShownBackend } from "./server-grid.tsx";

export interface Selection {
  readonly ids: ReadonlySet<ServerId>;
  /** those on screen, in the order of the board */
  readonly inOrder: readonly ServerId[];
  /** keeps its identity */
  toggle(id: ServerId, isRange: boolean): void;
  /** all that are on screen, or none of them; keeps its identity */
  toggleAll(): void;
  /** these are not selected any more */
  drop(ids: readonly ServerId[]): void;
  clear(): void;
}

const NONE: ReadonlySet<ServerId> = new Set();

export function useSelection(shown: readonly ShownBackend[]): Selection {
  const [chosen, setChosen] = useState(NONE);
  const anchor = useRef<ServerId | null>(null);
  const order = useMemo(() => shown.flatMap(({ servers }) => servers.map((server) => server.id)), [shown]);
  const latest = useRef(order);
  latest.current = order;

  const toggle = useCallback((id: ServerId, isRange: boolean) => {
    const from = isRange ? anchor.current : null;
    anchor.current = id;
    setChosen((before) => toggleSelected(before, latest.current, id, from));
  }, []);
  const toggleShown = useCallback(() => {
    anchor.current = null;
    setChosen((before) => toggleAll(before, latest.current));
  }, []);
  const drop = useCallback((dropped: readonly ServerId[]) => {
    setChosen((before) => new Set([...before].filter((id) => !dropped.includes(id))));
  }, []);
  const clear = useCallback(() => {
    anchor.current = null;
    setChosen(NONE);
  }, []);
  const inOrder = useMemo(() => (chosen.size === 0 ? [] : order.filter((id) => chosen.has(id))), [chosen, order]);
  const ids = useMemo(() => (inOrder.length === chosen.size ? chosen : new Set(inOrder)), [inOrder, chosen]);
  return { ids, inOrder, toggle, toggleAll: toggleShown, drop, clear };
}

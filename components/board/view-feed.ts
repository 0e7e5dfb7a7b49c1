"use client";
// The fleet that the board shows, for the parts of a row that move at every poll. They do not go through React: they are
// told of the new view and write it into their element. React owns the element, paint owns what is in it.
import {
  createContext,
  type RefObject,
  useCallback,
  useContext,
  useLayoutEffect,
  useRef,
  useSyncExternalStore,
} from "react";
import type { BackendView, FleetView, ServerView } from "#lib/fleet/merge.ts";
import type { ServerId } from "#lib/haproxy/names.ts";

/** Views by name; whoever watches one is told when it is another object. */
export class Feed<View> {
  #views: ReadonlyMap<string, View> = new Map();
  readonly #watchers = new Map<string, Set<() => void>>();

  get(name: string): View | undefined {
    return this.#views.get(name);
  }

  set(views: ReadonlyMap<string, View>): void {
    const before = this.#views;
    this.#views = views;
    for (const [name, watchers] of this.#watchers) {
      if (before.get(name) === views.get(name)) continue;
      for (const watcher of watchers) watcher();
    }
  }

  watch(name: string, watcher: () => void): () => void {
    const watchers = this.#watchers.get(name) ?? new Set();
    this.#watchers.set(name, watchers.add(watcher));
    return () => {
      watchers.delete(watcher);
      if (watchers.size === 0 && this.#watchers.get(name) === watchers) this.#watchers.delete(name);
    };
  }
}

export class ViewFeed {
  readonly servers = new Feed<ServerView>();
  readonly backends = new Feed<BackendView>();

  set(fleet: FleetView): void {
    this.servers.set(fleet.servers);
    this.backends.set(new Map(fleet.backends.map((backend) => [backend.backend, backend])));
  }
}

export const ViewFeedContext = createContext(new ViewFeed());

/**
 * Calls `paint` with the element and the server's view: when it is mounted, when it is rendered again, and whenever the
 * view changes. What `paint` writes must not be rendered by React as well.
 */
export function usePaintedServer<E extends Element>(id: ServerId, paint: (element: E, view: ServerView) => void) {
  return usePainted(useContext(ViewFeedContext).servers, id, paint);
}

/** The same for a backend. */
export function usePaintedBackend<E extends Element>(name: string, paint: (element: E, view: BackendView) => void) {
  return usePainted(useContext(ViewFeedContext).backends, name, paint);
}

function usePainted<E extends Element, View>(
  feed: Feed<View>,
  name: string,
  paint: (element: E, view: View) => void,
): RefObject<E | null> {
  const element = useRef<E>(null);
  const latest = useRef(paint);
  latest.current = paint;
  const repaint = useCallback(() => {
    const view = feed.get(name);
    if (element.current !== null && view !== undefined) latest.current(element.current, view);
  }, [feed, name]);
  useLayoutEffect(repaint);
  useLayoutEffect(() => feed.watch(name, repaint), [feed, name, repaint]);
  return element;
}

/** Re-renders when what `select` makes of the view has another value in some field. */
export function useOfServer<T extends object>(id: ServerId, select: (view: ServerView) => T): T | null {
  const { servers } = useContext(ViewFeedContext);
  const last = useRef<{ view: ServerView; value: T } | null>(null);
  const watch = useCallback((watcher: () => void) => servers.watch(id, watcher), [servers, id]);
  const read = () => {
    const view = servers.get(id);
    if (view === undefined) return null;
    const before = last.current;
    if (before?.view === view) return before.value;
    const made = select(view);
    const value = before !== null && isSame(before.value, made) ? before.value : made;
    last.current = { view, value };
    return value;
  };
  return useSyncExternalStore(watch, read, () => null);
}

function isSame<T extends object>(a: T, b: T): boolean {
  for (const key in b) if (a[key] !== b[key]) return false;
  return true;
}

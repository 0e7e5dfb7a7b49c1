"use client";
// The events of a search: pages as they are scrolled to, and new rows as they are written. While somebody reads further
// down, new events wait, so that nothing moves under the eye.
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useRef, useState } from "react";
import { appNow, useAuditFeed } from "#components/live/hooks.ts";
import { type AuditEvent, eventsOf } from "#lib/audit/group.ts";
import { type AuditSearch, addressOf, matches, needsAsking } from "#lib/audit/search.ts";
import type { AuditEntry, AuditPage } from "#lib/wire/audit.ts";
import { fetchPage } from "./fetch-audit.ts";

export interface Events {
  readonly shown: readonly AuditEvent[];
  /** events that came while somebody read further down */
  readonly waiting: number;
  readonly isLoading: boolean;
  readonly isLoadingMore: boolean;
  readonly hasMore: boolean;
  /** why they cannot be read now; null: they can */
  readonly problem: string | null;
  loadMore(): void;
  showWaiting(): void;
  retry(): void;
}

/** `isHeld`: new events wait. Another search is another component: give it a key. */
export function useEvents(search: AuditSearch, isHeld: () => boolean): Events {
  const queryClient = useQueryClient();
  const queryKey = useMemo(() => ["audit", addressOf(search)], [search]);
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) => fetchPage(search, pageParam, timeOfApp()),
    initialPageParam: null as number | null,
    getNextPageParam: (last: AuditPage) => last.next,
    retry: false,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  const [pushed, setPushed] = useState<readonly AuditEntry[]>([]);
  /** rows above this wait */
  const [heldAbove, setHeldAbove] = useState(Number.POSITIVE_INFINITY);
  const isReading = useRef(false);

  const add = useCallback(
    (rows: readonly AuditEntry[]) => {
      if (rows.length === 0) return;
      const lowest = Math.min(...rows.map((row) => row.seq));
      setHeldAbove((above) => (isHeld() ? Math.min(above, lowest - 1) : Number.POSITIVE_INFINITY));
      setPushed((known) => [...known, ...rows]);
    },
    [isHeld],
  );

  /** What was missed since the last row; when that is more than a page, everything is read again. */
  const catchUp = useCallback(async () => {
    const known = queryClient.getQueryData<{ pages: AuditPage[] }>(queryKey)?.pages[0];
    if (known === undefined || isReading.current) return;
    isReading.current = true;
    try {
      const page = await fetchPage(search, null, timeOfApp());
      const newest = Math.max(0, known.entries[0]?.seq ?? 0);
      const oldest = page.entries.at(-1)?.seq ?? 0;
      if (page.next !== null && oldest > newest) {
        setPushed([]);
        await queryClient.resetQueries({ queryKey });
      } else add(page.entries.filter((entry) => entry.seq > newest));
    } catch {
      // The next row, connection or page tells; what is shown stays.
    } finally {
      isReading.current = false;
    }
  }, [add, queryClient, queryKey, search]);

  useAuditFeed({
    onRow(entry) {
      if (needsAsking(entry, search)) void catchUp();
      else if (matches(entry, search, timeOfApp())) add([entry]);
    },
    onGap: () => void catchUp(),
  });

  const pages = query.data?.pages;
  const all = useMemo(() => eventsOf([...(pages?.flatMap((page) => page.entries) ?? []), ...pushed]), [pages, pushed]);
  // An event that is shown already may get its outcome; only what begins above the mark waits.
  const shown = useMemo(() => all.filter((event) => event.seq <= heldAbove), [all, heldAbove]);
  return {
    shown,
    waiting: all.length - shown.length,
    isLoading: query.isPending,
    isLoadingMore: query.isFetchingNextPage,
    hasMore: query.hasNextPage,
    problem: query.error?.message ?? null,
    loadMore: () => void query.fetchNextPage(),
    showWaiting: () => setHeldAbove(Number.POSITIVE_INFINITY),
    retry: () => void query.refetch(),
  };
}

/** Before the first message of the app, this browser's clock has to do. */
function timeOfApp(): number {
  return appNow() || Date.now();
}

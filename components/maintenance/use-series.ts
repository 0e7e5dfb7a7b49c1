"use client";
import { useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { useHistory } from "#components/live/hooks.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import type { Point } from "./fine-points.ts";

const REFETCH_MS = 5_000;

export interface ServerSeries {
  readonly sessions: readonly Point[];
  /** new sessions a second */
  readonly arrivals: readonly Point[];
}

const NOTHING: ServerSeries = { sessions: [], arrivals: [] };

/** The app's history of one server up to now, asked for again every few seconds. Empty until it came. */
export function useSeries(server: ServerId, spanMs: number, stepMs: number, isOn: boolean): ServerSeries {
  const history = useHistory();
  const asked = useRef(spanMs);
  asked.current = spanMs;
  const { data } = useQuery({
    queryKey: ["server-series", server, stepMs],
    queryFn: async () => {
      const result = await history(server, Math.ceil(asked.current / stepMs) * stepMs, stepMs);
      const series = result?.servers[server];
      if (result === null || series === undefined) return null;
      const lastMs = Math.floor(result.at / stepMs) * stepMs;
      const dated = (values: readonly (number | null)[]) =>
        values.map((value, at): Point => [lastMs - (values.length - 1 - at) * stepMs, value]);
      return { sessions: dated(series.sessions), arrivals: dated(series.arrivals) };
    },
    enabled: isOn,
    refetchInterval: Math.max(REFETCH_MS, stepMs),
    retry: false,
    gcTime: 0,
  });
  return data ?? NOTHING;
}

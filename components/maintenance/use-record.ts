"use client";
import { useQuery } from "@tanstack/react-query";
import type { MaintenanceSummary } from "#lib/maintenance/summary.ts";
import { fetchRecord, type RecordOf } from "./record.ts";

const NOTHING_WRITTEN: RecordOf = { events: [], course: { counts: [], resumedAtMs: [] } };

/** Read again whenever the maintenance changed in a way that is written down. */
export function useRecord(maintenance: MaintenanceSummary) {
  const stamp = maintenance.servers
    .map((one) => `${one.phase} ${one.since} ${one.heldBecause?.code ?? ""} ${one.deadlineAt} ${one.note}`)
    .join("\n");
  const { data, error } = useQuery({
    queryKey: ["maintenance-record", maintenance.id, stamp, maintenance.paused?.atMs ?? 0, maintenance.closedAt],
    queryFn: () => fetchRecord(maintenance.id),
    placeholderData: (before) => before,
    refetchInterval: maintenance.closedAt === null ? 10_000 : false,
    retry: false,
  });
  return { ...(data ?? NOTHING_WRITTEN), problem: error?.message ?? null };
}

// The audit for a spreadsheet. Times are UTC, so that two readers in two places compare the same ones.
import { csvLine } from "#lib/util/csv.ts";
import type { AuditEntry } from "#lib/wire/audit.ts";

const columns = [
  ...(["seq", "at", "action", "outcome", "kind", "actorName", "actorKind", "actorId", "onBehalfOf", "via"] as const),
  ...(["remoteAddress", "target", "lb", "before", "after", "command", "answer", "reason", "maintenanceId"] as const),
  ...(["requestId", "intentSeq"] as const),
] as const;

export const auditCsvHead = csvLine([...columns, "detail", "prevHash", "hash"]);

export function auditCsvLine(entry: AuditEntry): string {
  const detail = entry.detail === null ? "" : JSON.stringify(entry.detail);
  return csvLine([...columns.map((column) => entry[column]), detail, entry.prevHash, entry.hash]);
}

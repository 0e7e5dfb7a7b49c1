// The audit over REST, as this page reads it.
import { type AuditSearch, queryOf } from "#lib/audit/search.ts";
import type { AuditEntry, AuditPage, AuditVerification } from "#lib/wire/audit.ts";
import type { Problem } from "#lib/wire/problem.ts";

const ROOT = "/api/v1/audit";
export const PAGE_ROWS = 200;

export async function fetchPage(search: AuditSearch, before: number | null, nowMs: number): Promise<AuditPage> {
  const query = queryOf(search, nowMs);
  query.set("limit", String(PAGE_ROWS));
  if (before !== null) query.set("before", String(before));
  return (await getJson(`${ROOT}?${query}`)) as AuditPage;
}

export async function fetchEntry(seq: number): Promise<AuditEntry> {
  return (await getJson(`${ROOT}/${seq}`)) as AuditEntry;
}

export async function fetchVerification(): Promise<AuditVerification> {
  return (await getJson(`${ROOT}/verify`)) as AuditVerification;
}

/** All rows of the search, intents too: a file is for those who check. */
export function exportPath(search: AuditSearch, format: "csv" | "json", nowMs: number): string {
  const query = queryOf(search, nowMs);
  query.delete("intents");
  query.set("format", format);
  query.set("limit", "all");
  return `${ROOT}?${query}`;
}

async function getJson(path: string): Promise<unknown> {
  const response = await fetch(path, { headers: { accept: "application/json" } });
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body;
  const problem = body as Problem | null;
  throw new Error(problem?.detail ?? `The app answered ${response.status}. Try again.`);
}

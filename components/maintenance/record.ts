// The flight recorder as this page reads it. REST answers more than this; what is not known here is left alone.
import type { MaintenanceEvent } from "#lib/maintenance/effect.ts";
import type { RecordFormat } from "#lib/maintenance/record.ts";
import type { MaintenanceSummary } from "#lib/maintenance/summary.ts";
import type { Problem } from "#lib/wire/problem.ts";
import type { RecordedCourse } from "./fine-points.ts";

export const recordFormats = [
  { format: "md", word: "Markdown" },
  { format: "csv", word: "CSV" },
  { format: "json", word: "JSON" },
] as const satisfies readonly { format: RecordFormat; word: string }[];

export function recordPath(id: string, format: RecordFormat): string {
  return `/api/v1/maintenances/${encodeURIComponent(id)}/record?format=${format}`;
}

export interface RecordOf {
  /** what happened, without the counts */
  readonly events: readonly MaintenanceEvent[];
  /** a line of the chart, not of the list */
  readonly course: RecordedCourse;
}

export async function fetchRecord(id: string): Promise<RecordOf> {
  return recordOf(await getJson(recordPath(id, "json")));
}

/** A maintenance that closed more than a day ago is no longer pushed; its page still opens. */
export async function fetchMaintenance(id: string): Promise<MaintenanceSummary> {
  return (await getJson(`/api/v1/maintenances/${encodeURIComponent(id)}`)) as MaintenanceSummary;
}

async function getJson(path: string): Promise<unknown> {
  const response = await fetch(path, { headers: { accept: "application/json" } });
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body;
  const problem = body as Problem | null;
  throw new Error(problem?.detail ?? `The app answered ${response.status}. Try again.`);
}

export function recordOf(body: unknown): RecordOf {
  const events = (body as { events?: unknown } | null)?.events;
  const all = Array.isArray(events) ? (events as MaintenanceEvent[]) : [];
  const isCount = (event: MaintenanceEvent) => event.kind === "count";
  const resumedAtMs = all.flatMap((event) => (event.data?.code === "resumed" ? [event.atMs] : []));
  return { events: all.filter((event) => !isCount(event)), course: { counts: all.filter(isCount), resumedAtMs } };
}

export function drainStartOf(events: readonly MaintenanceEvent[], server: string): number | null {
  const first = events.find((event) => event.server === server && event.data?.phase === "draining");
  return first?.atMs ?? null;
}

/** What is worth a marker in the burn-down: something from outside that changed the course. */
export function marksOf(events: readonly MaintenanceEvent[], server: string, fromMs: number) {
  return events
    .flatMap((event) => {
      const text = event.server === server && event.atMs > fromMs ? shortMark(event) : null;
      return text === null ? [] : [{ atMs: event.atMs, text }];
    })
    .slice(-3);
}

/** null: the course went on as it was, or the chart shows it another way. */
function shortMark(event: MaintenanceEvent): string | null {
  const lb = event.lb === null ? "" : `${event.lb} `;
  switch (event.kind) {
    case "reapplied":
      return `${lb}reloaded, set again`;
    case "arrival":
      return `${lb}a user came back`;
    case "sessions":
      return `${lb}sessions ended`;
    case "held":
      return event.isAlert ? `${lb}held` : null;
    case "phase":
    case "count":
    case "confirmed":
    case "process":
    case "deadline":
    case "command":
    case "released":
    case "overridden":
    case "failed":
    case "note":
    case "person":
      return null;
  }
}

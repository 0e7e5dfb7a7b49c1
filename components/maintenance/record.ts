// The flight recorder as this page reads it. REST answers more than this; what is not known here is left alone.
import type { MaintenanceEvent } from "#lib/maintenance/effect.ts";
import type { RecordFormat } from "#lib/maintenance/record.ts";
import type { MaintenanceSummary } from "#lib/maintenance/summary.ts";
import type { Problem } from "#lib/wire/problem.ts";

export const recordFormats = [
  { format: "md", word: "Markdown" },
  { format: "csv", word: "CSV" },
  { format: "json", word: "JSON" },
] as const satisfies readonly { format: RecordFormat; word: string }[];

export function recordPath(id: string, format: RecordFormat): string {
  return `/api/v1/maintenances/${encodeURIComponent(id)}/record?format=${format}`;
}

export async function fetchEvents(id: string): Promise<readonly MaintenanceEvent[]> {
  const body = await getJson(recordPath(id, "json"));
  return eventsOf(body);
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

export function eventsOf(body: unknown): readonly MaintenanceEvent[] {
  const list = Array.isArray(body) ? body : (body as { events?: unknown } | null)?.events;
  return Array.isArray(list) ? (list as MaintenanceEvent[]).filter((event) => event.kind !== "count") : [];
}

/** Counts are a line of the chart, not of the list. */
export function drainStartOf(events: readonly MaintenanceEvent[], server: string): number | null {
  const first = events.find((event) => event.server === server && event.data?.phase === "draining");
  return first?.atMs ?? null;
}

/** What is worth a marker in the burn-down: something from outside that changed the course. */
export function marksOf(events: readonly MaintenanceEvent[], server: string, fromMs: number) {
  return events
    .filter(
      (event) =>
        event.server === server &&
        event.atMs > fromMs &&
        (event.kind === "reapplied" ||
          event.kind === "arrival" ||
          event.kind === "sessions" ||
          (event.kind === "held" && event.isAlert)),
    )
    .slice(-3)
    .map((event) => ({ atMs: event.atMs, text: shortMark(event) }));
}

function shortMark(event: MaintenanceEvent): string {
  const lb = event.lb === null ? "" : `${event.lb} `;
  switch (event.kind) {
    case "reapplied":
      return `${lb}reloaded, set again`;
    case "arrival":
      return `${lb}a user came back`;
    case "sessions":
      return `${lb}sessions ended`;
    default:
      return `${lb}held`;
  }
}

// The flight recorder as a file: CSV for a spreadsheet, Markdown for a change ticket. Times are UTC, so that two readers
// in two places compare the same ones.
import { csvLine } from "#lib/util/csv.ts";
import { span } from "#lib/util/format.ts";
import { deadlineActionWords } from "./choice-words.ts";
import type { MaintenanceEvent } from "./effect.ts";
import type { MaintenanceSummary } from "./summary.ts";

export type RecordFormat = "json" | "csv" | "md";

/** `maintenance-m-7kq2mxp.csv`, whichever way it is fetched. */
export function recordFile(id: string, format: RecordFormat): string {
  return `maintenance-${id}.${format}`;
}

const COLUMNS = [
  "time",
  "kind",
  "server",
  "loadBalancer",
  "who",
  "alert",
  "text",
  "command",
  "answer",
  "outcome",
  "data",
];

export function recordCsv(events: readonly MaintenanceEvent[]): string {
  const rows = events.map(({ atMs, kind, server, lb, who, isAlert, text, data }) => {
    const { command, answer, outcome, ...rest } = data;
    const numbers = Object.keys(rest).length === 0 ? "" : JSON.stringify(rest);
    const cells = [time(atMs), kind, server, lb, who, isAlert ? "yes" : "", text, command, answer, outcome, numbers];
    return csvLine(cells.map((cell) => String(cell ?? "")));
  });
  return [csvLine(COLUMNS), ...rows].join("");
}

export function recordMarkdown(maintenance: MaintenanceSummary, events: readonly MaintenanceEvent[]): string {
  const { id, reason, startedBy, createdAt, closedAt, phase, options, servers } = maintenance;
  const deadline =
    options.deadlineMs === null
      ? "none"
      : `${span(options.deadlineMs)}, then ${deadlineActionWords[options.atDeadline]}`;
  const over = closedAt === null ? "still open" : `${time(closedAt)} (${span(closedAt - createdAt)})`;
  const lines = [
    `# Maintenance ${id}: ${phase}`,
    "",
    ...(reason === "" ? [] : [`- Reason: ${escaped(reason)}`]),
    `- Started by: ${escaped(startedBy)}, ${time(createdAt)}`,
    `- Closed: ${over}`,
    `- Quiet window: ${span(options.quietMs)} (${escaped(options.quietWhy)})`,
    `- Deadline: ${deadline}`,
    "",
    "| Server | Phase | How it stands |",
    "| --- | --- | --- |",
    ...servers.map(({ server, phase: one, note }) => `| ${server} | ${one} | ${escaped(note)} |`),
    "",
    "| Time (UTC) | Server | Load balancer | Who | What |",
    "| --- | --- | --- | --- | --- |",
    ...events.map(
      ({ atMs, server, lb, who, isAlert, text }) =>
        `| ${time(atMs)} | ${server ?? ""} | ${lb ?? ""} | ${escaped(who ?? "")} | ${isAlert ? "**" : ""}${escaped(text)}${isAlert ? "**" : ""} |`,
    ),
  ];
  return `${lines.join("\n")}\n`;
}

function time(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** In a cell: no line ends, and nothing that Markdown or HTML would read. */
function escaped(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/[\\`*_{}[\]<>|#]/g, "\\$&")
    .trim();
}

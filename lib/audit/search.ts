// What the events page looks for: kept in its address, asked over REST, and compared with each new row, in one meaning.
import type { AuditEntry } from "#lib/wire/audit.ts";

export const ranges = [
  { range: "1h", ms: 3_600_000, word: "Last hour" },
  { range: "24h", ms: 86_400_000, word: "Last 24 h" },
  { range: "7d", ms: 604_800_000, word: "Last 7 days" },
  { range: "30d", ms: 2_592_000_000, word: "Last 30 days" },
] as const;
export type Range = (typeof ranges)[number]["range"];

const fields = ["text", "server", "actor", "lb", "action", "outcome", "maintenance"] as const;
export type SearchField = (typeof fields)[number];

/** Empty texts look for nothing. `from` and `to` are ISO 8601 and count only without a range. */
export interface AuditSearch extends Readonly<Record<SearchField, string>> {
  readonly range: Range | null;
  readonly from: string;
  readonly to: string;
}

export const EVERYTHING: AuditSearch = {
  ...{ text: "", server: "", actor: "", lb: "", action: "", outcome: "", maintenance: "" },
  ...{ range: null, from: "", to: "" },
};

/** Of the page's own address; what is not understood is left out. */
export function searchOf(params: { get(name: string): string | null }): AuditSearch {
  const texts = Object.fromEntries(fields.map((field) => [field, params.get(field) ?? ""])) as Record<
    SearchField,
    string
  >;
  const range = ranges.find((one) => one.range === params.get("range"))?.range ?? null;
  return { ...texts, range, from: timeOf(params.get("from")), to: timeOf(params.get("to")) };
}

function timeOf(text: string | null): string {
  const at = Date.parse(text ?? "");
  return Number.isNaN(at) ? "" : new Date(at).toISOString();
}

/** For the page's own address; empty without a filter. */
export function addressOf(search: AuditSearch): string {
  const params = new URLSearchParams();
  if (search.range !== null) params.set("range", search.range);
  else for (const end of ["from", "to"] as const) if (search[end] !== "") params.set(end, search[end]);
  for (const field of fields) if (search[field] !== "") params.set(field, search[field]);
  return params.toString();
}

/** For `GET /audit`. */
export function queryOf(search: AuditSearch, nowMs: number): URLSearchParams {
  const params = new URLSearchParams({ intents: "open" });
  const { from, to } = timesOf(search, nowMs);
  if (from !== null) params.set("from", new Date(from).toISOString());
  if (to !== null) params.set("to", new Date(to).toISOString());
  for (const field of fields) if (search[field] !== "") params.set(field, search[field]);
  return params;
}

function timesOf({ range, from, to }: AuditSearch, nowMs: number): { from: number | null; to: number | null } {
  const ms = ranges.find((one) => one.range === range)?.ms;
  if (ms !== undefined) return { from: nowMs - ms, to: null };
  return { from: from === "" ? null : Date.parse(from), to: to === "" ? null : Date.parse(to) };
}

/** Would `GET /audit` give this row? For rows that are pushed; one whose servers stand in its detail needs asking. */
export function matches(entry: AuditEntry, search: AuditSearch, nowMs: number): boolean {
  const { text, server, actor, lb, action, outcome, maintenance } = search;
  const at = Date.parse(entry.at);
  const { from, to } = timesOf(search, nowMs);
  if ((from !== null && at < from) || (to !== null && at >= to)) return false;
  if (server !== "" && entry.target !== server) return false;
  if (
    actor !== "" &&
    !isSame(entry.actorName, actor) &&
    !isSame(entry.onBehalfOf ?? "", actor) &&
    !isSame(entry.onBehalfOf ?? "", `${actor} (token)`)
  )
    return false;
  if (lb !== "" && entry.lb !== lb) return false;
  if (action !== "" && !isAction(entry.action, action)) return false;
  if (outcome !== "" && entry.outcome !== outcome) return false;
  if (maintenance !== "" && entry.maintenanceId !== maintenance) return false;
  return text === "" || searched(entry).includes(text.toLowerCase());
}

/** A maintenance of several servers: only the store knows whether the one looked for is among them. */
export function needsAsking(entry: AuditEntry, { server }: AuditSearch): boolean {
  return server !== "" && entry.target === null && entry.action.startsWith("maintenance:");
}

function isAction(action: string, asked: string): boolean {
  return asked.endsWith(":*") ? action.startsWith(asked.slice(0, -1)) : action === asked;
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function searched(entry: AuditEntry): string {
  const { actorName, onBehalfOf, target, lb, action, before, after, command, answer } = entry;
  const { reason, requestId, remoteAddress, maintenanceId } = entry;
  const texts = [actorName, onBehalfOf, target, lb, action, before, after, command, answer, reason, requestId];
  return [...texts, remoteAddress, maintenanceId]
    .map((one) => one ?? "")
    .join("\n")
    .toLowerCase();
}

// The audit over REST: pages of rows, the whole of a range as a file, one row, and whether the chain is whole.
import { z } from "zod";
import { auditCsvHead, auditCsvLine } from "#lib/audit/csv.ts";
import { splitServerId } from "#lib/haproxy/names.ts";
import type { AuditEntry, AuditPage } from "#lib/wire/audit.ts";
import { type Audit, auditOutcomes } from "#server/store/audit.ts";
import { type AuditFilter, entryOf } from "#server/store/audit-read.ts";
import type { Store } from "#server/store/store.ts";
import { fail } from "./problem.ts";
import { type Answer, type Route, route } from "./route.ts";

const ROOT = "/api/v1/audit";
const MAX_ROWS = 1_000;
const DEFAULT_ROWS = 100;
/** A search that finds little answers with what it has and where to go on. */
const SEARCH_FOR_MS = 2_000;
/** Hashing a million rows takes some ten seconds, in pieces. */
const VERIFY_WITHIN_MS = 5 * 60_000;

const NO_TIME = "is not a time: write 2026-11-22T09:00:00Z or 2026-11-22";
const NO_COUNT = `is not a number from 1 to ${MAX_ROWS}, or all`;

const time = z.union([z.iso.datetime({ offset: true }), z.iso.date()], NO_TIME).transform((text) => Date.parse(text));

const limit = z
  .string()
  .regex(/^(\d{1,4}|all)$/, NO_COUNT)
  .transform((text) => (text === "all" ? text : Number(text)))
  .refine((count) => count === "all" || (count >= 1 && count <= MAX_ROWS), NO_COUNT);

const name = z.string().min(1, "is empty").max(255, "is too long");

export const auditQuerySchema = z.strictObject({
  from: time.optional(),
  to: time.optional(),
  server: z
    .string()
    .refine((id) => splitServerId(id) !== null, "is not BACKEND/SERVER as in APP1/SRV1")
    .optional(),
  /** who acted, or on behalf of whom */
  actor: name.optional(),
  lb: name.optional(),
  action: z
    .string()
    .regex(
      /^[a-z-]{1,40}:([a-z-]{1,40}|\*)$/,
      "is not an action such as server:set-state, or maintenance:* for all of them",
    )
    .optional(),
  outcome: z.enum(auditOutcomes, `write one of ${auditOutcomes.join(", ")}`).optional(),
  maintenance: name.optional(),
  text: z.string().min(1, "is empty").max(200, "is longer than 200 characters").optional(),
  /** `open`: leave out intents that have an outcome */
  intents: z.enum(["all", "open"], "write all or open").optional(),
  limit: limit.optional(),
  /** `next` of the page before */
  before: z
    .string()
    .regex(/^\d{1,15}$/, "is not the `next` of another answer")
    .transform(Number)
    .optional(),
  format: z.enum(["json", "csv"], "write json or csv").optional(),
});

export function auditRoutes({ audit }: Pick<Store, "audit">): Route[] {
  return [
    route({
      method: "GET",
      path: ROOT,
      summary: "The audit, newest first; format=csv, or limit=all, gives the whole range as a file",
      permission: "audit:read",
      query: auditQuerySchema,
      async handle({ query, signal }) {
        const { format = "json", limit: asked, intents, ...narrowed } = query;
        const filter: AuditFilter = { ...narrowed, isSettled: intents === "open" };
        const rows = asked ?? (format === "csv" ? "all" : DEFAULT_ROWS);
        if (rows === "all")
          return file(format, format === "csv" ? csvOf(scan(audit, filter)) : jsonOf(scan(audit, filter)));
        const page = await pageOf(audit, filter, rows, signal);
        if (format === "json") return { status: 200, body: page };
        return file("csv", csvOf([page.entries]));
      },
    }),
    route({
      method: "GET",
      path: `${ROOT}/verify`,
      summary: "Reads the whole chain: whole, or which row is the first bad one",
      permission: "audit:read",
      deadlineMs: VERIFY_WITHIN_MS,
      handle: async () => ({ status: 200, body: await audit.verify() }),
    }),
    route({
      method: "GET",
      path: `${ROOT}/:seq`,
      summary: "One row",
      permission: "audit:read",
      async handle({ params }) {
        const { seq = "" } = params;
        const row = /^\d{1,15}$/.test(seq) ? await audit.get(Number(seq)) : null;
        if (row === null)
          return fail(
            "unknown-name",
            `The audit has no row ${JSON.stringify(seq)}. It may have been removed after its time.`,
          );
        return { status: 200, body: entryOf(row) };
      },
    }),
  ];
}

async function pageOf(audit: Audit, filter: AuditFilter, limit: number, signal: AbortSignal): Promise<AuditPage> {
  const untilMs = performance.now() + SEARCH_FOR_MS;
  const entries: AuditEntry[] = [];
  for await (const { rows, before } of audit.scan(filter)) {
    entries.push(...rows.slice(0, limit - entries.length).map(entryOf));
    if (entries.length === limit) return { entries, next: entries.at(-1)?.seq ?? null };
    if (performance.now() > untilMs || signal.aborted) return { entries, next: before };
  }
  return { entries, next: null };
}

async function* scan(audit: Audit, filter: AuditFilter): AsyncGenerator<AuditEntry[]> {
  for await (const { rows } of audit.scan(filter)) yield rows.map(entryOf);
}

type Batches = AsyncIterable<AuditEntry[]> | Iterable<AuditEntry[]>;

async function* csvOf(batches: Batches): AsyncGenerator<string> {
  yield auditCsvHead;
  for await (const entries of batches) if (entries.length > 0) yield entries.map(auditCsvLine).join("");
}

/** The shape of a page, row by row. */
async function* jsonOf(batches: Batches): AsyncGenerator<string> {
  let separator = "\n";
  yield '{"entries":[';
  for await (const entries of batches) {
    if (entries.length === 0) continue;
    yield separator + entries.map((entry) => JSON.stringify(entry)).join(",\n");
    separator = ",\n";
  }
  yield '\n],"next":null}\n';
}

function file(format: "json" | "csv", stream: AsyncIterable<string>): Answer {
  const type = format === "csv" ? "text/csv; charset=utf-8; header=present" : "application/json";
  const headers = { "content-type": type, "content-disposition": `attachment; filename="drainboard-audit.${format}"` };
  return { status: 200, stream, headers };
}

import { z } from "zod";
import { splitServerId } from "#lib/haproxy/names.ts";
import type { AuditFilter, AuditRow } from "#server/store/audit.ts";
import type { Store } from "#server/store/store.ts";
import { type Route, route } from "./route.ts";

const MAX_ROWS = 1_000;
const DEFAULT_ROWS = 100;

const time = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], "is not a time: write 2026-11-22T09:00:00Z or 2026-11-22")
  .transform((text) => Date.parse(text));

const rows = z
  .string()
  .regex(/^\d{1,4}$/, `is not a number from 1 to ${MAX_ROWS}`)
  .transform(Number)
  .refine((count) => count >= 1 && count <= MAX_ROWS, `is not a number from 1 to ${MAX_ROWS}`);

export const auditQuerySchema = z.strictObject({
  from: time.optional(),
  to: time.optional(),
  server: z
    .string()
    .refine((id) => splitServerId(id) !== null, "is not BACKEND/SERVER as in APP1/SRV1")
    .optional(),
  actor: z.string().min(1).max(200).optional(),
  limit: rows.optional(),
  /** `next` of the page before */
  before: z
    .string()
    .regex(/^\d{1,15}$/, "is not the `next` of another answer")
    .transform(Number)
    .optional(),
  format: z.literal("json", "only json is there").optional(),
});

export function auditRoutes(store: Store): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/audit",
      summary: "The audit, newest first",
      permission: "audit:read",
      query: auditQuerySchema,
      async handle({ query }) {
        const { format: _format, limit = DEFAULT_ROWS, ...narrowed } = query;
        const filter: AuditFilter = { ...narrowed, limit };
        const found = await store.audit.list(filter);
        const next = found.length === limit ? (found.at(-1)?.seq ?? null) : null;
        return { status: 200, body: { entries: found.map(wireRow), next } };
      },
    }),
  ];
}

function wireRow(row: AuditRow) {
  return { ...row, at: new Date(row.at).toISOString() };
}

// The sessions of one server as people and programs meet them: the list, what is ended of it, and what came of that.
import { z } from "zod";
import { isName, type ServerId } from "#lib/haproxy/names.ts";
import { serverIdSchema } from "./commands.ts";

/** http: a request in progress; tunnel: a WebSocket or CONNECT; tcp: a session of a backend in TCP mode */
export const sessionKinds = ["http", "tunnel", "tcp"] as const;
export type SessionKind = (typeof sessionKinds)[number];

export interface SessionRow {
  lb: string;
  /** of the HAProxy process that has it: an old worker's is another than the load balancer's */
  pid: number;
  /** as `show sess` prints it: a memory address, soon used again for others */
  id: string;
  /** names this very session and no other: what `ids` should hold. Opaque */
  key: string;
  /** address and port; `unix:1` for a local client */
  client: string;
  /** of the request or tunnel, not of the client's connection; null: HAProxy does not know */
  ageSec: number | null;
  /** since the last byte; null: it cannot be told from the time that is left */
  idleSec: number | null;
  /** until HAProxy ends it by a timeout when nothing more is sent; null: no timeout runs */
  expiresInSec: number | null;
  /** as `show sess` prints it, such as tcpv4 */
  protocol: string;
  kind: SessionKind;
  frontend: string;
  /** of the request, where HAProxy tells (3.2 and later); null: not known */
  path: string | null;
  /** it is in a process that a reload left behind */
  isOldWorker: boolean;
}

export const notListedReasons = ["too-busy", "unreachable", "no-rights", "old-workers-unseen", "failed"] as const;

/** What one load balancer told. `why` is set when its list, or a part of it, is missing. */
export interface ListedLoadBalancer {
  lb: string;
  /** sessions in its list; null: it was not listed */
  count: number | null;
  /** when it was listed, epoch ms; null: it was not */
  at: number | null;
  reason: (typeof notListedReasons)[number] | null;
  /** one sentence */
  why: string | null;
}

export interface SessionsReport {
  at: number;
  server: ServerId;
  /** oldest first; over the socket at most SESSIONS_SHOWN of them */
  sessions: SessionRow[];
  /** of all that were listed, also when `sessions` holds fewer */
  total: number;
  counts: Record<SessionKind, number>;
  loadBalancers: ListedLoadBalancer[];
  /** false: some load balancer or old worker is missing, so there may be more */
  complete: boolean;
}

/** Rows that one message carries: a person reads no more, and a phone has to hold them. */
export const SESSIONS_SHOWN = 500;
/** As many as one request may name one by one. */
export const SESSION_IDS_MAX = 5_000;

/** Argument of the socket's `sessions:follow`. `force`: also where listing would be felt by traffic; once, not again. */
export const followSessionsSchema = z.strictObject({ server: serverIdSchema, force: z.boolean().optional() });
export type FollowSessions = z.infer<typeof followSessionsSchema>;

const sessionKey = z
  .string()
  .max(600)
  .regex(/^[\x21-\x7e]+$/, "ids: take the key (or the id) of a listed session");

/** Body of `POST /servers/{backend}/{server}/sessions/end`. */
const endSessionsShape = {
  /** keys of listed sessions; HAProxy's own ids are taken too, where they name one session only */
  ids: z
    .array(sessionKey, "ids: write a list of session keys")
    .min(1, "ids: name at least one session, or leave ids out")
    .max(SESSION_IDS_MAX, `ids: at most ${SESSION_IDS_MAX} at once; use kind, olderThanSec or all for more`)
    .optional(),
  kind: z.enum(sessionKinds, `kind: write one of ${sessionKinds.join(", ")}`).optional(),
  olderThanSec: z.int("olderThanSec: write whole seconds").min(0).max(10_000_000).optional(),
  all: z.literal(true, "all: write true, or leave it out").optional(),
  /** how many the person was told would end: the list is read again, and refused when that is not so any more */
  expectCount: z.int("expectCount: write the number of sessions that should end").min(0).max(10_000_000),
  loadBalancers: z
    .array(z.string().max(255).refine(isName, "is not the name of a load balancer"))
    .min(1)
    .max(256)
    .optional(),
  reason: z.string().max(500).optional(),
  /** also where listing would be felt by traffic */
  force: z.boolean().optional(),
};

function oneSelection(
  body: { ids?: unknown; kind?: unknown; olderThanSec?: unknown; all?: unknown },
  ctx: z.RefinementCtx,
) {
  const isByRule = body.kind !== undefined || body.olderThanSec !== undefined;
  const ways = [body.ids !== undefined, isByRule, body.all !== undefined].filter(Boolean).length;
  if (ways === 1) return;
  ctx.addIssue({
    code: "custom",
    message: "say which sessions should end in one way: ids, or kind and olderThanSec (or one of them), or all:true",
  });
}

export const endSessionsBodySchema = z.strictObject(endSessionsShape).superRefine(oneSelection);
export const endSessionsInputSchema = z
  .strictObject({ ...endSessionsShape, server: serverIdSchema })
  .superRefine(oneSelection);
export type EndSessionsInput = z.infer<typeof endSessionsInputSchema>;

export interface EndedSessions {
  lb: string;
  outcome: "done" | "refused" | "unknown";
  /** that matched when it was sent */
  found: number;
  /** of those, gone when it was read again; null: it could not be read again */
  ended: number | null;
  /** that match now, new ones among them; null: it could not be read again */
  remain: number | null;
  /** HAProxy's own words, or one sentence; empty: nothing to add */
  message: string;
}

/** `found`, `ended` and `remain` are sums; null when a part of them is not known. */
export interface EndSessionsResult {
  requestId: string;
  found: number;
  ended: number | null;
  remain: number | null;
  loadBalancers: EndedSessions[];
}

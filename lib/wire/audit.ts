// The audit as it crosses the wire: rows over REST and the socket, and what a check of the chain found.

/** A row as `GET /audit` gives it. */
export interface AuditEntry {
  seq: number;
  /** ISO 8601, UTC */
  at: string;
  requestId: string;
  kind: "intent" | "outcome" | "event";
  action: string;
  actorKind: string;
  actorId: string;
  actorName: string;
  /** the person who started the job that acts */
  onBehalfOf: string | null;
  maintenanceId: string | null;
  via: "page" | "rest" | "socket" | "system";
  remoteAddress: string | null;
  /** `BACKEND/SERVER` */
  target: string | null;
  lb: string | null;
  before: string | null;
  after: string | null;
  /** the exact line that was sent to HAProxy */
  command: string | null;
  /** HAProxy's words, or ours of why nothing was sent */
  answer: string | null;
  outcome: "done" | "refused" | "unknown" | "denied" | null;
  reason: string | null;
  detail: unknown;
  /** of an outcome: the row that was written before the command was sent */
  intentSeq: number | null;
  prevHash: string;
  hash: string;
}

export interface AuditPage {
  /** newest first */
  entries: AuditEntry[];
  /** `before` of the next page; null: there is no more */
  next: number | null;
}

export type AuditVerification =
  | {
      ok: true;
      count: number;
      firstSeq: number | null;
      lastSeq: number | null;
      /** ISO 8601 */
      from: string | null;
      to: string | null;
      lastHash: string | null;
      /** rows that retention removed before the first */
      removed: number;
      /** false: no anchor file, so rows cut off at the end would not show */
      isAnchored: boolean;
    }
  | {
      ok: false;
      /** the first bad row, or the first that is missing */
      seq: number;
      fault: string;
      detail: string;
    };

/** One sentence, for a terminal. */
export function verificationSentence(found: AuditVerification): string {
  if (!found.ok) return `The audit is not whole. ${found.detail}`;
  if (found.lastSeq === null) return "The audit is empty.";
  const { count, firstSeq, lastSeq, from, to, lastHash, removed, isAnchored } = found;
  const rows = `${count} ${count === 1 ? "row" : "rows"} (${firstSeq} to ${lastSeq}, ${from} to ${to})`;
  const before = removed === 0 ? "" : `; ${removed} older ones were removed after their time`;
  const end = isAnchored ? "" : "; there is no anchor file, so rows cut off at the end would not show";
  return `The audit is whole: ${rows}${before}${end}; last hash ${lastHash}.`;
}

// The chain of the audit. Every row carries its own hash and the hash of the row before it, so a row that was changed,
// removed, put in or moved no longer fits what follows it.
//
// Canonical form, version 1: SHA-256, in lower-case hex, over the UTF-8 bytes of the JSON text (no spaces) of the array
//   ["drainboard-audit-1", hash of the row before, seq, at, requestId, ... each column in the order of `columns`]
// with null for what is not there and `detail` as the text it is stored as. The first row follows 64 zeros. Numbers are
// consecutive. Strings are well-formed Unicode before they are hashed and stored: SQLite would change others silently.
//
// What it proves: a row cannot be altered without recomputing every hash after it. Who may write the file can do that,
// and can cut rows off at the end; both show against the anchor (audit-anchor.ts) and against the heads in the app's log.
import { createHash } from "node:crypto";
import type { Selectable } from "kysely";
import type { AuditTable } from "./audit.ts";

export const FIRST_PREVIOUS = "0".repeat(64);
/** replaces the oldest rows when they are removed after their time; `detail` is a Checkpoint */
export const CHECKPOINT_ACTION = "audit:checkpoint";

const VERSION = "drainboard-audit-1";
const columns = [
  ...(["seq", "at", "requestId", "kind", "action", "actorKind", "actorId", "actorName", "onBehalfOf"] as const),
  ...(["maintenanceId", "via", "remoteAddress", "target", "lb", "before", "after", "command", "answer"] as const),
  ...(["outcome", "reason", "detail", "intentSeq"] as const),
] as const;

export type StoredRow = Selectable<AuditTable>;
export type HashedColumns = Pick<StoredRow, (typeof columns)[number]>;

export interface Head {
  seq: number;
  hash: string;
}

/** What stands for removed rows: enough to go on checking from the first that is left. */
export interface Checkpoint {
  /** of this removal */
  count: number;
  /** epoch ms of the oldest and the newest removed row */
  from: number;
  to: number;
  /** the newest removed row */
  lastSeq: number;
  lastHash: string;
  /** rows removed so far, this removal included */
  total: number;
}

export function rowHash(row: HashedColumns, previousHash: string): string {
  const text = JSON.stringify([VERSION, previousHash, ...columns.map((column) => row[column])]);
  return createHash("sha256").update(text, "utf8").digest("hex");
}

export type ChainFault =
  | "changed"
  | "broken-link"
  | "missing"
  | "beginning-missing"
  | "rewritten"
  | "cut-off"
  | "unreadable";

export interface BadRow {
  /** the first row that does not fit, or the first that is missing */
  seq: number;
  fault: ChainFault;
  /** one sentence */
  detail: string;
}

/** Takes the rows in order, oldest first, and knows the first bad one. */
export class ChainCheck {
  readonly #anchor: Head | null;
  readonly #checkpoint: Checkpoint | null;
  #first: StoredRow | null = null;
  #last: StoredRow | null = null;
  #count = 0;

  constructor(anchor: Head | null, checkpoint: Checkpoint | null) {
    this.#anchor = anchor;
    this.#checkpoint = checkpoint;
  }

  get count(): number {
    return this.#count;
  }

  get first(): StoredRow | null {
    return this.#first;
  }

  get last(): StoredRow | null {
    return this.#last;
  }

  /** null: it fits */
  add(row: StoredRow): BadRow | null {
    const bad = this.#first === null ? this.#beginning(row) : this.#link(row);
    if (bad !== null) return bad;
    if (rowHash(row, row.prevHash) !== row.hash)
      return { seq: row.seq, fault: "changed", detail: `Row ${row.seq} was changed: it does not give its own hash.` };
    if (row.seq === this.#anchor?.seq && row.hash !== this.#anchor.hash)
      return {
        seq: row.seq,
        fault: "rewritten",
        detail: `Row ${row.seq} is not the one that the anchor file remembers: it and rows before it may have been rewritten.`,
      };
    this.#first ??= row;
    this.#last = row;
    this.#count++;
    return null;
  }

  /** After the last row; null: nothing is missing at the end. */
  end(): BadRow | null {
    const lastSeq = this.#last?.seq ?? 0;
    if (this.#anchor === null || this.#anchor.seq <= lastSeq) return null;
    return {
      seq: lastSeq + 1,
      fault: "cut-off",
      detail: `Row ${lastSeq + 1} is missing: the audit ends at ${lastSeq}, but the anchor file remembers row ${this.#anchor.seq}. The end was cut off, or an older copy was put in its place.`,
    };
  }

  #beginning(row: StoredRow): BadRow | null {
    const before: Head =
      this.#checkpoint === null
        ? { seq: 0, hash: FIRST_PREVIOUS }
        : { seq: this.#checkpoint.lastSeq, hash: this.#checkpoint.lastHash };
    if (row.seq === before.seq + 1 && row.prevHash === before.hash) return null;
    const missing = row.seq === 1 ? 1 : row.seq - 1;
    const detail =
      row.seq === 1
        ? "Row 1 does not begin the chain: it was put in the place of another one."
        : `Row ${missing} is missing, and no checkpoint says that it was removed after its time.`;
    return { seq: missing, fault: "beginning-missing", detail };
  }

  #link(row: StoredRow): BadRow | null {
    const last = this.#last;
    if (last === null) return null;
    if (row.seq !== last.seq + 1) {
      const missing =
        row.seq === last.seq + 2 ? `Row ${last.seq + 1} is` : `Rows ${last.seq + 1} to ${row.seq - 1} are`;
      return { seq: last.seq + 1, fault: "missing", detail: `${missing} missing.` };
    }
    if (row.prevHash === last.hash) return null;
    const detail = `Row ${row.seq} does not follow row ${last.seq}: one of them was replaced.`;
    return { seq: row.seq, fault: "broken-link", detail };
  }
}

// The only place that writes audit rows: one at a time, each with its hash and the hash of the row before, in one
// transaction; then the anchor is moved and the listeners are told, in the order of the chain.
import { randomUUID } from "node:crypto";
import type { Kysely, Transaction } from "kysely";
import { systemActor } from "#lib/auth/actor.ts";
import type { Log } from "#server/log.ts";
import { type AuditRow, type NewRow, rowOf } from "./audit.ts";
import { readAnchor, writeAnchor } from "./audit-anchor.ts";
import { FIRST_PREVIOUS, type Head, rowHash, type StoredRow } from "./audit-chain.ts";
import { readRow } from "./audit-read.ts";
import { StoreError } from "./errors.ts";
import type { Schema } from "./schema.ts";

const LOG_HEAD_EVERY_MS = 60_000;

export interface AuditAppenderOptions {
  db: Kysely<Schema>;
  dataDir: string;
  log: Log;
  now?: () => number;
}

export class AuditAppender {
  readonly #db: Kysely<Schema>;
  readonly #dataDir: string;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #listeners = new Set<(row: AuditRow) => void>();
  #tail: Promise<unknown> = Promise.resolve();
  #anchor: Head | null = null;
  #loggedAtMs = Number.NEGATIVE_INFINITY;

  constructor({ db, dataDir, log, now = Date.now }: AuditAppenderOptions) {
    this.#db = db;
    this.#dataDir = dataDir;
    this.#log = log;
    this.#now = now;
  }

  /** Compares what the database ends with and what the anchor remembers; a difference becomes a row of its own. */
  async open(): Promise<void> {
    const anchor = readAnchor(this.#dataDir);
    const head = await headOf(this.#db);
    if (anchor === null) {
      if (head.seq > 0) {
        const why = "There was no anchor file: this is the first start with one, or it was removed.";
        await this.#found("audit:no-anchor", why, { lastSeq: head.seq }, head);
      }
    } else if (anchor.seq > head.seq) {
      const why = `Rows ${head.seq + 1} to ${anchor.seq} are missing at the end: the audit was cut off, or an older copy was put in its place.`;
      // Their numbers are not given again, so that the gap stays.
      await this.#found("audit:cut-off", why, { lastSeq: head.seq, anchorSeq: anchor.seq }, anchor);
    } else if (await this.#isOther(anchor)) {
      const why = `Row ${anchor.seq} is not the one that the anchor file remembers: the audit was rewritten.`;
      // Linked to what was remembered, so that the break stays.
      const detail = { anchorSeq: anchor.seq, anchorHash: anchor.hash };
      await this.#found("audit:rewritten", why, detail, { seq: head.seq, hash: anchor.hash });
    } else if (head.seq > 0) this.#moveAnchor(head);
    this.#logHead();
  }

  anchor(): Head | null {
    return this.#anchor;
  }

  /** The number of the row, once it is durable. Throws StoreError "write-failed". */
  append(row: NewRow): Promise<number> {
    return this.#inTurn(async () => this.#chained(await this.#db.transaction().execute((db) => insert(db, row))));
  }

  /** For removals: in turn with the rows, one transaction with the row that tells of it. */
  appendWith(work: (db: Transaction<Schema>) => Promise<NewRow | null>): Promise<number | null> {
    return this.#inTurn(async () => {
      const added = await this.#db.transaction().execute(async (db) => {
        const row = await work(db);
        return row === null ? null : insert(db, row);
      });
      return added === null ? null : this.#chained(added);
    });
  }

  onAppend(listener: (row: AuditRow) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    await this.#tail;
    this.#logHead();
  }

  async #found(action: string, why: string, detail: unknown, after: Head): Promise<void> {
    this.#log.error({ action, detail }, `audit: ${why} Run: drainboard audit verify`);
    const facts = rowOf({
      at: this.#now(),
      requestId: randomUUID(),
      action,
      actor: systemActor,
      via: "system",
      detail,
    });
    const row: NewRow = { ...facts, kind: "event", answer: why, outcome: null };
    await this.#inTurn(async () => this.#chained(await this.#db.transaction().execute((db) => insert(db, row, after))));
  }

  async #isOther({ seq, hash }: Head): Promise<boolean> {
    const row = await this.#db.selectFrom("audit").select("hash").where("seq", "=", seq).executeTakeFirst();
    return row?.hash !== hash;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work).catch((cause: unknown) => {
      throw new StoreError(
        "write-failed",
        `The audit could not be written (${cause instanceof Error ? cause.message : String(cause)}), so nothing was sent. ` +
          "Check that the data directory's disk is not full and is writable.",
        cause,
      );
    });
    this.#tail = result.catch(() => undefined);
    return result;
  }

  #chained(row: StoredRow): number {
    this.#moveAnchor(row);
    if (row.at - this.#loggedAtMs >= LOG_HEAD_EVERY_MS) this.#logHead();
    for (const listener of this.#listeners) {
      try {
        listener(readRow(row));
      } catch (error) {
        this.#log.error({ err: error, seq: row.seq }, "a listener of the audit failed");
      }
    }
    return row.seq;
  }

  /** The row is durable already, so a failure here must not look like "nothing was sent". */
  #moveAnchor({ seq, hash }: Head): void {
    this.#anchor = { seq, hash };
    try {
      writeAnchor(this.#dataDir, this.#anchor);
    } catch (error) {
      this.#log.error({ err: error, seq }, "the anchor of the audit could not be written");
    }
  }

  #logHead(): void {
    if (this.#anchor === null) return;
    this.#loggedAtMs = this.#now();
    this.#log.info({ seq: this.#anchor.seq, hash: this.#anchor.hash }, "head of the audit's chain");
  }
}

async function headOf(db: Kysely<Schema>): Promise<Head> {
  const row = await db.selectFrom("audit").select(["seq", "hash"]).orderBy("seq", "desc").limit(1).executeTakeFirst();
  return row ?? { seq: 0, hash: FIRST_PREVIOUS };
}

async function insert(db: Transaction<Schema>, row: NewRow, after?: Head): Promise<StoredRow> {
  const head = after ?? (await headOf(db));
  const filled = wellFormed({ ...row, seq: head.seq + 1, onBehalfOf: row.onBehalfOf ?? null });
  const chained = { ...filled, prevHash: head.hash, hash: rowHash(filled, head.hash) };
  await db.insertInto("audit").values(chained).execute();
  return chained;
}

type Unchained = Omit<StoredRow, "hash" | "prevHash">;

/** SQLite would put U+FFFD for half a surrogate pair, and the row read again would not give its hash. */
function wellFormed(row: NewRow & { seq: number }): Unchained {
  const entries = Object.entries(row).map(([key, value]) => [
    key,
    typeof value === "string" ? value.toWellFormed() : value,
  ]);
  return Object.fromEntries(entries) as Unchained; // the same keys and kinds of values
}

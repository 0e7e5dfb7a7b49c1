// Reads the whole chain, oldest first, and says whether it is whole: in the running app, and in the file of a stopped one.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { CamelCasePlugin, Kysely, SqliteDialect } from "kysely";
import type { AuditVerification } from "#lib/wire/audit.ts";
import { readAnchor } from "./audit-anchor.ts";
import { CHECKPOINT_ACTION, ChainCheck, type Checkpoint, type Head, type StoredRow } from "./audit-chain.ts";
import { StoreError } from "./errors.ts";
import { nodeSqlite } from "./node-sqlite.ts";
import type { Schema } from "./schema.ts";
import { DATABASE_FILE } from "./store-file.ts";

export type { AuditVerification } from "#lib/wire/audit.ts";

const ROWS_AT_ONCE = 1_000;

export async function verifyChain(db: Kysely<Schema>, anchorOf: () => Head | null): Promise<AuditVerification> {
  // Before the first row: what is appended meanwhile lies behind it.
  const anchor = anchorOf();
  const checkpoint = await newestCheckpoint(db);
  const check = new ChainCheck(anchor, checkpoint);
  let after = 0;
  for (;;) {
    let rows: StoredRow[];
    try {
      const query = db.selectFrom("audit").selectAll().where("seq", ">", after).orderBy("seq").limit(ROWS_AT_ONCE);
      rows = await query.execute();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const seq = (check.last?.seq ?? 0) + 1;
      return { ok: false, seq, fault: "unreadable", detail: `Row ${seq} cannot be read (${why}).` };
    }
    for (const row of rows) {
      const bad = check.add(row);
      if (bad !== null) return { ok: false, ...bad };
      after = row.seq;
    }
    if (rows.length < ROWS_AT_ONCE) break;
    await new Promise((resolve) => setImmediate(resolve));
  }
  const bad = check.end();
  return bad === null ? whole(check, checkpoint, anchor) : { ok: false, ...bad };
}

function whole(check: ChainCheck, checkpoint: Checkpoint | null, anchor: Head | null): AuditVerification {
  const { first, last } = check;
  return {
    ok: true,
    count: check.count,
    firstSeq: first?.seq ?? null,
    lastSeq: last?.seq ?? null,
    from: first === null ? null : new Date(first.at).toISOString(),
    to: last === null ? null : new Date(last.at).toISOString(),
    lastHash: last?.hash ?? null,
    removed: checkpoint?.total ?? 0,
    isAnchored: anchor !== null,
  };
}

async function newestCheckpoint(db: Kysely<Schema>): Promise<Checkpoint | null> {
  const row = await db
    .selectFrom("audit")
    .select("detail")
    .where("action", "=", CHECKPOINT_ACTION)
    .orderBy("seq", "desc")
    .limit(1)
    .executeTakeFirst();
  // Only this app writes it, and the row is part of the chain that is checked.
  return row?.detail == null ? null : (JSON.parse(row.detail) as Checkpoint);
}

/** Of a stopped app, or of a copy. Throws StoreError: not there, in use by a running app, not a database, too old. */
export async function verifyDataDir(dataDir: string): Promise<AuditVerification> {
  const file = join(dataDir, DATABASE_FILE);
  if (!existsSync(file))
    throw new StoreError(
      "not-writable",
      `data directory "${dataDir}": has no ${DATABASE_FILE}. Name the directory the app is started with.`,
    );
  let db: Kysely<Schema> | null = null;
  try {
    const database = new DatabaseSync(file, { readOnly: true });
    const dialect = new SqliteDialect({ database: nodeSqlite(database) });
    db = new Kysely<Schema>({ dialect, plugins: [new CamelCasePlugin()] });
    await db.selectFrom("audit").select("hash").limit(1).execute();
    return await verifyChain(db, () => readAnchor(dataDir));
  } catch (error) {
    throw fileError(dataDir, file, error);
  } finally {
    await db?.destroy();
  }
}

function fileError(dataDir: string, file: string, cause: unknown): StoreError {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/locked|busy/i.test(message))
    return new StoreError(
      "in-use",
      `data directory "${dataDir}": Drainboard runs on it and lets nobody else read. Ask the running app with --url, or stop it first.`,
      cause,
    );
  if (/no such (table|column)/i.test(message))
    return new StoreError(
      "damaged",
      `${file}: its audit has no chain yet (${message}). Start this version of Drainboard on it once; that chains the rows.`,
      cause,
    );
  return new StoreError("damaged", `${file}: cannot be read as a Drainboard database (${message}).`, cause);
}

// The database: one SQLite file in the data directory, owned by one process. WAL with synchronous=FULL: what was
// acknowledged survives a crash of the app and of the machine.
import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { CamelCasePlugin, Kysely, SqliteDialect, sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import type { Log } from "#server/log.ts";
import { type Audit, auditOf } from "./audit.ts";
import { type BackendSettings, backendSettingsOf } from "./backend-settings.ts";
import { StoreError } from "./errors.ts";
import { type Idempotency, idempotencyOf } from "./idempotency.ts";
import { type KeptStates, keptStatesOf } from "./kept-states.ts";
import { type LoadBalancers, loadBalancersOf } from "./load-balancers.ts";
import { type Logins, loginsOf } from "./logins.ts";
import { type Maintenances, maintenancesOf } from "./maintenances.ts";
import { migrations as known } from "./migrations/all.ts";
import { nodeSqlite } from "./node-sqlite.ts";
import { type People, peopleOf } from "./people.ts";
import { type ProbeSettings, probeSettingsOf } from "./probe-settings.ts";
import { type ResetLinks, resetLinksOf } from "./reset-links.ts";
import type { Schema } from "./schema.ts";
import { type Settings, settingsOf } from "./settings.ts";
import { DATABASE_FILE } from "./store-file.ts";
import { type Tokens, tokensOf } from "./tokens.ts";
import { type WallLinks, wallLinksOf } from "./wall-links.ts";

/** A restart overlaps with the old process for a moment; longer than that it is another app. */
const WAIT_FOR_LOCK_MS = 2_000;

export interface StoreOptions {
  dataDir: string;
  waitForLockMs?: number;
  log?: Log;
  /** tests only */
  migrations?: Record<string, Migration>;
}

export interface Store {
  readonly people: People;
  readonly logins: Logins;
  readonly resetLinks: ResetLinks;
  readonly tokens: Tokens;
  readonly wallLinks: WallLinks;
  readonly audit: Audit;
  readonly idempotency: Idempotency;
  readonly settings: Settings;
  readonly maintenances: Maintenances;
  readonly keptStates: KeptStates;
  readonly loadBalancers: LoadBalancers;
  readonly backendSettings: BackendSettings;
  readonly probeSettings: ProbeSettings;
  close(): Promise<void>;
}

/** Throws StoreError, whose message is one sentence for the operator. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { dataDir } = options;
  const file = prepareFile(dataDir);
  const db = new Kysely<Schema>({
    dialect: new SqliteDialect({
      database: nodeSqlite(openFile(dataDir, file, options.waitForLockMs ?? WAIT_FOR_LOCK_MS)),
    }),
    plugins: [new CamelCasePlugin()],
  });
  let audit: Audit;
  try {
    await migrate(db, dataDir, options.migrations ?? known);
    audit = await auditOf(db, { dataDir, ...(options.log === undefined ? {} : { log: options.log }) });
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return {
    people: peopleOf(db),
    logins: loginsOf(db),
    resetLinks: resetLinksOf(db),
    tokens: tokensOf(db),
    wallLinks: wallLinksOf(db),
    audit,
    idempotency: idempotencyOf(db),
    settings: settingsOf(db),
    maintenances: maintenancesOf(db),
    keptStates: keptStatesOf(db),
    async close() {
      await audit.close();
      await db.destroy();
    },
    loadBalancers: loadBalancersOf(db),
    backendSettings: backendSettingsOf(db),
    probeSettings: probeSettingsOf(db),
  };
}

/** SQLite gives its WAL the mode of the file, so making the file first keeps all of them private. */
function prepareFile(dataDir: string): string {
  const file = join(dataDir, DATABASE_FILE);
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    // also one that was there before, with the rights of whoever made it
    chmodSync(dataDir, 0o700);
    closeSync(openSync(file, "a", 0o600));
    chmodSync(file, 0o600);
    return file;
  } catch (cause) {
    throw new StoreError(
      "not-writable",
      `data directory "${dataDir}": cannot be written (${codeOf(cause)}). Make it writable for the app's user, or name another one with --data.`,
      cause,
    );
  }
}

function openFile(dataDir: string, file: string, waitMs: number): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, { timeout: waitMs, enableForeignKeyConstraints: true });
    // Exclusive before the first access: the lock is the kernel's, so it goes with the process however it ends.
    db.exec("pragma locking_mode = exclusive");
    db.exec("pragma journal_mode = wal");
    db.exec("pragma synchronous = full");
    db.exec("begin immediate; commit");
    return db;
  } catch (cause) {
    db?.close();
    throw openError(dataDir, file, cause);
  }
}

function openError(dataDir: string, file: string, cause: unknown): StoreError {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/locked|busy/i.test(message))
    return new StoreError(
      "in-use",
      `data directory "${dataDir}": another Drainboard already uses it. Stop that one, or give this one its own directory with --data.`,
      cause,
    );
  if (/not a database|malformed/i.test(message))
    return new StoreError(
      "damaged",
      `${file}: is not a Drainboard database or is damaged (${message}). Put a backup in its place, or move it away to start empty.`,
      cause,
    );
  return new StoreError(
    "not-writable",
    `${file}: cannot be opened (${message}). Check the disk and the rights of the app's user, or name another directory with --data.`,
    cause,
  );
}

async function migrate(db: Kysely<Schema>, dataDir: string, steps: Record<string, Migration>): Promise<void> {
  await refuseNewer(db, dataDir, Object.keys(steps));
  // The plugin would rename the migrator's own columns.
  const migrator = new Migrator({ db: db.withoutPlugins(), provider: { getMigrations: async () => steps } });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  const message = error instanceof Error ? error.message : String(error);
  throw new StoreError(
    "damaged",
    `data directory "${dataDir}": its database could not be brought up to date (${message}). Nothing was changed; put a backup in its place or report this.`,
    error,
  );
}

async function refuseNewer(db: Kysely<Schema>, dataDir: string, steps: string[]): Promise<void> {
  const table = await sql<{ name: string }>`select name from sqlite_master where name = 'kysely_migration'`.execute(db);
  if (table.rows.length === 0) return;
  const done = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  const unknown = done.rows.map((row) => row.name).filter((name) => !steps.includes(name));
  const newest = unknown.at(-1);
  if (newest === undefined) return;
  throw new StoreError(
    "newer-schema",
    `data directory "${dataDir}": was written by a newer Drainboard (it has step ${newest}, this one knows up to ${steps.at(-1) ?? "none"}). ` +
      "Nothing was changed. Start the newer version again, or use a backup from before the upgrade.",
  );
}

function codeOf(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return error instanceof Error ? error.message : String(error);
}

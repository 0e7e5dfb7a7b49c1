// The anchor: number and hash of the newest row, in a file of its own beside the database, replaced after every row.
// What it proves: rows cut off at the end, an older copy of the database and a chain that was computed anew show, as long
// as the file was not changed along with them. What it cannot: somebody who may write the data directory may write both.
// Against that the app also logs the head at its start, its end and once a minute while rows come: a log that is kept
// elsewhere is the witness.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Head } from "./audit-chain.ts";

const FILE_NAME = "audit-anchor.json";

const anchorSchema = z.object({ seq: z.int().min(1), hash: z.string().regex(/^[0-9a-f]{64}$/) });

/** null: there is none, or it cannot be read as one */
export function readAnchor(dataDir: string): Head | null {
  try {
    const parsed = anchorSchema.safeParse(JSON.parse(readFileSync(join(dataDir, FILE_NAME), "utf8")));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** Whole or not at all: a reader never meets half of it. */
export function writeAnchor(dataDir: string, { seq, hash }: Head): void {
  const file = join(dataDir, FILE_NAME);
  writeFileSync(`${file}.new`, `${JSON.stringify({ seq, hash })}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

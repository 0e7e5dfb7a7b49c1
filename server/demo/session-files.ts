// PHP's session.save_handler = files: one file `sess_<id>` for each user, on the local disk of one server. Whoever is
// sent to another server has no file there.
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Longer than any simulated user pauses; a person's browser tab may outlive it, as with PHP's 24 minutes. */
const EXPIRE_MS = 24 * 60_000;
const ID = /^[A-Za-z0-9]{16,64}$/;

export interface StoredSession {
  readonly user: string;
  readonly cart: number;
}

export interface SessionFiles {
  /** null: this server has no such file */
  read(id: string): Promise<StoredSession | null>;
  write(id: string, session: StoredSession): Promise<void>;
  remove(id: string): Promise<void>;
  /** what PHP's garbage collection does */
  removeExpired(nowMs: number): Promise<void>;
}

export async function openSessionFiles(directory: string): Promise<SessionFiles> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const fileOf = (id: string) => join(directory, `sess_${id}`);
  return {
    async read(id) {
      if (!ID.test(id)) return null;
      const text = await readFile(fileOf(id), "utf8").catch(() => null);
      return text === null ? null : parse(text);
    },
    async write(id, session) {
      await writeFile(fileOf(id), serialize(session), { mode: 0o600 });
    },
    async remove(id) {
      if (ID.test(id)) await rm(fileOf(id), { force: true });
    },
    async removeExpired(nowMs) {
      for (const name of await readdir(directory)) {
        const file = join(directory, name);
        const found = await stat(file).catch(() => null);
        if (found !== null && found.mtimeMs < nowMs - EXPIRE_MS) await rm(file, { force: true });
      }
    },
  };
}

/** PHP's own serialization, so that the files look like what an operator knows. */
function serialize(session: StoredSession): string {
  return `user|s:${Buffer.byteLength(session.user)}:"${session.user}";cart|i:${session.cart};`;
}

function parse(text: string): StoredSession | null {
  const match = /^user\|s:\d+:"([^"]*)";cart\|i:(\d+);$/.exec(text);
  return match?.[1] === undefined ? null : { user: match[1], cart: Number(match[2]) };
}

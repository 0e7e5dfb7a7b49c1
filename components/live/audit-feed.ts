// New audit rows as they are written, for as long as somebody on the page watches. What was missed (a new connection, a
// gap in the numbers) is not repaired here: the watcher is told and reads again.
import type { Socket } from "socket.io-client";
import type { AuditEntry } from "#lib/wire/audit.ts";
import type { ClientToServer, ServerToClient } from "#lib/wire/events.ts";

const FOLLOW_TIMEOUT_MS = 8_000;

export interface AuditWatcher {
  onRow(entry: AuditEntry): void;
  /** rows up to now may have been missed; from here on none is */
  onGap(): void;
}

export class AuditFeed {
  readonly #socket: Socket<ServerToClient, ClientToServer>;
  readonly #watchers = new Set<AuditWatcher>();
  #newest: number | null = null;

  constructor(socket: Socket<ServerToClient, ClientToServer>) {
    this.#socket = socket;
    socket.on("connect", () => void this.#follow());
    socket.on("audit:row", (_at, entry) => this.#onRow(entry));
  }

  /** Returns how to stop. */
  watch(watcher: AuditWatcher): () => void {
    this.#watchers.add(watcher);
    if (this.#watchers.size === 1) void this.#follow();
    else watcher.onGap();
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size === 0 && this.#socket.connected) this.#socket.emit("audit:unfollow");
    };
  }

  async #follow(): Promise<void> {
    if (this.#watchers.size === 0 || !this.#socket.connected) return;
    this.#newest = null;
    const answer = await this.#socket
      .timeout(FOLLOW_TIMEOUT_MS)
      .emitWithAck("audit:follow")
      .catch(() => null);
    if (answer?.ok !== true) return;
    this.#newest = Math.max(this.#newest ?? 0, answer.value.seq);
    for (const watcher of this.#watchers) watcher.onGap();
  }

  #onRow(entry: AuditEntry): void {
    const isNext = this.#newest === null || entry.seq === this.#newest + 1;
    this.#newest = Math.max(this.#newest ?? 0, entry.seq);
    for (const watcher of this.#watchers) {
      watcher.onRow(entry);
      if (!isNext) watcher.onGap();
    }
  }
}

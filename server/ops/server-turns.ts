// One change of a server at a time, whoever asks: a second one waits for the first, so that "before" in the audit is true.
import type { ServerId } from "#lib/haproxy/names.ts";

export class ServerTurns {
  readonly #last = new Map<ServerId, Promise<unknown>>();

  /** Runs after whatever runs for the same server now, however that ends. */
  run<T>(server: ServerId, work: () => Promise<T>): Promise<T> {
    const result = (this.#last.get(server) ?? Promise.resolve()).then(work, work);
    const settled = result
      .catch(() => undefined)
      .finally(() => {
        if (this.#last.get(server) === settled) this.#last.delete(server);
      });
    this.#last.set(server, settled);
    return result;
  }
}

// Once at the start and once a day: audit rows that are older than the configuration file says are removed.
import type { Log } from "./log.ts";
import type { Audit } from "./store/audit.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;

export interface RetentionOptions {
  audit: Audit;
  /** null: everything is kept */
  keepDays: number | null;
  now: () => number;
  log: Log;
}

/** Returns how to stop it, which waits for a removal under way. */
export function startRetention({ audit, keepDays, now, log }: RetentionOptions): () => Promise<void> {
  if (keepDays === null) return async () => {};
  let running: Promise<void> = Promise.resolve();

  async function remove(days: number): Promise<void> {
    try {
      const at = now();
      const count = await audit.removeBefore(at - days * DAY_MS, { now: at, keepDays: days });
      if (count > 0) log.info({ count, keepDays: days }, "audit rows were removed after their time");
    } catch (error) {
      log.error({ err: error }, "audit rows could not be removed after their time; tomorrow it is tried again");
    }
  }

  const run = () => {
    running = running.then(() => remove(keepDays));
  };
  run();
  const timer = setInterval(run, DAY_MS);
  return async () => {
    clearInterval(timer);
    await running;
  };
}

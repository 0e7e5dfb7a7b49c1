// One open maintenance in memory, and its way to the disk. The newest job in memory is the truth; saves run one after the
// other and always write the newest, so a save that follows a change holds at least that change.
import type { MaintenanceEvent } from "#lib/maintenance/effect.ts";
import type { Maintenance } from "#lib/maintenance/job.ts";
import { Lane } from "#server/runtime/lane.ts";
import type { Maintenances as MaintenanceStore } from "#server/store/maintenances.ts";

export class RunningJob {
  readonly id: string;
  readonly #store: MaintenanceStore;
  readonly #now: () => number;
  readonly #lane = new Lane();
  #job: Maintenance;
  #unsaved: MaintenanceEvent[] = [];
  #saved: Maintenance | null = null;
  #savedAtMs = 0;

  constructor(job: Maintenance, store: MaintenanceStore, now: () => number) {
    this.id = job.id;
    this.#job = job;
    this.#store = store;
    this.#now = now;
  }

  get job(): Maintenance {
    return this.#job;
  }

  get savedAtMs(): number {
    return this.#savedAtMs;
  }

  /** Synchronous: whoever looks next sees it. Nothing may be sent for it before save() has resolved. */
  change(job: Maintenance, events: readonly MaintenanceEvent[]): void {
    this.#job = job;
    this.#unsaved.push(...events);
  }

  /** Resolves when everything that was changed before this call is on the disk. Throws StoreError. */
  save(): Promise<void> {
    return this.#lane.run(async () => {
      const job = this.#job;
      if (job === this.#saved && this.#unsaved.length === 0) return;
      const events = this.#unsaved;
      this.#unsaved = [];
      try {
        await this.#store.save(job, events, this.#now());
      } catch (error) {
        this.#unsaved = [...events, ...this.#unsaved];
        throw error;
      }
      this.#saved = job;
      this.#savedAtMs = this.#now();
    });
  }
}

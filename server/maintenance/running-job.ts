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
  /** what came of commands since a person's change went on its way to the disk; null: none is on its way */
  #sinceChange: ((job: Maintenance) => Maintenance)[] | null = null;

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

  /** What came of a command: it stays so, whatever becomes of a change that is on its way to the disk. */
  record(outcome: (job: Maintenance) => Maintenance, events: readonly MaintenanceEvent[]): void {
    this.change(outcome(this.#job), events);
    this.#sinceChange?.push(outcome);
  }

  /** Resolves when everything that was changed before this call is on the disk. Throws StoreError. */
  save(): Promise<void> {
    return this.#lane.run(() => this.#write());
  }

  /** change() and save() as one: when it cannot be saved, nothing was changed. One at a time. Throws StoreError. */
  changeSaved(job: Maintenance, events: readonly MaintenanceEvent[]): Promise<void> {
    const before = this.#job;
    const since: ((job: Maintenance) => Maintenance)[] = [];
    this.#sinceChange = since;
    this.change(job, events);
    return this.#lane.run(async () => {
      try {
        await this.#write();
      } catch (error) {
        this.#job = since.reduce((one, outcome) => outcome(one), before);
        this.#unsaved = this.#unsaved.filter((event) => !events.includes(event));
        throw error;
      } finally {
        this.#sinceChange = null;
      }
    });
  }

  async #write(): Promise<void> {
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
  }
}

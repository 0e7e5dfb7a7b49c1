import type { Counters } from "./counters.ts";
import type { Entrances } from "./entrances.ts";
import type { Random } from "./random.ts";
import type { BackendPlan } from "./situation.ts";

/** What all simulated users share. */
export interface World {
  readonly counters: Counters;
  readonly entrances: Entrances;
}

/** One stay of one user. */
export interface Visit {
  readonly plan: BackendPlan;
  readonly number: number;
  readonly random: Random;
  /** on performance.now()'s clock */
  readonly endAtMs: number;
}

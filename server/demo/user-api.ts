import { setTimeout as sleep } from "node:timers/promises";
import { errorKind } from "./entrances.ts";
import type { Visit, World } from "./world.ts";

const LONG_POLLS = 0.3;

/** A program: no cookies, short calls and long polls, to either load balancer. */
export async function callApi({ counters, entrances }: World, { plan, random, endAtMs }: Visit): Promise<void> {
  let at = random.whole(0, entrances.count - 1);
  while (performance.now() < endAtMs) {
    counters.requested();
    const path = `${plan.path}${random.chance(LONG_POLLS) ? "events" : "orders"}`;
    try {
      const answer = await entrances.get(at, path, {});
      if (answer.statusCode >= 500) counters.failed(String(answer.statusCode));
    } catch (cause) {
      counters.failed(errorKind(cause));
      at++;
    }
    await sleep(random.between(1_000, 3_000));
  }
}

// One process that plays all users of the demo. Each comes, stays for a while with pauses to think, and leaves; soon after
// another one comes. Everyone has a randomness of their own, made from the seed and their number.
import { setTimeout as sleep } from "node:timers/promises";
import { createCounters, statusLine, writeLastStatus, writeStatus } from "./counters.ts";
import { createEntrances } from "./entrances.ts";
import { usersOrder } from "./messages.ts";
import { type Random, seededRandom } from "./random.ts";
import { type BackendKind, type BackendPlan, backends, usersOf } from "./situation.ts";
import { callApi } from "./user-api.ts";
import { shop } from "./user-shopper.ts";
import { holdConnection } from "./user-tcp.ts";
import { holdWebSocket } from "./user-websocket.ts";
import type { Visit, World } from "./world.ts";

const STATUS_LINE_EVERY_MS = 30_000;
const STATUS_FILE_EVERY_MS = 1_000;
/** The first people are spread over this, so that the demo does not begin with a stampede. */
const OPENING_MS = 5_000;
const GAP_MAX_MS = 8_000;
const MINUTE_MS = 60_000;

const liveAs: Record<BackendKind, (world: World, visit: Visit) => Promise<void>> = {
  sessions: shop,
  api: callApi,
  websocket: holdWebSocket,
  tcp: holdConnection,
};

const order = usersOrder.parse(JSON.parse(process.argv[2] ?? "{}"));
const counters = createCounters(order.seed, (line) => console.log(line));
const world: World = { counters, entrances: createEntrances(order.entries) };
let lastNumber = 0;

for (const plan of backends) {
  for (let place = usersOf(plan, order.users); place > 0; place--) void keepPlaceTaken(plan);
}

setInterval(() => {
  writeStatus(order.statusFile, counters.status()).catch(() => {});
}, STATUS_FILE_EVERY_MS);
setInterval(() => console.log(statusLine(counters.status())), STATUS_LINE_EVERY_MS);

process.on("disconnect", () => process.exit(0));
process.on("SIGTERM", () => {
  writeLastStatus(order.statusFile, counters.status());
  process.exit(0);
});

/** The people who take this place one after the other. The first one is met in the middle of the stay. */
async function keepPlaceTaken(plan: BackendPlan): Promise<never> {
  for (let isFirst = true; ; isFirst = false) {
    const number = ++lastNumber;
    const random = seededRandom(order.seed * 7919 + number);
    const staysMs = stayOf(plan.kind, random) * (isFirst ? random.between(0.1, 1) : 1);
    await sleep(random.between(0, isFirst ? OPENING_MS : GAP_MAX_MS));
    counters.arrived(plan.name);
    await liveAs[plan.kind](world, { plan, number, random, endAtMs: performance.now() + staysMs });
    counters.left(plan.name);
  }
}

function stayOf(kind: BackendKind, random: Random): number {
  switch (kind) {
    case "sessions":
      return random.between(0.75 * MINUTE_MS, 3.5 * MINUTE_MS);
    case "api":
      return random.between(2 * MINUTE_MS, 20 * MINUTE_MS);
    case "websocket":
      // Mostly minutes, some the better part of an hour.
      return 2 * MINUTE_MS * 30 ** random.between(0, 1);
    case "tcp":
      return random.between(0.5 * MINUTE_MS, 3 * MINUTE_MS);
  }
}

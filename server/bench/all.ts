import type { Bench } from "./figure.ts";
import { poll } from "./p01-poll.ts";
import { browsers } from "./p03-browsers.ts";
import { bytes } from "./p04-bytes.ts";
import { broadcast } from "./p05-broadcast.ts";
import { latency } from "./p06-latency.ts";
import { comeBack } from "./p07-return.ts";
import { memory } from "./p09-memory.ts";
import { hundred } from "./p10-hundred.ts";
import { start } from "./p11-start.ts";
import { followed } from "./p12-followed.ts";
import { listing } from "./p12-listing.ts";

/** P8, the browser's own work, is measured in a browser by the e2e suite. */
export const benches: readonly Bench[] = [
  poll,
  browsers,
  bytes,
  broadcast,
  latency,
  comeBack,
  memory,
  hundred,
  start,
  listing,
  followed,
];

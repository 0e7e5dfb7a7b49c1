// A process of its own: one origin that answers after a moment, and users who go through HAProxy to every backend in turn.
import { Agent, createServer, get } from "node:http";
import { type AddressInfo, connect } from "node:net";

export type TrafficOrder =
  | { kind: "listen" }
  | { kind: "drive"; port: number; backends: number; requestsPerSec: number }
  | { kind: "hold"; port: number; count: number };
export type TrafficWord = { kind: "listening"; port: number } | { kind: "holding" };

const TICK_MS = 50;
/** Answers take up to this long, so that the number of open sessions moves too. */
const SLOWEST_ANSWER_MS = 1_500;

const HELD_AT_ONCE = 100;

const agent = new Agent({ keepAlive: true, maxSockets: 2_000 });

process.on("message", (order: TrafficOrder) => {
  if (order.kind === "listen") listen();
  else if (order.kind === "drive") drive(order);
  else void hold(order);
});
process.once("disconnect", () => process.exit(0));

function listen(): void {
  let asked = 0;
  const server = createServer((req, res) => {
    asked += 1;
    if (req.method === "OPTIONS") res.end();
    else setTimeout(() => res.end("ok"), (asked * 379) % SLOWEST_ANSWER_MS);
  });
  server.listen(0, "127.0.0.1", () => {
    process.send?.({ kind: "listening", port: (server.address() as AddressInfo).port } satisfies TrafficWord);
  });
}

/** Connections that say nothing: sessions in TCP mode that stay. */
async function hold({ port, count }: Extract<TrafficOrder, { kind: "hold" }>): Promise<void> {
  for (let open = 0; open < count; open += HELD_AT_ONCE) {
    const wave = Array.from({ length: Math.min(HELD_AT_ONCE, count - open) }, () => openOne(port));
    await Promise.all(wave);
  }
  process.send?.({ kind: "holding" } satisfies TrafficWord);
}

function openOne(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    connect(port, "127.0.0.1", resolve).on("error", reject);
  });
}

function drive({ port, backends, requestsPerSec }: Extract<TrafficOrder, { kind: "drive" }>): void {
  let turn = 0;
  let owed = 0;
  setInterval(() => {
    for (owed += (requestsPerSec * TICK_MS) / 1000; owed >= 1; owed -= 1) {
      turn += 1;
      const request = get({ agent, host: "127.0.0.1", port, path: `/app-${turn % backends}/` }, (res) => res.resume());
      request.on("error", () => undefined);
    }
  }, TICK_MS);
}

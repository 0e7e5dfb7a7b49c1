// One process that plays every origin server of the demo, each on a port of its own on loopback: cheaper than a process
// each, and HAProxy cannot tell the difference.
import http from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { guardOrder, type OriginsReport, originsOrder } from "./messages.ts";
import { type AnswerContext, answerApi } from "./origin-api.ts";
import { answerSession } from "./origin-sessions.ts";
import { createAuthOrigin } from "./origin-tcp.ts";
import { acceptWebSocket } from "./origin-websocket.ts";
import { seededRandom } from "./random.ts";
import { openSessionFiles, type SessionFiles } from "./session-files.ts";
import { type BackendPlan, backends, originKey, troubledServer } from "./situation.ts";

/** With --trouble: ill this long, once in each period. Longer than three checks of two seconds, so it goes DOWN. */
const TROUBLE_PERIOD_MS = 90_000;
const TROUBLE_LASTS_MS = 20_000;
const CLEAN_EVERY_MS = 60_000;
/** HAProxy closes idle connections first (pool-purge-delay 5s): a request never meets a closing connection. */
const KEEP_ALIVE_MS = 120_000;

const order = originsOrder.parse(JSON.parse(process.argv[2] ?? "{}"));
const startedMs = Date.now();
const ports: Record<string, number> = {};
const stores: SessionFiles[] = [];

for (const [at, plan] of backends.entries()) {
  for (const [index, server] of plan.servers.entries()) {
    const key = originKey(plan.name, server.name);
    ports[key] = await listen(plan, server.name, order.seed + at * 100 + index);
  }
}

setInterval(() => {
  for (const store of stores) store.removeExpired(Date.now()).catch(() => {});
}, CLEAN_EVERY_MS);

let guarded: number[] = [];
process.on("message", (message) => {
  guarded = guardOrder.parse(message).pids;
});
process.on("disconnect", () => {
  for (const pid of guarded) endQuietly(pid);
  process.exit(0);
});
process.on("SIGTERM", () => process.exit(0));
process.send?.({ kind: "ports", ports } satisfies OriginsReport);

async function listen(plan: BackendPlan, server: string, seed: number): Promise<number> {
  const random = seededRandom(seed);
  if (plan.kind === "tcp") return portOf(createAuthOrigin());
  const files = plan.kind === "sessions" ? await openSessionFiles(join(order.directory, plan.name, server)) : null;
  if (files !== null) stores.push(files);
  const context: AnswerContext = { plan, server, random };
  const origin = http.createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    if (request.url === "/health") return answerHealth(originKey(plan.name, server), response);
    if (files === null) return answerApi(context, request, response);
    answerSession({ ...context, files }, request, response).catch((cause: unknown) => {
      console.error(`origin ${originKey(plan.name, server)}: ${String(cause)}`);
      response.destroy();
    });
  });
  if (plan.kind === "websocket") origin.on("upgrade", acceptWebSocket);
  return portOf(origin);
}

function portOf(server: http.Server | ReturnType<typeof createAuthOrigin>): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

function answerHealth(key: string, response: http.ServerResponse): void {
  const phaseMs = (Date.now() - startedMs) % TROUBLE_PERIOD_MS;
  const isIll = order.trouble && key === troubledServer && phaseMs >= TROUBLE_PERIOD_MS - TROUBLE_LASTS_MS;
  response.statusCode = isIll ? 503 : 200;
  response.end(isIll ? "the database does not answer\n" : "ok\n");
}

function endQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGTERM");
  } catch {
    // already gone
  }
}

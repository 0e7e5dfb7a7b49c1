import { setTimeout as sleep } from "node:timers/promises";
import { io, type Socket } from "socket.io-client";
import type { LoadBalancerView } from "#lib/fleet/view.ts";
import { applyDelta, decodeSnapshot } from "#lib/wire/codec.ts";
import { type ClientToServer, type ServerToClient, SOCKET_PATH } from "#lib/wire/events.ts";
import { askSocket } from "./haproxy.ts";

export type WatchMode = "idle" | "draining" | "own";
export type WatchOrder =
  | { kind: "follow"; url: string; token: string; socketPath: string }
  | { kind: "measure"; mode: WatchMode; rounds: number };
export type WatchWord = { kind: "following" } | { kind: "measured"; rounds: { beganAt: number; shownAt: number }[] };

const SERVER = "app-0/web-0-3";
const MAINT_BITS = 1;
const POLL_MS = 1_000;

type Client = Socket<ServerToClient, ClientToServer>;

let client: Client | null = null;
let socketPath = "";
let view: LoadBalancerView | null = null;
const seen = new Set<() => void>();

process.on("message", (order: WatchOrder) => {
  if (order.kind === "follow") follow(order);
  else void measure(order.mode, order.rounds);
});
process.once("disconnect", () => process.exit(0));

function follow(order: Extract<WatchOrder, { kind: "follow" }>): void {
  socketPath = order.socketPath;
  const extraHeaders = { authorization: `Bearer ${order.token}` };
  const socket: Client = io(order.url, { path: SOCKET_PATH, transports: ["websocket"], extraHeaders });
  client = socket;
  socket.on("fleet:delta", (delta) => {
    const next = view === null ? "gap" : applyDelta(view, delta);
    if (next !== "gap") view = next;
    for (const look of [...seen]) look();
  });
  socket.on("connect", () => {
    socket.emit("fleet:subscribe", { kind: "fleet" }, (result) => {
      const [bytes] = result.ok ? result.value.loadBalancers : [];
      if (bytes !== undefined) view = decodeSnapshot(bytes);
      say({ kind: "following" });
    });
  });
}

async function measure(mode: WatchMode, rounds: number): Promise<void> {
  const all: { beganAt: number; shownAt: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    // Moments spread evenly over the polls: the golden ratio leaves no gap and needs no chance.
    const spreadMs = ((round * 0.618) % 1) * POLL_MS;
    await sleep(mode === "own" ? 20 : spreadMs);
    const wanted = round % 2 === 0 ? MAINT_BITS : 0;
    const shown = new Promise<number>((resolve) => {
      const look = () => {
        if (((view?.servers.find((row) => row.id === SERVER)?.adminBits ?? 0) & MAINT_BITS) !== wanted) return;
        seen.delete(look);
        resolve(clock());
      };
      seen.add(look);
    });
    const adminState = wanted === MAINT_BITS ? "maint" : "ready";
    let beganAt = clock();
    if (mode === "own") {
      client?.emit("server:set-state", { server: SERVER, adminState, override: true }, (result) => {
        if (!result.ok) throw new Error(JSON.stringify(result.problem));
      });
    } else {
      await askSocket(socketPath, `set server ${SERVER} state ${adminState}`);
      beganAt = clock();
    }
    all.push({ beganAt, shownAt: await shown });
  }
  say({ kind: "measured", rounds: all });
}

/** Epoch milliseconds with fractions: the same clock in the app's process. */
function clock(): number {
  return performance.timeOrigin + performance.now();
}

function say(word: WatchWord): void {
  process.send?.(word);
}

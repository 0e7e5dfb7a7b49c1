// Many browsers in one process of its own. Each speaks just enough engine.io to follow the fleet, because hundreds of
// whole socket.io clients would need more CPU than the app that is measured; the bytes that cross the wire are the same.
import { WebSocket } from "ws";
import { SOCKET_PATH } from "#lib/wire/events.ts";

export type CrowdOrder =
  | { kind: "join"; count: number; url: string; token: string; via: "app" | "raw" }
  | { kind: "leave" }
  | { kind: "count-bytes" }
  | { kind: "tell-bytes" };
export type CrowdWord =
  /** for each client: milliseconds from the beginning until it had its snapshot */
  | { kind: "joined"; readyMs: number[] }
  /** every client has one more delta: milliseconds since the app made it */
  | { kind: "round"; latencyMs: number[] }
  | { kind: "bytes"; bytes: number; deltas: string[] }
  | { kind: "left" };

const CHANGE = '42["fleet:delta",';
const MADE_AT = /"at":(\d+(?:\.\d+)?)/;
/** A server's frame: two bytes, two more from 126 bytes on, eight more from 64 kB on. */
const frameBytes = (length: number) => length + (length < 126 ? 2 : length < 65_536 ? 4 : 10);

const sockets = new Set<WebSocket>();
let latencyMs: number[] = [];
let bytes = 0;
let deltas: string[] | null = null;

process.on("message", (order: CrowdOrder) => {
  switch (order.kind) {
    case "join":
      void join(order);
      return;
    case "leave":
      void leave();
      return;
    case "count-bytes":
      bytes = 0;
      deltas = [];
      return;
    case "tell-bytes":
      say({ kind: "bytes", bytes, deltas: deltas ?? [] });
      deltas = null;
      return;
  }
});
process.once("disconnect", () => process.exit(0));

async function join({ count, url, token, via }: Extract<CrowdOrder, { kind: "join" }>): Promise<void> {
  const beganAt = performance.now();
  const target =
    via === "app" ? `${url.replace("http", "ws")}${SOCKET_PATH}/?EIO=4&transport=websocket` : url.replace("http", "ws");
  latencyMs = [];
  const ready = Array.from({ length: count }, () => one(target, token, via));
  await Promise.all(ready);
  say({ kind: "joined", readyMs: await Promise.all(ready.map(async (at) => (await at) - beganAt)) });
}

function one(target: string, token: string, via: "app" | "raw"): Promise<number> {
  const socket = new WebSocket(target, { perMessageDeflate: false, headers: { authorization: `Bearer ${token}` } });
  sockets.add(socket);
  return new Promise((resolve, reject) => {
    socket.on("error", reject);
    socket.on("message", (data: Buffer, isBinary: boolean) => {
      bytes += frameBytes(data.length);
      if (isBinary) return resolve(performance.now());
      if (via === "app" && handshake(socket, data)) return;
      heard(data);
    });
  });
}

/** True when it was one of engine.io's or socket.io's own packets. */
function handshake(socket: WebSocket, data: Buffer): boolean {
  const type = String.fromCharCode(data[0] ?? 0, data[1] ?? 0);
  if (type[0] === "0") socket.send("40");
  else if (type === "40") socket.send('420["fleet:subscribe",{"kind":"fleet"}]');
  else if (type[0] === "2") socket.send("3");
  else return false;
  return true;
}

function heard(data: Buffer): void {
  const head = data.toString("latin1", 0, 160);
  if (!head.startsWith(CHANGE)) return;
  if (deltas !== null) {
    deltas.push(data.toString("utf8", CHANGE.length, data.length - 1));
    return;
  }
  latencyMs.push(performance.timeOrigin + performance.now() - Number(MADE_AT.exec(head)?.[1]));
  if (latencyMs.length < sockets.size) return;
  say({ kind: "round", latencyMs });
  latencyMs = [];
}

async function leave(): Promise<void> {
  const closed = [...sockets].map((socket) => new Promise((resolve) => socket.once("close", resolve)));
  for (const socket of sockets) socket.terminate();
  await Promise.all(closed);
  sockets.clear();
  say({ kind: "left" });
}

function say(word: CrowdWord): void {
  process.send?.(word);
}

// What holds for a connection whatever is said on it: one budget of messages, one browser, and not too many of one owner.
import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { SOCKET_PATH } from "#lib/wire/events.ts";
import { MESSAGE_BURST, MESSAGES_PER_SEC } from "#lib/wire/limits.ts";
import { Bucket } from "./bucket.ts";
import type { Io } from "./socket-edge.ts";

/** More than all screens of a control room by one wall link; each costs memory and a share of every poll. */
export const MAX_SOCKETS_OF_ONE = 1_500;

/** A socket that is closed and opened again on the same connection goes on with the budget it had. */
export class Budgets {
  readonly #buckets = new WeakMap<object, Bucket>();

  /** False: too many messages on this connection. */
  take(connection: object, nowMs: number): boolean {
    const bucket =
      this.#buckets.get(connection) ?? new Bucket({ perSec: MESSAGES_PER_SEC, burst: MESSAGE_BURST, nowMs });
    this.#buckets.set(connection, bucket);
    return bucket.take(nowMs);
  }
}

/**
 * The id of a connection stands in the address of each of its requests, and so in the logs of proxies: alone it opens
 * nothing. Who comes with one must show what the handshake showed (`presented`).
 */
export function refuseBorrowedIds({ engine }: Io, presented: (request: IncomingMessage) => string): void {
  const shownBy = new Map<string, string>();
  engine.on("connection", (connection: { id: string; request: IncomingMessage; once: Once }) => {
    shownBy.set(connection.id, presented(connection.request));
    connection.once("close", () => shownBy.delete(connection.id));
  });
  engine.use((request: IncomingMessage, _response: unknown, next: (error?: Error) => void) => {
    const id = new URLSearchParams((request.url ?? "").split("?")[1] ?? "").get("sid");
    const shown = id === null ? undefined : shownBy.get(id);
    const isSame = shown === undefined || shown === presented(request);
    next(isSame ? undefined : new Error("the connection belongs to somebody else"));
  });
}

type Once = (event: "close", listener: () => void) => void;

/**
 * An upgrade anywhere else: Node's timeouts no longer see such a connection, and engine.io only half closes it, so a
 * stranger could hold any number of them open.
 */
export function refuseOtherUpgrades(server: HttpServer): void {
  server.on("upgrade", (request: IncomingMessage, socket: Duplex) => {
    if (request.url?.startsWith(`${SOCKET_PATH}/`)) return;
    socket.on("error", () => {});
    socket.write("HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    socket.destroy();
  });
}

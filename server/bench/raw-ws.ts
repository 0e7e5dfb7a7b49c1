// The peer of the socket edge: `ws` and nothing on top, with the same bytes. The least that JavaScript can do.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";

export interface RawWs extends AsyncDisposable {
  readonly url: string;
  broadcast(text: string): void;
}

/** @param hello sent to each that connects */
export async function startRawWs(hello: Uint8Array): Promise<RawWs> {
  const http = createServer();
  const server = new WebSocketServer({ server: http, perMessageDeflate: false });
  server.on("connection", (socket) => socket.send(hello));
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    broadcast(text) {
      for (const socket of server.clients) socket.send(text);
    },
    async [Symbol.asyncDispose]() {
      for (const socket of server.clients) socket.terminate();
      server.close();
      http.close();
      await once(http, "close");
    },
  };
}

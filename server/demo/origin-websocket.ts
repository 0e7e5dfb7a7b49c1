import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { acceptKey, createFrameReader, encodeFrame, opcode } from "./ws-frames.ts";

/** Echoes what comes, until one side goes. */
export function acceptWebSocket(request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const key = request.headers["sec-websocket-key"];
  if (key === undefined) {
    socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n");
    return;
  }
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${acceptKey(key)}\r\n\r\n`,
  );
  const reader = createFrameReader();
  const take = (chunk: Buffer) => {
    const frames = reader.push(chunk);
    if (frames === "unsupported") return socket.destroy();
    for (const frame of frames) {
      if (frame.opcode === opcode.close) return socket.end(encodeFrame(opcode.close, frame.payload, null));
      if (frame.opcode === opcode.ping) socket.write(encodeFrame(opcode.pong, frame.payload, null));
      if (frame.opcode === opcode.text) socket.write(encodeFrame(opcode.text, frame.payload, null));
    }
  };
  socket.on("error", () => socket.destroy());
  socket.on("end", () => socket.end());
  socket.on("data", take);
  if (head.length > 0) take(head);
}

// As much of RFC 6455 as an echo needs: short text frames, ping, pong, close. A longer or fragmented frame ends the
// connection, which is what the RFC asks of an endpoint that cannot take it.
import { createHash } from "node:crypto";

const HANDSHAKE_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const SHORT_MAX = 125;

export const opcode = { text: 1, close: 8, ping: 9, pong: 10 } as const;

export interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
}

export function acceptKey(key: string): string {
  return createHash("sha1")
    .update(key + HANDSHAKE_GUID)
    .digest("base64");
}

/** A whole frame of at most 125 bytes. Clients must mask theirs; servers must not. */
export function encodeFrame(code: number, payload: Buffer, mask: Buffer | null): Buffer {
  if (payload.length > SHORT_MAX) throw new RangeError(`a demo frame carries at most ${SHORT_MAX} bytes`);
  if (mask === null) return Buffer.concat([Buffer.from([0x80 | code, payload.length]), payload]);
  return Buffer.concat([Buffer.from([0x80 | code, 0x80 | payload.length]), mask, masked(payload, mask)]);
}

export interface FrameReader {
  /** the frames that are complete now; "unsupported" when one is longer than the demo speaks */
  push(chunk: Buffer): Frame[] | "unsupported";
}

export function createFrameReader(): FrameReader {
  let rest: Buffer = Buffer.alloc(0);
  return {
    push(chunk) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const frames: Frame[] = [];
      while (rest.length >= 2) {
        const first = rest.readUInt8(0);
        const second = rest.readUInt8(1);
        const length = second & 0x7f;
        if (length > SHORT_MAX || (first & 0x80) === 0) return "unsupported";
        const maskLength = second & 0x80 ? 4 : 0;
        const end = 2 + maskLength + length;
        if (rest.length < end) break;
        const payload = rest.subarray(2 + maskLength, end);
        frames.push({
          opcode: first & 0x0f,
          payload: maskLength === 0 ? payload : masked(payload, rest.subarray(2, 2 + maskLength)),
        });
        rest = rest.subarray(end);
      }
      return frames;
    },
  };
}

function masked(payload: Buffer, mask: Buffer): Buffer {
  const out = Buffer.from(payload);
  for (let at = 0; at < out.length; at++) out[at] = (out[at] ?? 0) ^ (mask[at % 4] ?? 0);
  return out;
}

// [W7] A client that cannot follow is cut, so that nothing is buffered for it without a bound.

export interface SlowLimits {
  maxPackets: number;
  maxBytes: number;
}

/** Packets that engine.io holds because the transport is not ready: at a few a second, well over half a minute. */
const MAX_PACKETS = 128;
/** Bytes that the web socket holds because the network does not take them: several snapshots of a large fleet. */
const MAX_BYTES = 16 * 1024 * 1024;

interface EngineSocket {
  readonly writeBuffer: readonly unknown[];
  readonly transport: unknown;
}

export const SLOW_LIMITS: SlowLimits = { maxPackets: MAX_PACKETS, maxBytes: MAX_BYTES };

export function isTooSlow(connection: unknown, { maxPackets, maxBytes }: SlowLimits): boolean {
  const { writeBuffer, transport } = connection as EngineSocket;
  return writeBuffer.length > maxPackets || bufferedBytes(transport) > maxBytes;
}

/** Without waiting for the other end: it does not read, so it would not answer a farewell either. */
export function cutNow(connection: unknown): void {
  const { transport, close } = connection as EngineSocket & { close(discard: boolean): void };
  close.call(connection, true);
  (transport as { socket?: { terminate?: () => void } }).socket?.terminate?.();
}

/** Of the web socket transport; long polling has no such number. */
function bufferedBytes(transport: unknown): number {
  const socket = (transport as { socket?: { bufferedAmount?: unknown } }).socket;
  return typeof socket?.bufferedAmount === "number" ? socket.bufferedAmount : 0;
}

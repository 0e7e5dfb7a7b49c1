// [W7] A client that cannot follow is cut, so that nothing is buffered for it without a bound.

/** Packets that engine.io holds because the transport is not ready: at a few a second, well over half a minute. */
const MAX_PACKETS = 128;
/** Bytes that the web socket holds because the network does not take them: several snapshots of a large fleet. */
const MAX_BYTES = 16 * 1024 * 1024;

interface EngineSocket {
  readonly writeBuffer: readonly unknown[];
  readonly transport: unknown;
}

export function isTooSlow(connection: unknown): boolean {
  const { writeBuffer, transport } = connection as EngineSocket;
  return writeBuffer.length > MAX_PACKETS || bufferedBytes(transport) > MAX_BYTES;
}

/** Of the web socket transport; long polling has no such number. */
function bufferedBytes(transport: unknown): number {
  const socket = (transport as { socket?: { bufferedAmount?: unknown } }).socket;
  return typeof socket?.bufferedAmount === "number" ? socket.bufferedAmount : 0;
}
